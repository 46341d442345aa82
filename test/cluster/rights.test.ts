import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { CoreV1Api, KubeConfig, RbacAuthorizationV1Api, type V1PolicyRule } from '@kubernetes/client-node'
import { DEFAULT_SERVICE_ACCOUNT, RIGHTS, rbacObjects } from '../../src/plan/rights.ts'
import { kubeconfig, kubernetesEngine } from '../action/engines.ts'
import { cli, flags, SCANNER, scan } from '../scenario/scan.ts'

const engine = kubernetesEngine('rights')
const { namespace } = engine
const admin = new KubeConfig()
admin.loadFromFile(kubeconfig)
const inputsFile = join(tmpdir(), `${namespace}.inputs.yml`)

beforeAll(async () => {
  await engine.prepare()
  await writeFile(inputsFile, 'answer: 42\n')
}, 60_000)
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
  expect([outcome.exitCode, outcome.verdict]).toEqual([0, 'passed'])
  expect(await engine.leftovers(outcome.runId)).toEqual([])
}, 60_000)

test('the rendered objects stay in the namespace, and no Secret can be read by them', () => {
  const objects = rbacObjects('n', 'a') as { kind: string; metadata: { namespace: string } }[]
  expect(objects.map(({ kind }) => kind)).toEqual(['ServiceAccount', 'Role', 'RoleBinding', 'NetworkPolicy'])
  expect(objects.every(({ metadata }) => metadata.namespace === 'n')).toBe(true)
  const secrets = RIGHTS.filter(({ resource }) => resource === 'secrets').flatMap(({ verbs }) => verbs)
  expect(secrets).toEqual(['create', 'delete'])
  expect(JSON.stringify(objects)).not.toContain('*')
})

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
      expect(log).toContain(`may not ${verb} ${resource} in namespace ${namespace}`)
      expect(log).toContain('`sidecar-scan render --rbac` prints the minimal Role')
      expect(await engine.leftovers('inspec')).toEqual([])
      expect(await engine.leftovers('sidecar-scanner')).toEqual([])
    },
    30_000,
  )
})

test('without the optional rights the scan does its work and says what is lost', async () => {
  await grant(needed.map(rule))
  const outcome = await scan(engine, inputs)
  expect(outcome.exitCode).toBe(0)
  for (const { resource, without } of RIGHTS)
    if (without) expect(outcome.log).toContain(`${resource} in namespace ${namespace}: ${without}`)
}, 60_000)

test('a scan without inputs and waivers needs no right on Secrets', async () => {
  await grant(RIGHTS.filter(({ only }) => only !== 'secrets').map(rule))
  const { image, threshold } = inputs
  expect((await scan(engine, { image, threshold })).exitCode).toBe(0)
}, 60_000)

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
  }, 30_000)

  test('is not created by a dry run', async () => {
    expect((await started({ 'create-namespace': 'true', 'dry-run': 'true' })).exitCode).toBe(0)
    expect(await exists()).toBe(false)
  }, 30_000)

  test('is created when that is wished, and stays', async () => {
    const { exitCode } = await started({ 'create-namespace': 'true' })
    expect(exitCode).toBe(0)
    expect(await exists()).toBe(true)
    await admin.makeApiClient(CoreV1Api).deleteNamespace({ name: missing })
  }, 60_000)
})

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
}, 30_000)
