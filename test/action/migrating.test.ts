import { execFileSync, spawn } from 'node:child_process'
import { cpSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { load } from 'js-yaml'
import { kubectl } from '../bed/gems.ts'
import { SCANNER } from '../scenario/scan.ts'
import { kubeconfig, kubernetesEngine } from './engines.ts'
import { dist, ended, Runner } from './runner.ts'

const LIMIT = 300_000
const root = join(import.meta.dirname, '..', '..')
const page = readFileSync(join(root, 'docs', 'migrating.md'), 'utf8')
const engine = kubernetesEngine('migrating')
const { namespace } = engine
const IMAGE = 'localhost/target-busybox:1'
let temp: string

beforeAll(async () => {
  await engine.prepare()
  temp = await mkdtemp(join(tmpdir(), 'migrating-'))
}, LIMIT)
afterAll(async () => {
  await engine.dispose()
  await rm(temp, { recursive: true })
})

/** A block of the migration page, by the comment before it; each replacement has to find its text. */
function block(name: string, replacements: Readonly<Record<string, string>> = {}): string {
  const [, text] = new RegExp(`<!-- ${name} -->\n\`\`\`\\w+\n([\\s\\S]*?)\`\`\``).exec(page) ?? []
  if (text === undefined) throw new Error(`the page has no block ${name}`)
  return Object.entries(replacements).reduce((now, [from, to]) => {
    if (!now.includes(from)) throw new Error(`${name} has no ${from}`)
    return now.replaceAll(from, to)
  }, text)
}

/** The CLI as a program on the path, with the scanner image of the test bed. */
async function programs(): Promise<string> {
  const bin = join(temp, 'bin')
  await mkdir(bin, { recursive: true })
  const write = (name: string, command: string) =>
    writeFile(join(bin, name), `#!/bin/sh\nexec ${command}\n`, { mode: 0o755 })
  await write('sidecar-scan', `${process.execPath} ${join(root, 'scripts', 'dev.ts')} "$@"`)
  await write('kubectl', `${await kubectl()} "$@"`)
  return `${bin}:${join(process.execPath, '..')}:${process.env['PATH'] ?? ''}`
}

const profileOf = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true })
  cpSync(join(import.meta.dirname, 'profile'), folder, { recursive: true })
}

test(
  'the old manifest as the page has it: applied, waited for, fetched and judged, and removed',
  async () => {
    const folder = await mkdtemp(join(temp, 'manifest-'))
    const manifest = block('old-manifest', {
      'namespace: inspec-test': `namespace: ${namespace}`,
      'gcr.io/distroless/java:11': IMAGE,
      'image: cincproject/auditor': `image: ${SCANNER}`,
      '[java, -jar, /app/demo.jar]': '[sleep, "3600"]',
    })
    await writeFile(join(folder, 'sidecar-scanner-pod.yaml'), manifest)
    await writeFile(join(folder, 'threshold.yml'), block('old-threshold'))
    const [configmaps, apply, run, remove, ...rest] = block('old-commands', { 'inspec-test': namespace })
      .trim()
      .split('\n')
    expect(rest).toEqual([])
    const PATH = await programs()
    const shell = async (command: string, config: string) => {
      const env = { PATH, HOME: folder, KUBECONFIG: config }
      return await ended(spawn('sh', ['-ec', command], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] }))
    }
    for (const command of [configmaps!, apply!]) {
      const { exitCode, log } = await shell(command, kubeconfig)
      expect([exitCode, log]).toEqual([0, log])
    }
    const { exitCode, log } = await shell(run!, engine.inputs['kubeconfig']!)
    expect([exitCode, log]).toEqual([0, log])
    const [results] = (await readdir(folder)).filter((name) => name.startsWith('scan-results-'))
    const document = JSON.parse(readFileSync(join(folder, results!, 'scan-verdict.json'), 'utf8')) as object
    expect(document).toMatchObject({ verdict: 'passed', compliance: 100, trust: { by: 'none' } })
    expect((await shell(remove!, kubeconfig)).exitCode).toBe(0)
  },
  LIMIT,
)

test(
  'the old GitHub workflow with its new lines',
  async () => {
    const workflow = load(block('old-github')) as {
      on: { workflow_dispatch: { inputs: Record<string, { default: string }> } }
      jobs: Record<string, { steps: { uses: string; with: Record<string, unknown> }[] }>
    }
    const given: Record<string, { default: string }> = {
      ...workflow.on.workflow_dispatch.inputs,
      target_image: { default: IMAGE },
    }
    const step = workflow.jobs['sidecar-scan']!.steps.find(({ uses }) => uses.startsWith('OWNER/sidecar-scan@'))!
    const filled = Object.entries(step.with).map(([name, value]) => {
      const text = String(value).replace(/\$\{\{ inputs\.(\w+) \}\}/g, (_, input: string) => given[input]!.default)
      return [name, text]
    })
    await using runner = await Runner.start()
    const inputs = { ...Object.fromEntries(filled), namespace, 'scanner-image': SCANNER } as Record<string, string>
    await profileOf(join(runner.workspace, inputs['profile']!))
    // the old step leaves its kubeconfig where the Action looks
    const { exitCode, outputs, log } = await runner.main(inputs, { env: { KUBECONFIG: engine.inputs['kubeconfig']! } })
    expect([exitCode, outputs['verdict'], log]).toEqual([1, 'failed', log])
    const files = await readdir(join(runner.workspace, outputs['results-dir']!))
    for (const name of ['scan-results.json', 'scan-summary.md', 'scan-report.html', 'scan-junit.xml'])
      expect(files).toContain(name)
    expect(await engine.leftovers(runner.githubRunId)).toEqual([])
  },
  LIMIT,
)

test(
  'the old GitLab pipeline with its new lines',
  async () => {
    const repository = join(temp, 'remote', 'sidecar-scan.git')
    cpSync(dist, join(repository, 'dist'), { recursive: true })
    cpSync(join(root, 'package.json'), join(repository, 'package.json'))
    const git = (...args: string[]) => execFileSync('git', ['-C', repository, ...args], { encoding: 'utf8' }).trim()
    git('init', '--quiet')
    git('add', '--all', '--force')
    git('-c', 'user.name=a', '-c', 'user.email=a@example.com', 'commit', '--quiet', '--message', 'x')
    const pipeline = load(block('old-gitlab')) as {
      variables: Record<string, string>
      sidecar_scan: { script: string[] }
    }
    const folder = join(await mkdtemp(join(temp, 'gitlab-')), 'app')
    await profileOf(join(folder, 'container-baseline'))
    const env = {
      PATH: `${join(process.execPath, '..')}:${process.env['PATH'] ?? ''}`,
      HOME: temp,
      ...pipeline.variables,
      GITLAB_CI: 'true',
      SIDECAR_SCAN_COMMIT: git('rev-parse', 'HEAD'),
      KUBE_CONFIG: readFileSync(engine.inputs['kubeconfig']!).toString('base64'),
      SCANNER_NAMESPACE: namespace,
      TARGET_IMAGE: IMAGE,
      GIT_CONFIG_COUNT: '2',
      GIT_CONFIG_KEY_0: `url.file://${join(temp, 'remote')}/.insteadOf`,
      GIT_CONFIG_VALUE_0: 'https://github.com/OWNER/',
      GIT_CONFIG_KEY_1: 'safe.directory',
      GIT_CONFIG_VALUE_1: '*',
    }
    const script = pipeline.sidecar_scan.script
      .join('\n')
      .replace('--formats html', `--formats html --scanner-image ${SCANNER}`)
    const shell = ['-eo', 'pipefail', '-c', script]
    const { exitCode, log } = await ended(spawn('bash', shell, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] }))
    expect([exitCode, log]).toEqual([1, expect.stringContaining('❌')])
    const [results] = (await readdir(folder)).filter((name) => name.startsWith('scan-results-'))
    expect(await readdir(join(folder, results!))).toContain('scan-report.html')
  },
  LIMIT,
)
