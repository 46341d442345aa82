import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import {
  CoreV1Api,
  KubeConfig,
  KubernetesObjectApi,
  RbacAuthorizationV1Api,
  type V1PolicyRule,
} from '@kubernetes/client-node'
import { DEFAULT_SERVICE_ACCOUNT, RIGHTS, rbacObjects } from '../../src/plan/rights.ts'
import { accountToken, kubeconfig, kubeconfigOf, kubernetesEngine } from '../action/engines.ts'
import { cli, flags, SCANNER, scan } from '../scenario/scan.ts'

const engine = kubernetesEngine('rights')
const { namespace } = engine
const admin = new KubeConfig()
admin.loadFromFile(kubeconfig)
const inputsFile = join(tmpdir(), `${namespace}.inputs.yml`)

beforeAll(async () => {
  await engine.prepare()
  await writeFile(inputsFile, 'answer: 42\n')
}, 300_000)
afterAll(engine.dispose)
afterEach(() => grant(RIGHTS.map(rule)))

const rule = ({ resource, verbs }: { resource: string; verbs: readonly string[] }): V1PolicyRule => ({
  apiGroups: [''],
  resources: [resource],
  verbs: [...verbs],
})

/** Makes the Role of the scans hold these rules and no others. */
async function grant(rules: V1PolicyRule[]): Promise<void> {
  const metadata = { name: DEFAULT_SERVICE_ACCOUNT, namespace }
  const body = { metadata, rules: rules.filter(({ verbs }) => verbs.length > 0) }
  await admin.makeApiClient(RbacAuthorizationV1Api).replaceNamespacedRole({ ...metadata, body })
}

const inputs = { image: 'localhost/target-scratch:1', 'inputs-file': inputsFile, threshold: 'none' }
const runCli = () => cli(engine, ['run', ...flags({ ...engine.inputs, 'scanner-image': SCANNER, ...inputs })])

test('the rendered Role suffices for a scan with inputs, and for its cleaning up', async () => {
  const outcome = await scan(engine, inputs)
  expect([outcome.exitCode, outcome.verdict]).toEqual([0, 'not judged'])
  expect(await engine.leftovers(outcome.runId)).toEqual([])
}, 300_000)

test('the rendered objects stay in the namespace, and the Role reads no Secret', () => {
  const objects = rbacObjects('n', 'a', 'restricted') as {
    kind: string
    metadata: { name: string; namespace?: string }
  }[]
  const kinds = ['Namespace', 'ResourceQuota', 'ServiceAccount', 'Role', 'RoleBinding', 'NetworkPolicy']
  expect(objects.map(({ kind }) => kind)).toEqual(kinds)
  expect(objects.slice(1).every(({ metadata }) => metadata.namespace === 'n')).toBe(true)
  expect(objects[0]!.metadata).toMatchObject({
    name: 'n',
    labels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
  })
  const secrets = RIGHTS.filter(({ resource }) => resource === 'secrets').flatMap(({ verbs }) => verbs)
  expect(secrets).toEqual(['create', 'delete'])
  expect(JSON.stringify(objects)).not.toContain('*')
})

test('a namespace that others use gets no Pod Security level and no quota, and the comment says what that means', async () => {
  for (const shared of ['default', 'kube-system']) {
    const { stdout } = await cli(engine, ['render', '--rbac', '--namespace', shared])
    expect(stdout).not.toMatch(/kind: (Namespace|ResourceQuota)/)
    expect(stdout).toMatch(/^# This namespace is used by others[\s\S]*--namespace scan/)
  }
}, 300_000)

test('`render --rbac` prints the level that is chosen, and what creating pods implies', async () => {
  const { stdout } = await cli(engine, ['render', '--rbac', '--namespace', 'n', '--pod-security', 'restricted'])
  expect(stdout).toContain('pod-security.kubernetes.io/enforce: restricted')
  expect(stdout).toMatch(/# .*whoever may create pods in a namespace can mount\n# each of its Secrets/)
}, 300_000)

test('the quota of the rendered objects holds for the token of CI: no claims, and no pods without end', async () => {
  const limited = new KubeConfig()
  limited.loadFromFile(engine.inputs['kubeconfig']!)
  const api = limited.makeApiClient(CoreV1Api)
  const { status } = await admin
    .makeApiClient(CoreV1Api)
    .readNamespacedResourceQuota({ namespace, name: DEFAULT_SERVICE_ACCOUNT })
  expect(status?.hard).toMatchObject({ pods: '40', persistentvolumeclaims: '0' })
  const pod = (name: string) => ({
    metadata: { name },
    // no node takes it
    spec: { nodeSelector: { none: 'none' }, containers: [{ name: 'a', image: 'localhost/none:1' }] },
  })
  const outcomes: string[] = []
  for (let i = 0; i < 41; i++)
    outcomes.push(
      await api.createNamespacedPod({ namespace, body: pod(`flood-${i}`) }).then(
        () => 'created',
        (error: { body?: unknown }) => String(error.body),
      ),
    )
  expect(outcomes[0]).toBe('created')
  expect(outcomes[40]).toContain('exceeded quota: sidecar-scan')
  await admin.makeApiClient(CoreV1Api).deleteCollectionNamespacedPod({ namespace, gracePeriodSeconds: 0 })
}, 300_000)

const needed = RIGHTS.filter(({ without }) => without === undefined)
const each = needed.flatMap((right) => right.verbs.map((verb) => [verb, right.resource] as const))
describe('one right less, and nothing is created', () => {
  test.each(each)(
    '%s %s',
    async (verb, resource) => {
      const less = RIGHTS.map((right) =>
        rule({ ...right, verbs: right.verbs.filter((one) => right.resource !== resource || one !== verb) }),
      )
      await grant(less)
      const { exitCode, log } = await runCli()
      expect(exitCode).toBe(3)
      expect(log).toContain(
        `missing permission: this kubeconfig’s user cannot ${verb} ${resource} in namespace ${namespace} (nothing was created)`,
      )
      expect(log).toContain('`sidecar-scan render --rbac` prints the minimal Role')
      expect(await engine.leftovers('inspec')).toEqual([])
      expect(await engine.leftovers('sidecar-scanner')).toEqual([])
    },
    300_000,
  )
})

test('without the optional rights the scan does its work and says what is lost', async () => {
  await grant(needed.map(rule))
  const outcome = await scan(engine, inputs)
  expect(outcome.exitCode).toBe(0)
  for (const { resource, without } of RIGHTS)
    if (without) expect(outcome.log).toContain(`${resource} in namespace ${namespace}: ${without}`)
}, 300_000)

test('a scan without inputs and waivers needs no right on Secrets', async () => {
  await grant(RIGHTS.filter(({ only }) => only !== 'secrets').map(rule))
  const { image, threshold } = inputs
  expect((await scan(engine, { image, threshold })).exitCode).toBe(0)
}, 300_000)

describe('the namespace', () => {
  const missing = `${namespace}-new`
  const asAdmin = { name: 'kubernetes', env: {}, inputs: { kubeconfig, namespace: missing } }
  const started = (extra: Record<string, string>) =>
    cli(
      asAdmin,
      [
        'run',
        ...flags({ ...asAdmin.inputs, image: inputs.image, 'scanner-image': SCANNER, threshold: 'none', ...extra }),
      ],
      { cwd: tmpdir() },
    )
  const exists = () =>
    admin
      .makeApiClient(CoreV1Api)
      .readNamespace({ name: missing })
      .then(
        () => true,
        () => false,
      )

  test('that is not there is a wrong input', async () => {
    const { exitCode, log } = await started({})
    expect(exitCode).toBe(2)
    expect(log).toContain(`namespace ${missing} does not exist`)
    expect(log).toContain('`create-namespace: true`')
    expect(await exists()).toBe(false)
  }, 300_000)

  test('is not created by a dry run', async () => {
    expect((await started({ 'create-namespace': 'true', 'dry-run': 'true' })).exitCode).toBe(0)
    expect(await exists()).toBe(false)
  }, 300_000)

  test('is created when that is wished, and stays', async () => {
    const { exitCode } = await started({ 'create-namespace': 'true' })
    expect(exitCode).toBe(0)
    expect(await exists()).toBe(true)
    await admin.makeApiClient(CoreV1Api).deleteNamespace({ name: missing })
  }, 300_000)
})

describe('a user whose rights do not suffice for what `create-namespace` asks', () => {
  const wanted = `${namespace}-wanted`
  const client = KubernetesObjectApi.makeApiClient(admin)
  const core = admin.makeApiClient(CoreV1Api)
  const name = `${namespace}-creator`
  const creator = join(tmpdir(), `${name}.kubeconfig`)
  const metadata = { name }
  const apiVersion = 'rbac.authorization.k8s.io/v1'
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name }
  /** A service account with rights in the whole cluster, as whoever hands out namespaces has. */
  const bind = async (rules: V1PolicyRule[]) => {
    await client.create({ apiVersion, kind: 'ClusterRole', metadata, rules } as never)
    const subjects = [{ kind: 'ServiceAccount', name, namespace }]
    await client.create({ apiVersion, kind: 'ClusterRoleBinding', metadata, roleRef, subjects } as never)
    await core.createNamespacedServiceAccount({ namespace, body: { metadata } })
    await writeFile(creator, kubeconfigOf(await accountToken(core, namespace, name)))
  }
  const started = (who: string) => {
    const all = { kubeconfig: who, namespace: wanted, image: inputs.image, 'scanner-image': SCANNER, threshold: 'none' }
    return cli({ env: {} }, ['run', ...flags({ ...all, 'create-namespace': 'true' })], { cwd: tmpdir() })
  }
  const exists = () =>
    core.readNamespace({ name: wanted }).then(
      () => true,
      () => false,
    )
  afterEach(async () => {
    for (const kind of ['ClusterRole', 'ClusterRoleBinding'])
      await client.delete({ apiVersion, kind, metadata }).catch(() => {})
    await core.deleteNamespacedServiceAccount({ name, namespace }).catch(() => {})
    await core.deleteNamespace({ name: wanted }).catch(() => {})
    await rm(creator, { force: true })
  })
  const namespaces: V1PolicyRule = { apiGroups: [''], resources: ['namespaces'], verbs: ['create', 'get'] }

  test('every right is asked for first: without one, the namespace is not created', async () => {
    await bind([namespaces, ...RIGHTS.filter(({ resource }) => resource !== 'pods/exec').map(rule)])
    const { exitCode, log } = await started(creator)
    expect([exitCode, log]).toEqual([
      3,
      expect.stringContaining(`cannot create, get pods/exec in namespace ${wanted} (`),
    ])
    expect(await exists()).toBe(false)
  }, 300_000)

  test('the right to create it is asked for too', async () => {
    await bind([{ ...namespaces, verbs: ['get'] }, ...RIGHTS.map(rule)])
    const { exitCode, log } = await started(creator)
    expect([exitCode, log]).toEqual([3, expect.stringMatching(/cannot create namespaces \(nothing.*\n.*administrator/)])
  }, 300_000)

  test('no right to read service accounts is needed to wait for the first one', async () => {
    await bind([namespaces, ...RIGHTS.map(rule)])
    const { exitCode, log } = await started(creator)
    expect([exitCode, log]).toEqual([0, expect.stringContaining(`creating namespace ${wanted} (\`create-namespace\`)`)])
  }, 300_000)

  test('with the printed Role a misspelt namespace looks like missing rights, and the hint says so', async () => {
    const { exitCode, log } = await started(engine.inputs['kubeconfig']!)
    expect([exitCode, log]).toEqual([3, expect.stringContaining('missing permission')])
    expect(log).toMatch(
      /what to do: check the spelling of `namespace` \(the context names none\) and `context`; if they are right, grant/,
    )
    expect(log).toContain(`namespace ${wanted}: cannot be read by this user: whether it exists, and which Pod Security`)
  }, 300_000)
})

test('`preflight` says with the printed Role what it cannot see', async () => {
  const { exitCode, stdout } = await cli(engine, ['preflight', ...flags(engine.inputs)])
  expect([exitCode, stdout]).toEqual([
    0,
    expect.stringContaining(`? namespace ${namespace}: cannot be read by this user: whether it exists, and which Pod`),
  ])
}, 300_000)

test('`preflight` lists what is there and what is missing, and creates nothing', async () => {
  await grant(RIGHTS.filter(({ resource }) => resource !== 'pods/exec').map(rule))
  const command = ['preflight', '--json', ...flags(engine.inputs)]
  const { exitCode, stdout } = await cli(engine, command)
  expect(exitCode).toBe(3)
  const { ready, findings } = JSON.parse(stdout) as { ready: boolean; findings: { subject: string; state: string }[] }
  expect(ready).toBe(false)
  expect(findings.filter(({ state }) => state === 'missing').map(({ subject }) => subject)).toEqual([
    'create, get pods/exec',
  ])
}, 300_000)
