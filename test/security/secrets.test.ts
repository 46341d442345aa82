import { readdirSync, readFileSync } from 'node:fs'
import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { CoreV1Api, KubeConfig, type V1Pod, type V1Secret } from '@kubernetes/client-node'
import { kubeconfig, kubernetesEngine, podmanEngine, type TestEngine } from '../action/engines.ts'
import { type ResultsService, startResultsService } from '../action/results-service.ts'
import { commands, Runner, type StepResult } from '../action/runner.ts'
import { unzip } from '../action/zip.ts'
import { cli, flags, SCANNER } from '../scenario/scan.ts'

const PASSWORD = 'planted"p@ss\\word-7f3a'
const NESTED = 'planted-nested-91c4'
const LICENCE_KEY = 'planted-0000-4b1d-licence-91c4'
/** As it is, as JSON and Ruby write it, once and twice, and as a Secret carries it. */
const escaped = (text: string) => JSON.stringify(text).slice(1, -1)
const forms = (secret: string) => [
  secret,
  escaped(secret),
  escaped(escaped(secret)),
  Buffer.from(secret).toString('base64'),
]
const IMAGE = 'localhost/target-scratch:1'

/** Command lines of all processes, looked at again and again until disposed of. */
function watchCommandLines(): AsyncDisposable & { text: () => string } {
  const seen = new Set<string>()
  const timer = setInterval(() => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        seen.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
      } catch {
        // it has ended
      }
    }
  }, 40)
  return {
    text: () => [...seen].join('\n'),
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
    },
  }
}

/** Pods and Secrets of a namespace (undefined: of no cluster) as anybody with `get` sees them, looked at until disposed of. */
function watchObjects(namespace: string | undefined): AsyncDisposable & { pods: V1Pod[]; secrets: V1Secret[] } {
  const config = new KubeConfig()
  config.loadFromFile(kubeconfig)
  const api = config.makeApiClient(CoreV1Api)
  const seen = { pods: [] as V1Pod[], secrets: [] as V1Secret[] }
  let over = namespace === undefined
  const look = async (): Promise<void> => {
    while (!over) {
      seen.pods.push(...(await api.listNamespacedPod({ namespace: namespace! })).items)
      seen.secrets.push(...(await api.listNamespacedSecret({ namespace: namespace! })).items)
      await setTimeout(200)
    }
  }
  const looking = look()
  return {
    ...seen,
    async [Symbol.asyncDispose]() {
      over = true
      await looking
    },
  }
}

describe.each([kubernetesEngine('secrets'), podmanEngine()])('secrets stay secret: $name', (engine: TestEngine) => {
  let runner: Runner
  let service: ResultsService
  let inputs: Record<string, string>
  let secrets: string[]

  beforeAll(engine.prepare, 300_000)
  afterAll(engine.dispose)
  beforeEach(async () => {
    runner = await Runner.start()
    service = await startResultsService()
    await cp(join(import.meta.dirname, 'leaky'), join(runner.workspace, 'leaky'), { recursive: true })
    const given = { password: PASSWORD, nested: { list: [NESTED] }, greeting: 'a plain greeting' }
    await writeFile(join(runner.workspace, 'inputs.yml'), JSON.stringify(given))
    inputs = { image: IMAGE, profile: 'leaky', 'scanner-image': SCANNER, 'inputs-file': 'inputs.yml', ...engine.inputs }
    secrets = [PASSWORD, NESTED].flatMap(forms)
    if (engine.name !== 'kubernetes') return
    // the content instead of a path, as workflows give it
    inputs['kubeconfig'] = readFileSync(engine.inputs['kubeconfig']!, 'utf8')
    const config = new KubeConfig()
    config.loadFromString(inputs['kubeconfig'])
    secrets.push(...forms(config.getCurrentUser()!.token!))
  })
  afterEach(async () => {
    await service[Symbol.asyncDispose]()
    await runner[Symbol.asyncDispose]()
  })

  /** What anybody may see of a step: the runner takes the commands that tell it what to mask out of the log. */
  const visible = (step: StepResult): string => {
    const log = step.log.replaceAll(/^::add-mask::.*$/gm, '')
    return [log, step.summary, JSON.stringify([step.outputs, step.state])].join('\n')
  }
  const onDisk = (): string =>
    readdirSync(runner.workspace, { recursive: true, encoding: 'utf8', withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.parentPath.includes('scan-results-'))
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
      .join('\n')
  const expectNone = (text: string) => {
    for (const secret of secrets) expect(text.includes(secret) ? `${secret} is seen` : '').toBe('')
  }

  test('in a scan whose profile shows them everywhere', async () => {
    await using processes = watchCommandLines()
    const step = await runner.main(inputs, { env: { ...engine.env, ...service.env } })
    expect([step.exitCode, step.outputs['verdict']]).toEqual([1, 'failed'])
    expectNone(visible(step))
    expectNone(onDisk())
    expectNone(processes.text())
    for (const { zip } of service.artifacts.values())
      for (const file of unzip(zip!).values()) expectNone(file.toString('utf8'))
    // it was there to be seen, and what is not secret still is
    expect(onDisk()).toContain('The password is ***')
    expect(onDisk()).toContain('a plain greeting')
    expect(step.summary).toContain('declares sensitive stood in the results')
    expect(commands(step, 'add-mask')).toEqual(expect.arrayContaining([PASSWORD, NESTED]))
  }, 300_000)

  test('the licence key of a scanner that wants one', async () => {
    secrets.push(...forms(LICENCE_KEY))
    const controls = join(runner.workspace, 'leaky', 'controls', 'leaky.rb')
    const said = `key = ENV.fetch('CHEF_LICENSE_KEY')\nwarn key\ncontrol 'key' do\n  title key\n  describe(key) { it { should eq 'x' } }\nend\n`
    await writeFile(controls, `${readFileSync(controls, 'utf8')}${said}`)
    const more = { 'chef-license-key': LICENCE_KEY, 'chef-license-server': 'https://licensing.example/License' }
    await using processes = watchCommandLines()
    await using objects = watchObjects(engine.inputs['namespace'])
    const step = await runner.main({ ...inputs, ...more }, { env: { ...engine.env, ...service.env } })
    expect([step.exitCode, step.outputs['verdict']]).toEqual([1, 'failed'])
    expectNone(visible(step))
    expectNone(onDisk())
    expectNone(processes.text())
    expect(onDisk()).toContain('"title":"***"')
    expect(commands(step, 'add-mask')).toContain(LICENCE_KEY)
    if (engine.name !== 'kubernetes') return
    const ours = objects.pods.filter(({ metadata }) => metadata!.name!.includes(step.outputs['run-id']!))
    expect(JSON.stringify(ours)).toContain('"CHEF_LICENSE_SERVER"')
    expectNone(JSON.stringify(ours))
    const carried = objects.secrets.filter(({ data }) =>
      JSON.stringify(data ?? {}).includes(forms(LICENCE_KEY).at(-1)!),
    )
    expect([...new Set(carried.map(({ metadata }) => metadata!.name!.includes(step.outputs['run-id']!)))]).toEqual([
      true,
    ])
  }, 300_000)

  test('in the log of a scanner that fails', async () => {
    const broken = 'raise "no luck with #{input(%q(password))}"\n'
    await writeFile(join(runner.workspace, 'leaky', 'controls', 'leaky.rb'), broken)
    const step = await runner.main(inputs, { env: { ...engine.env, ...service.env } })
    expect([step.exitCode, step.outputs['verdict']]).toEqual([4, 'inconclusive'])
    expectNone(visible(step))
    expectNone(onDisk())
  }, 300_000)

  test('in the error about an inputs file that is broken', async () => {
    await writeFile(join(runner.workspace, 'inputs.yml'), `password: "${NESTED}\nnested: [\n`)
    const step = await runner.main(inputs, { env: { ...engine.env, ...service.env } })
    expect(step.exitCode).toBe(2)
    expectNone(step.log)
  }, 300_000)

  test('on the command line, and in a dry run', async () => {
    const args = flags({ ...inputs, 'output-dir': runner.workspace, threshold: 'none' })
    for (const more of [[], ['--dry-run'], ['--json']]) {
      const { stdout, log } = await cli(engine, ['run', ...args, ...more], { cwd: runner.workspace })
      expectNone(`${stdout}\n${log}`)
    }
  }, 300_000)
})
