import { writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { CoreV1Api, KubeConfig, RbacAuthorizationV1Api, type V1Pod } from '@kubernetes/client-node'
import { accountToken, kubeconfig, kubeconfigOf, kubernetesEngine, type TestEngine } from '../action/engines.ts'
import type { FaultyProxy } from '../faults/proxy.ts'
import { profile } from '../faults/run.ts'
import { scan } from '../scenario/scan.ts'
import { governed } from './governed.ts'

/** Policies of the cluster, and a tenant with the rights of one. */
const engine = kubernetesEngine('trust')
const { namespace } = engine
const admin = new KubeConfig()
admin.loadFromFile(kubeconfig)
const core = admin.makeApiClient(CoreV1Api)
const LIMIT = 300_000
const inputs = { image: 'localhost/target-scratch:1', threshold: '{compliance.min: 50}' }
const OTHER = 'localhost/target-debian:1'
let proxy: FaultyProxy
let policed: TestEngine
let tenant: CoreV1Api

beforeAll(async () => {
  await engine.prepare()
  ;({ engine: policed, proxy } = await governed(engine))
  tenant = await newTenant()
}, 300_000)

afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]()
  await engine.dispose()
})

/** A user who may read, create, change and delete pods in the scanner's namespace. */
async function newTenant(): Promise<CoreV1Api> {
  const rbac = admin.makeApiClient(RbacAuthorizationV1Api)
  const metadata = { name: 'tenant', namespace }
  await core.createNamespacedServiceAccount({ namespace, body: { metadata } })
  const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'create', 'patch', 'delete'] }]
  await rbac.createNamespacedRole({ namespace, body: { metadata, rules } })
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'tenant' }
  const subjects = [{ kind: 'ServiceAccount', name: 'tenant', namespace }]
  await rbac.createNamespacedRoleBinding({ namespace, body: { metadata, roleRef, subjects } })
  const config = new KubeConfig()
  config.loadFromString(kubeconfigOf(await accountToken(core, namespace, 'tenant')))
  return config.makeApiClient(CoreV1Api)
}

/** The pod of the scan that runs, once the tenant sees it in this phase. */
async function podIn(phase: string): Promise<V1Pod> {
  for (;;) {
    const { items } = await tenant.listNamespacedPod({ namespace })
    const pod = items.find(({ status, metadata }) => status?.phase === phase && !metadata?.deletionTimestamp)
    if (pod) return pod
    await sleep(100)
  }
}

/** The name of the pod of a scan whose profile has arrived in the cluster. */
async function announced(): Promise<string> {
  for (;;) {
    const { items } = await core.listNamespacedConfigMap({ namespace })
    const name = items.map(({ metadata }) => metadata!.name!).find((one) => one.startsWith('inspec-profile-'))
    if (name !== undefined) return name.replace('inspec-profile-', 'sidecar-scanner-')
    await sleep(20)
  }
}

const withContainer = (pod: V1Pod, name: string, change: object): V1Pod => ({
  ...pod,
  spec: {
    ...pod.spec!,
    containers: pod.spec!.containers.map((one) => (one.name === name ? { ...one, ...change } : one)),
  },
})

describe('a policy that changes the pod', () => {
  const changes: [string, (pod: V1Pod) => V1Pod, string][] = [
    [
      'the image of the target',
      (pod) => withContainer(pod, 'target', { image: OTHER }),
      `containers[target].image is "${OTHER}" instead of "localhost/target-scratch:1"`,
    ],
    [
      'the command of the scanner',
      (pod) => withContainer(pod, 'scanner', { command: ['sh', '-c', 'sleep 600'] }),
      'containers[scanner].command',
    ],
    [
      'the volume of the results',
      (pod) => ({
        ...pod,
        spec: {
          ...pod.spec!,
          volumes: pod.spec!.volumes!.map((one) =>
            one.name === 'results' ? { name: 'results', hostPath: { path: '/tmp' } } : one,
          ),
        },
      }),
      'volumes[results]',
    ],
  ]

  test.each(changes)(
    '%s is found out',
    async (_, mutatePod, said) => {
      proxy.weather = { mutatePod }
      const outcome = await scan(policed, { ...inputs, profile: profile('steady') })
      expect([outcome.exitCode, outcome.verdict]).toEqual([4, 'inconclusive'])
      expect(`${outcome.log}${outcome.inconclusive}`).toContain(said)
      expect(await engine.leftovers(outcome.runId)).toEqual([])
    },
    LIMIT,
  )

  test(
    'the inputs that the scanner reads is found out',
    async () => {
      const file = `${engine.inputs['kubeconfig']}.inputs.yml`
      await writeFile(file, 'limit: 3\n')
      const forged = Buffer.from('limit: 300\n').toString('base64')
      proxy.weather = {
        mutateSecret: (secret) => ({
          ...secret,
          data: Object.fromEntries(Object.keys(secret.data!).map((key) => [key, forged])),
        }),
      }
      const outcome = await scan(policed, { ...inputs, 'inputs-file': file, profile: profile('steady') })
      expect([outcome.exitCode, outcome.verdict]).toEqual([4, 'inconclusive'])
      expect(`${outcome.log}${outcome.inconclusive}`).toContain(
        'the scanner read other inputs or waivers than the given ones',
      )
    },
    LIMIT,
  )

  test(
    'as `allow-mutations` names it is accepted, and the report shows it',
    async () => {
      proxy.weather = {
        mutatePod: (pod) => ({
          ...withContainer(pod, 'target', { image: OTHER }),
          metadata: { ...pod.metadata!, labels: { ...pod.metadata!.labels, team: 'x' } },
        }),
      }
      const allowed = { 'allow-mutations': 'containers[target].image' }
      const outcome = await scan(policed, { ...inputs, ...allowed, profile: profile('steady') })
      expect(outcome.verdict).not.toBe('inconclusive')
      expect(JSON.stringify((outcome as unknown as { warnings: string[] }).warnings)).toContain(
        'containers[target].image',
      )
    },
    LIMIT,
  )

  test(
    'by labels, tolerations and a container beside ours is fine',
    async () => {
      proxy.weather = {
        mutatePod: (pod) => ({
          ...pod,
          metadata: { ...pod.metadata!, labels: { ...pod.metadata!.labels, team: 'x' } },
          spec: {
            ...pod.spec!,
            tolerations: [{ key: 'scan', operator: 'Exists' }],
            containers: [
              ...pod.spec!.containers,
              {
                name: 'mesh',
                image: 'localhost/scanner:1',
                imagePullPolicy: 'IfNotPresent',
                command: ['sleep', '600'],
              },
            ],
          },
        }),
      }
      const outcome = await scan(policed, { ...inputs, profile: profile('steady') })
      expect(outcome.verdict).toBe('passed')
    },
    LIMIT,
  )
})

describe('a tenant of the namespace', () => {
  test(
    'cannot put a pod of its own in the place of the scan',
    async () => {
      const scanned = scan(engine, { ...inputs, profile: profile('slow') })
      const pod = await podIn('Running')
      // nothing in the manifest proves anything
      expect(JSON.stringify(pod)).not.toContain('SCAN_NONCE')
      const name = pod.metadata!.name!
      await tenant.deleteNamespacedPod({ namespace, name, gracePeriodSeconds: 0 })
      const body: V1Pod = {
        metadata: { name, labels: pod.metadata!.labels! },
        spec: { ...pod.spec!, nodeName: pod.spec!.nodeName! },
      }
      while (!(await tenant.createNamespacedPod({ namespace, body }).catch(() => undefined))) await sleep(5)
      const outcome = await scanned
      expect(outcome.verdict).toBe('inconclusive')
      expect(`${outcome.log}${outcome.inconclusive}`).toMatch(
        /was replaced by another pod|was deleted by somebody else/,
      )
      await tenant.deleteNamespacedPod({ namespace, name, gracePeriodSeconds: 0 }).catch(() => undefined)
    },
    LIMIT,
  )

  test(
    'cannot be first: a pod that is there under the name of the scan is not taken for its own',
    async () => {
      // time enough to see the ConfigMap and to be first
      proxy.weather = { delay: 700 }
      const scanned = scan(policed, { ...inputs, profile: profile('steady') })
      const scanPod = await announced()
      const body: V1Pod = {
        metadata: { name: scanPod },
        spec: { containers: [{ name: 'scanner', image: 'localhost/scanner:1', command: ['sleep', '600'] }] },
      }
      await tenant.createNamespacedPod({ namespace, body })
      const outcome = await scanned
      proxy.weather = {}
      expect([outcome.exitCode, outcome.verdict]).toEqual([3, 'inconclusive'])
      expect(`${outcome.log}${outcome.inconclusive}`).toMatch(/creating Pod .*already exists/)
      await tenant.deleteNamespacedPod({ namespace, name: scanPod, gracePeriodSeconds: 0 }).catch(() => undefined)
    },
    LIMIT,
  )

  test(
    'cannot change the image of the pod that runs',
    async () => {
      const scanned = scan(engine, { ...inputs, profile: profile('slow') })
      const pod = await podIn('Running')
      const index = pod.spec!.containers.findIndex(({ name }) => name === 'target')
      await tenant.patchNamespacedPod({
        namespace,
        name: pod.metadata!.name!,
        body: [{ op: 'replace', path: `/spec/containers/${index}/image`, value: OTHER }],
      })
      const outcome = await scanned
      expect(outcome.verdict).toBe('inconclusive')
      expect(`${outcome.log}${outcome.inconclusive}`).toContain(OTHER)
    },
    LIMIT,
  )
})
