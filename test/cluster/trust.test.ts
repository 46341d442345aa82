import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import {
  AdmissionregistrationV1Api,
  CoreV1Api,
  KubeConfig,
  RbacAuthorizationV1Api,
  type V1Pod,
} from '@kubernetes/client-node'
import { accountToken, kubeconfig, kubeconfigOf, kubernetesEngine } from '../action/engines.ts'
import { profile } from '../faults/run.ts'
import { scan } from '../scenario/scan.ts'

const engine = kubernetesEngine('trust')
const { namespace } = engine
const admin = new KubeConfig()
admin.loadFromFile(kubeconfig)
const core = admin.makeApiClient(CoreV1Api)
const hooks = admin.makeApiClient(AdmissionregistrationV1Api)
const LIMIT = 240_000
const inputs = { image: 'localhost/target-scratch:1', threshold: '{compliance.min: 50}' }

/** JSON patch that the policy of the moment applies to pods of the namespace. */
let policy: readonly object[] = []
let server: Server

beforeAll(async () => {
  await engine.prepare()
  const folder = mkdtempSync(join(tmpdir(), 'webhook-'))
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')]
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1'].concat([
      '-addext',
      'subjectAltName=IP:127.0.0.1',
      '-keyout',
      key,
      '-out',
      cert,
    ]),
    { stdio: 'ignore' },
  )
  server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { uid } = (JSON.parse(Buffer.concat(chunks).toString()) as { request: { uid: string } }).request
    const patch = Buffer.from(JSON.stringify(policy)).toString('base64')
    const answer = { uid, allowed: true, patchType: 'JSONPatch', patch }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: answer }))
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await core.patchNamespace({
    name: namespace,
    body: [{ op: 'add', path: '/metadata/labels', value: { mutated: namespace } }],
  })
  await hooks.createMutatingWebhookConfiguration({
    body: {
      metadata: { name: namespace },
      webhooks: [
        {
          name: 'mutate.trust.example',
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          failurePolicy: 'Fail',
          namespaceSelector: { matchLabels: { mutated: namespace } },
          clientConfig: { url: `https://127.0.0.1:${port}/`, caBundle: readFileSync(cert).toString('base64') },
          rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }],
        },
      ],
    },
  })
  await sleep(2_000)
}, 120_000)
afterAll(async () => {
  await hooks.deleteMutatingWebhookConfiguration({ name: namespace })
  server.close()
  await engine.dispose()
})

const image = (index: number, value: string) => ({ op: 'replace', path: `/spec/containers/${index}/image`, value })

test(
  'a mutating webhook that swaps the image of the target is found out',
  async () => {
    policy = [image(1, 'localhost/target-debian:1')]
    const outcome = await scan(engine, { ...inputs, profile: profile('steady') })
    expect([outcome.exitCode, outcome.verdict]).toEqual([4, 'inconclusive'])
    expect(outcome.log).toContain(
      'containers[target].image is "localhost/target-debian:1" instead of "localhost/target-scratch:1"',
    )
  },
  LIMIT,
)

test(
  'what `allow-mutations` names is accepted, and the report shows it',
  async () => {
    policy = [
      image(1, 'localhost/target-debian:1'),
      image(2, 'localhost/target-debian:1'),
      { op: 'add', path: '/metadata/labels/team', value: 'x' },
    ]
    const allowed = { 'allow-mutations': 'containers[target].image' }
    const outcome = await scan(engine, { ...inputs, ...allowed, profile: profile('steady') })
    expect(outcome.exitCode).toBe(1)
    expect(outcome.log).toContain('as `allow-mutations` allows: containers[target].image')
  },
  LIMIT,
)

test(
  'a tenant with create and delete on pods cannot put a pod of its own in the place of the scan',
  async () => {
    policy = []
    const rbac = admin.makeApiClient(RbacAuthorizationV1Api)
    const metadata = { name: 'tenant', namespace }
    await core.createNamespacedServiceAccount({ namespace, body: { metadata } })
    const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'create', 'delete'] }]
    await rbac.createNamespacedRole({ namespace, body: { metadata, rules } })
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'tenant' }
    const subjects = [{ kind: 'ServiceAccount', name: 'tenant', namespace }]
    await rbac.createNamespacedRoleBinding({ namespace, body: { metadata, roleRef, subjects } })
    const config = new KubeConfig()
    config.loadFromString(kubeconfigOf(await accountToken(core, namespace, 'tenant')))
    const tenant = config.makeApiClient(CoreV1Api)

    const scanned = scan(engine, { ...inputs, profile: profile('slow') })
    let pod: V1Pod | undefined
    while (pod?.status?.phase !== 'Running') {
      await sleep(100)
      pod = (await tenant.listNamespacedPod({ namespace })).items[0]
    }
    // nothing in the manifest proves anything
    expect(JSON.stringify(pod)).not.toContain('SCAN_NONCE')
    const name = pod.metadata!.name!
    await tenant.deleteNamespacedPod({ namespace, name, gracePeriodSeconds: 0 })
    const body: V1Pod = {
      metadata: { name, labels: pod.metadata!.labels! },
      spec: { ...pod.spec!, nodeName: pod.spec!.nodeName! },
    }
    for (;;) {
      const created = await tenant.createNamespacedPod({ namespace, body }).catch(() => undefined)
      if (created) break
      await sleep(5)
    }
    const outcome = await scanned
    expect(outcome.verdict).toBe('inconclusive')
    expect(outcome.log).toMatch(/was replaced by another pod of its name|was deleted by somebody else/)
  },
  LIMIT,
)
