import { readFileSync } from 'node:fs'
import { cp, mkdir, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { dump, load } from 'js-yaml'
import { kubeconfig, kubernetesEngine, podmanEngine } from './engines.ts'
import { commands, Runner, type StepResult } from './runner.ts'

interface Kubeconfig {
  clusters: { cluster: { server: string } }[]
  users: { name: string; user: Record<string, string> }[]
}

const KEY = '-----BEGIN PRIVATE KEY-----\nbm90IGEga2V5\n-----END PRIVATE KEY-----\n'

describe('the kubeconfig', () => {
  const engine = kubernetesEngine('action-kubeconfig')
  let runner: Runner
  let text: string
  let token: string
  beforeAll(async () => {
    await engine.prepare()
    const config = load(readFileSync(kubeconfig, 'utf8')) as Kubeconfig
    token = config.users[0]!.user['token']!
    config.users.push({
      name: 'other',
      user: { password: 'hunter2', 'client-key-data': Buffer.from(KEY).toString('base64') },
    })
    text = dump(config)
  })
  afterAll(engine.dispose)
  beforeEach(async () => {
    runner = await Runner.start()
    await cp(join(import.meta.dirname, 'profile'), join(runner.workspace, 'profile'), { recursive: true })
  })
  afterEach(() => runner[Symbol.asyncDispose]())

  const inputs = () => ({
    image: 'localhost/target-distroless:1',
    profile: 'profile',
    'scanner-image': 'localhost/scanner:1',
    namespace: engine.inputs['namespace']!,
    threshold: 'compliance.min: 0',
    upload: 'false',
  })
  /** What was done and where, and that nothing secret was seen but in the commands that mask it. */
  const expectMasked = (step: StepResult): void => {
    const masked = commands(step, 'add-mask')
    expect(masked).toEqual(expect.arrayContaining([token, 'hunter2', KEY]))
    const seen = step.log
      .split('\n')
      .filter((line) => !line.startsWith('::add-mask::'))
      .join('\n')
    for (const secret of [token, 'hunter2', 'bm90IGEga2V5']) {
      expect(seen).not.toContain(secret)
      expect(step.summary + JSON.stringify([step.outputs, step.state])).not.toContain(secret)
    }
  }

  test.each([
    { form: 'as content', encode: (yaml: string) => yaml },
    { form: 'as content in base64', encode: (yaml: string) => Buffer.from(yaml).toString('base64') },
  ])(
    '$form scans, its secrets are masked and never shown',
    async ({ encode }) => {
      const step = await runner.main({ ...inputs(), kubeconfig: encode(text) })
      expect([step.exitCode, step.outputs['passed']]).toEqual([0, '2'])
      expect(step.log).toContain('found the content given as `kubeconfig`')
      expectMasked(step)
    },
    300_000,
  )

  test('in KUBECONFIG is found by a dry run, and its secrets masked', async () => {
    await writeFile(join(runner.workspace, 'config'), text)
    const step = await runner.main(
      { ...inputs(), 'dry-run': 'true' },
      { env: { KUBECONFIG: join(runner.workspace, 'config') } },
    )
    expect(step.exitCode).toBe(0)
    expect(step.log).toMatch(/Kubernetes v1.* namespace action-kubeconfig-\d+: found KUBECONFIG /)
    expectMasked(step)
  }, 300_000)

  test('in ~/.kube/config is found too', async () => {
    const home = join(runner.workspace, 'home')
    await mkdir(join(home, '.kube'), { recursive: true })
    await writeFile(join(home, '.kube', 'config'), text)
    const step = await runner.main({ ...inputs(), 'dry-run': 'true' }, { env: { HOME: home } })
    expect([step.exitCode, step.log]).toEqual([0, expect.stringContaining('found ~/.kube/config')])
  }, 300_000)

  test('nowhere to be found means podman, and the log says so', async () => {
    const step = await runner.main({ ...inputs(), 'dry-run': 'true' }, { env: podmanEngine().env })
    expect(step.exitCode).toBe(0)
    expect(step.log).toMatch(/podman \d.*: no kubeconfig is given or found/)
  }, 300_000)

  test('of an API server that never answers: SIGINT does not wait for it', async () => {
    const sockets = new Set<Socket>()
    const server = createServer((socket) => sockets.add(socket))
    const dead = text.replace(/server: .*/, `server: http://127.0.0.1:${await listen(server)}`)
    const interrupt = { signal: 'SIGINT', when: /KiB packed/ } as const
    const step = await runner.main({ ...inputs(), kubeconfig: dead }, { interrupt })
    expect([step.signal, step.outputs]).toEqual(['SIGINT', {}])
    expect(step.endedAfter).toBeLessThan(1_000)
    for (const socket of sockets) socket.destroy()
    server.close()
  }, 300_000)

  test('of an API server that is not up is told in a sentence with a hint', async () => {
    const server = createServer()
    const port = await listen(server)
    await new Promise((resolve) => server.close(resolve))
    const step = await runner.main({
      ...inputs(),
      kubeconfig: text.replace(/server: .*/, `server: https://127.0.0.1:${port}`),
    })
    expect([step.exitCode, step.outputs]).toEqual([3, {}])
    const [message, hint] = commands(step, 'error').join().split(' What to do: ')
    expect(message).toMatch(/^cannot reach the API server at https:\/\/127\.0\.0\.1:\d+: connection refused\.$/)
    expect(hint).toMatch(/^is the cluster up/)
  }, 300_000)
})

/** The port a server of loopback got. */
async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
