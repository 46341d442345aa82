import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { CoreV1Api, KubeConfig, type V1ObjectMeta } from '@kubernetes/client-node'
import { secretsWithoutContent } from '../../src/engine/kubernetes/cleanup.ts'
import { OUR_LABELS, ourSelector } from '../../src/plan/names.ts'
import { kubeconfig, kubernetesEngine, podmanEngine, type TestEngine } from '../action/engines.ts'
import { cli, flags, SCANNER, scan } from '../scenario/scan.ts'

const run = promisify(execFile)

/** A run ID that no run has, for objects that only look like a scan's. */
const RUN = '20260101-000000-abc123'
const OTHER = '20260101-000000-abc124'

describe('objects of a cluster that carry the labels of scans', () => {
  const engine = kubernetesEngine('cleanup')
  const { namespace } = engine
  const admin = new KubeConfig()
  admin.loadFromFile(kubeconfig)
  const core = admin.makeApiClient(CoreV1Api)
  const asAdmin = { ...engine, inputs: { kubeconfig, namespace } }
  beforeAll(engine.prepare, 300_000)
  afterAll(engine.dispose)

  const labelled = (name: string, extra: V1ObjectMeta = {}): V1ObjectMeta => ({
    name,
    labels: { ...OUR_LABELS, 'run-id': RUN },
    ...extra,
  })
  const owner = (name: string, uid: string) => [{ apiVersion: 'v1', kind: 'ConfigMap', name, uid }]
  const secret = (metadata: V1ObjectMeta) =>
    core.createNamespacedSecret({ namespace, body: { metadata, stringData: { password: 'hunter2' } } })
  const map = (metadata: V1ObjectMeta) =>
    core.createNamespacedConfigMap({ namespace, body: { metadata, data: { payload: '' } } })
  const names = async () => (await engine.leftovers('')).filter((name) => !/token|kube-root/.test(name))
  const cleanup = (who: TestEngine, ...args: string[]) => cli(who, ['cleanup', '--json', ...flags(who.inputs), ...args])

  test.each<[string, TestEngine]>([
    ['the Role of a scan', engine],
    ['an administrator', asAdmin],
  ])(
    'are left alone and named when no scan made them: %s',
    async (_, who) => {
      const victim = await map({ name: 'victim' })
      // a Secret by the name that a scan would give it, which the ConfigMap of that name does not own
      await secret({ name: `inspec-inputs-${RUN}`, labels: { team: 'a' } })
      await map(labelled(`inspec-profile-${RUN}`))
      await map(labelled('database'))
      await map(labelled(`inspec-profile-${OTHER}`))
      await map(labelled(`inspec-profile-${RUN}-1`, { ownerReferences: owner('victim', victim.metadata!.uid!) }))
      const foreign = [
        'database',
        `inspec-inputs-${RUN}`,
        `inspec-profile-${OTHER}`,
        `inspec-profile-${RUN}-1`,
        'victim',
      ].sort()
      const { exitCode, stdout } = await cleanup(who, '--run-id', RUN)
      const { deleted, leftAlone } = JSON.parse(stdout) as { deleted: object[]; leftAlone: { name: string }[] }
      expect([exitCode, deleted]).toEqual([0, [expect.objectContaining({ name: `inspec-profile-${RUN}` })]])
      expect(leftAlone.map(({ name }) => name).sort()).toEqual(foreign.filter((name) => /database|profile/.test(name)))
      expect(await names()).toEqual(foreign)
      for (const name of foreign.filter((one) => !one.includes('inputs')))
        await core.deleteNamespacedConfigMap({ namespace, name })
      await core.deleteNamespacedSecret({ namespace, name: `inspec-inputs-${RUN}` })
    },
    300_000,
  )

  test('a Secret with our labels is deleted only with its owner, and what it holds is not asked for', async () => {
    const made = await map(labelled(`inspec-profile-${RUN}`))
    await secret(
      labelled(`inspec-inputs-${RUN}`, { ownerReferences: owner(`inspec-profile-${RUN}`, made.metadata!.uid!) }),
    )
    await secret(labelled(`inspec-inputs-${RUN}-2`))
    const { stdout } = await cleanup(asAdmin, '--run-id', RUN)
    expect(JSON.parse(stdout)).toMatchObject({
      deleted: [{ kind: 'ConfigMap' }, { kind: 'Secret', name: `inspec-inputs-${RUN}` }],
      leftAlone: [{ kind: 'Secret', name: `inspec-inputs-${RUN}-2`, why: 'no scan owns it' }],
    })
    expect(await names()).toEqual([`inspec-inputs-${RUN}-2`])
    await core.deleteNamespacedSecret({ namespace, name: `inspec-inputs-${RUN}-2` })
  }, 300_000)

  test('a kept scan with inputs is removed by the Role alone, its Secret by the cluster', async () => {
    const inputsFile = join(tmpdir(), `${namespace}.yml`)
    await writeFile(inputsFile, 'answer: 42\n')
    const kept = await scan(engine, {
      image: 'localhost/target-scratch:1',
      threshold: 'none',
      keep: 'true',
      'inputs-file': inputsFile,
      'scanner-image': SCANNER,
    })
    expect(await names()).toHaveLength(3)
    expect((await cleanup(engine, '--run-id', kept.runId)).exitCode).toBe(0)
    // the collector comes by when it has seen that the owner is gone
    while ((await names()).length > 0) await new Promise((resolve) => setTimeout(resolve, 100))
  }, 300_000)

  test.each(['', ' ', 'a,b!=c', RUN.slice(0, -1), `${RUN}-2`])(
    'the run ID `%s` is refused',
    async (id) => {
      const { exitCode, log } = await cleanup(engine, `--run-id=${id}`)
      expect([exitCode, log]).toEqual([
        2,
        expect.stringMatching(/^error: (the run ID is empty|`.*` is not a run ID)$/m),
      ])
    },
    300_000,
  )
})

describe('volumes of podman with names like ours', () => {
  const engine = podmanEngine()
  const made = [
    'inspec-profile-of-another',
    `inspec-profile-${OTHER}`,
    `inspec-inputs-${RUN}`,
    `inspec-profile-${RUN}`,
    `inspec-profile-${RUN}-2-1`,
  ]
  const podman = (...args: string[]) => run('podman', args, { env: { ...process.env, ...engine.env } })
  const volumes = async () => (await podman('volume', 'ls', '--format', '{{.Name}}')).stdout.split('\n')
  const mine = async () => (await volumes()).filter((name) => made.includes(name)).sort()
  const cleanup = (...args: string[]) => cli(engine, ['cleanup', ...flags(engine.inputs), ...args])
  beforeAll(async () => {
    for (const name of made) await podman('volume', 'create', name)
    await podman('volume', 'create', '--label', 'team=a', `inspec-profile-${RUN}-3`)
  })
  afterAll(async () => {
    await podman('volume', 'rm', `inspec-profile-${RUN}-3`)
    for (const name of await mine()) await podman('volume', 'rm', name)
  })

  test.each(['', 'of-another', '2026', RUN.slice(0, -1)])(
    'the run ID `%s` is refused, and takes none',
    async (id) => {
      const { exitCode, log } = await cleanup(`--run-id=${id}`)
      expect([exitCode, log]).toEqual([2, expect.stringMatching(/run ID/)])
      expect(await mine()).toHaveLength(made.length)
    },
    300_000,
  )

  test('`--run-id` takes the volumes of that run and of no other', async () => {
    const { exitCode, stdout } = await cleanup('--run-id', RUN)
    expect([exitCode, await mine()]).toEqual([0, ['inspec-profile-of-another', `inspec-profile-${OTHER}`].sort()])
    expect(stdout).toContain(`left alone: ConfigMap inspec-profile-${RUN}-3: it has labels that no scan gives`)
  }, 300_000)

  test('`--older-than` leaves alone and names what no scan made', async () => {
    // no scan is that old: volumes of other tests stay
    const { exitCode, stdout } = await cleanup('--older-than', '365d')
    expect([exitCode, await volumes()]).toEqual([0, expect.arrayContaining(['inspec-profile-of-another'])])
    expect(stdout).toContain('left alone: ConfigMap inspec-profile-of-another: no scan gives such a name')
  }, 300_000)
})

test('Secrets are listed without what they hold', async () => {
  const engine = kubernetesEngine('cleanup-secrets')
  await engine.prepare()
  try {
    const { namespace } = engine
    const admin = new KubeConfig()
    admin.loadFromFile(kubeconfig)
    const core = admin.makeApiClient(CoreV1Api)
    const metadata = { name: 'a', labels: { ...OUR_LABELS } }
    await core.createNamespacedSecret({ namespace, body: { metadata, stringData: { password: 'hunter2' } } })
    const [secret] = await secretsWithoutContent(core, { namespace, labelSelector: ourSelector() }, {})
    expect(secret).toMatchObject({ metadata: { name: 'a' } })
    expect([secret!.data, JSON.stringify(secret)]).toEqual([undefined, expect.not.stringContaining('aHVudGVyMg')])
  } finally {
    await engine.dispose()
  }
}, 300_000)
