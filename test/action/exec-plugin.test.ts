import { readFileSync } from 'node:fs'
import { chmod, cp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { dump, load } from 'js-yaml'
import { kubeconfig, kubernetesEngine } from './engines.ts'
import { commands, Runner } from './runner.ts'

interface Kubeconfig {
  clusters: { cluster: { server: string } }[]
  users: { name: string; user: Record<string, unknown> }[]
}

describe('a kubeconfig that gets its credentials from a program', () => {
  const engine = kubernetesEngine('exec-plugin')
  let runner: Runner
  let token: string
  beforeAll(engine.prepare, 300_000)
  afterAll(engine.dispose)
  beforeEach(async () => {
    runner = await Runner.start()
    await cp(join(import.meta.dirname, 'profile'), join(runner.workspace, 'profile'), { recursive: true })
  })
  afterEach(() => runner[Symbol.asyncDispose]())

  const seenBy = (name: string) => join(runner.workspace, name)
  /** A plugin that writes down what it was given, and answers with the token of the cluster's administrator. */
  async function plugin(answer?: string): Promise<string> {
    const path = seenBy('plugin')
    const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token } }
    await writeFile(
      path,
      `#!/bin/sh\nenv >"${seenBy('environment')}"\n${answer ?? `echo '${JSON.stringify(credential)}'`}\n`,
    )
    await chmod(path, 0o755)
    return path
  }
  /** The cluster's kubeconfig with this entry instead of the token. */
  function config(exec: object, server?: string): string {
    const text = load(readFileSync(kubeconfig, 'utf8')) as Kubeconfig
    token = text.users[0]!.user['token'] as string
    text.users[0]!.user = { exec: { apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'Never', ...exec } }
    if (server) text.clusters[0]!.cluster.server = server
    return dump(text)
  }
  const inputs = (kubeconfig: string) => ({
    image: 'localhost/target-distroless:1',
    profile: 'profile',
    'scanner-image': 'localhost/scanner:1',
    namespace: engine.namespace,
    threshold: 'compliance.min: 0',
    upload: 'false',
    kubeconfig,
  })
  const masked = (step: Parameters<typeof commands>[0]) => commands(step, 'add-mask')

  test('scans; the program gets what its entry names and no secret of the job; what it returns is masked', async () => {
    config({})
    const command = await plugin()
    const entry = {
      command,
      args: [],
      env: [
        { name: 'GIVEN', value: 'yes' },
        { name: 'AWS_PROFILE', value: '' },
      ],
    }
    const env = { GITHUB_TOKEN: 'ghs_secret', AWS_PROFILE: 'scan', HTTPS_PROXY_X: 'no', NO_PROXY: '127.0.0.1' }
    const step = await runner.main(inputs(config(entry)), { env })
    expect([step.exitCode, step.outputs['passed']]).toEqual([0, '2'])
    const environment = await readFile(seenBy('environment'), 'utf8')
    // what the shell itself adds
    const names = environment.split('\n').flatMap((line) => /^([A-Z_]+)=/.exec(line)?.[1] ?? [])
    expect(names.filter((name) => !['PWD', 'SHLVL', '_', 'OLDPWD'].includes(name)).sort()).toEqual(
      ['AWS_PROFILE', 'GIVEN', 'HOME', 'KUBERNETES_EXEC_INFO', 'NO_PROXY', 'PATH'].filter(
        (name) => name !== 'HOME' || names.includes('HOME'),
      ),
    )
    expect(environment).toContain('AWS_PROFILE=scan')
    expect(environment).toContain('"interactive":false')
    expect(masked(step)).toContain(token)
    const seen = step.log.split('\n').filter((line) => !line.startsWith('::add-mask::'))
    expect(seen.join('\n')).not.toContain(token)
  }, 300_000)

  test('masks what the program returned before the first connection', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    await new Promise((resolve) => server.close(resolve))
    config({})
    const step = await runner.main(inputs(config({ command: await plugin() }, `https://127.0.0.1:${port}`)))
    expect(step.exitCode).toBe(3)
    expect(masked(step)).toContain(token)
    // and what stands in the kubeconfig itself
    const plain = readFileSync(kubeconfig, 'utf8').replace(/server: "[^"]*"/, `server: "https://127.0.0.1:${port}"`)
    expect(masked(await runner.main(inputs(plain)))).toContain(token)
  }, 300_000)

  test.each(['false', 'true'])(
    'in a dry run too, `allow-exec-plugins: false` refuses before it runs: dry-run %s',
    async (dryRun) => {
      config({})
      const entry = config({ command: await plugin() })
      const step = await runner.main({ ...inputs(entry), 'allow-exec-plugins': 'false', 'dry-run': dryRun })
      expect(step.exitCode).toBe(2)
      expect(commands(step, 'error').join()).toMatch(/runs the program `.*plugin`, and `allow-exec-plugins` is false/)
      await expect(readFile(seenBy('environment'))).rejects.toThrow('ENOENT')
      await rm(seenBy('plugin'))
    },
    300_000,
  )

  test.each([
    ['is not there', 'gone', undefined, 2, /exec plugin `.*gone` is not installed\. What to do: install it/],
    [
      'fails',
      'plugin',
      'echo "no session: run login" >&2; exit 1',
      3,
      /gave no credentials: no session: run login\. .*`env`/,
    ],
    ['prints something else', 'plugin', 'echo hello', 3, /gave no credentials: .*not valid JSON/],
    ['says nothing', 'plugin', 'exit 7', 3, /gave no credentials: it said nothing/],
    ['answers without a status', 'plugin', 'echo "{}"', 3, /gave no credentials: /],
  ])(
    'a program that %s is explained',
    async (_, name, answer, exitCode, said) => {
      config({})
      await plugin(answer)
      const step = await runner.main(inputs(config({ command: seenBy(name) })))
      expect([step.exitCode, commands(step, 'error').join()]).toEqual([exitCode, expect.stringMatching(said)])
    },
    300_000,
  )

  test('a provider that clients no longer have is refused', async () => {
    const text = load(config({})) as Kubeconfig
    text.users[0]!.user = { 'auth-provider': { name: 'gcp', config: { 'cmd-path': '/bin/sh', 'cmd-args': '-c id' } } }
    const step = await runner.main(inputs(dump(text)))
    expect([step.exitCode, commands(step, 'error').join()]).toEqual([2, expect.stringMatching(/`auth-provider: gcp`/)])
  }, 300_000)
})
