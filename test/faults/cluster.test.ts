import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { AdmissionregistrationV1Api, CoreV1Api, KubeConfig, KubernetesObjectApi } from '@kubernetes/client-node'
import { kubeconfig, kubernetesEngine, type TestEngine } from '../action/engines.ts'
import { expectFault, expectRefusal } from './fault.ts'
import { closedPort, type FaultyProxy, listen, proxyTo, selfSigned } from './proxy.ts'
import { profile, quick, refused } from './run.ts'

const engine = kubernetesEngine('faults')
const { namespace } = engine
const admin = new KubeConfig()
admin.loadFromFile(kubeconfig)
const core = admin.makeApiClient(CoreV1Api)
let folder: string
/** The kubeconfig of the limited user, as objects. */
let limited: KubeConfig

beforeAll(async () => {
  await engine.prepare()
  folder = await mkdtemp(join(tmpdir(), 'faults-'))
  limited = new KubeConfig()
  limited.loadFromFile(engine.inputs['kubeconfig']!)
}, 300_000)
afterAll(async () => {
  await engine.dispose()
  await rm(folder, { recursive: true })
})
afterEach(async () => {
  expect(await engine.leftovers('sidecar-scanner')).toEqual([])
  expect(await engine.leftovers('inspec-')).toEqual([])
})

/** The engine with a kubeconfig that says something else of the cluster or the user. */
async function changed(cluster: object, user: object = {}): Promise<TestEngine> {
  const config = new KubeConfig()
  const { caFile: _, ...current } = limited.getCurrentCluster()!
  config.loadFromClusterAndUser({ ...current, ...cluster } as never, { ...limited.getCurrentUser()!, ...user })
  const path = join(folder, `${Math.random()}.kubeconfig`)
  await writeFile(path, config.exportConfig())
  return { ...engine, inputs: { ...engine.inputs, kubeconfig: path } }
}

const trusted = async () => ({ caData: (await readFile(limited.getCurrentCluster()!.caFile!)).toString('base64') })

describe('an API server that cannot be used', () => {
  test('unreachable', async () => {
    expectRefusal(
      'unreachable',
      await refused(await changed({ ...(await trusted()), server: `https://127.0.0.1:${await closedPort()}` })),
    )
  }, 300_000)

  test('certificate', async () => {
    const other = Buffer.from(selfSigned().cert).toString('base64')
    expectRefusal('certificate', await refused(await changed({ caData: other })))
  }, 300_000)

  test('token', async () => {
    expectRefusal('token', await refused(await changed(await trusted(), { token: 'expired' })))
  }, 300_000)
})

/** Milliseconds an API server takes to come back. */
const OUTAGE = 8_000

describe('weather between here and the API server', () => {
  let proxy: FaultyProxy
  let through: TestEngine
  beforeAll(async () => {
    proxy = await proxyTo(limited.getCurrentCluster()!.server, await readFile(limited.getCurrentCluster()!.caFile!))
    through = await changed({ server: proxy.url, caData: Buffer.from(proxy.ca).toString('base64') })
  })
  afterEach(() => {
    proxy.weather = {}
    proxy.requests.length = 0
  })
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]()
  })

  const everyThird = (status: number) => {
    let count = 0
    return () => (++count % 3 === 0 ? status : undefined)
  }

  test('429 to everything', async () => {
    proxy.weather = { answer: () => 429 }
    expectRefusal('overloaded', await refused(through))
  }, 300_000)

  test('500 to everything', async () => {
    proxy.weather = { answer: () => 500 }
    expectRefusal('broken-server', await refused(through))
  }, 300_000)

  test.each([
    ['some-429', { answer: everyThird(429) }],
    ['some-500', { answer: everyThird(503) }],
    ['dropped', { answer: everyThird(0) }],
    ['slow', { delay: 500 }],
  ] as const)(
    '%s',
    async (id, weather) => {
      proxy.weather = weather
      expectFault(id, await quick(through))
      expect(proxy.requests.length).toBeGreaterThan(8)
    },
    300_000,
  )

  test('exec-cut', async () => {
    // the WebSocket's handshake and the first lines of progress, then no more
    let cuts = 0
    proxy.weather = { cutExecAfter: () => (cuts++ < 3 ? 600 : undefined) }
    expectFault('exec-cut', await quick(through, { profile: profile('slow') }))
    expect(cuts).toBeGreaterThan(2)
  }, 300_000)

  test('results-cut', async () => {
    let cuts = 0
    proxy.weather = {
      cutExecAfter() {
        cuts++
        return 60_000
      },
    }
    expectFault('results-cut', await quick(through, { profile: profile('slow') }))
    expect(cuts).toBeGreaterThan(2)
  }, 300_000)

  test('silent', async () => {
    proxy.weather = { answer: () => -1 }
    const began = performance.now()
    expectRefusal('silent', await refused(through))
    expect(performance.now() - began).toBeLessThan(25_000)
  }, 300_000)

  test('exec-silent', async () => {
    proxy.weather = { muteExecAfter: () => (proxy.muted === 0 ? 600 : undefined) }
    expectFault('exec-silent', await quick(through, { profile: profile('slow') }))
    expect(proxy.muted).toBe(1)
  }, 300_000)

  // an API server that restarts: every connection is cut, and none answered for a while
  test.each([
    ['outage-create', /^POST .*\/configmaps/],
    ['outage-start', /^GET .*\/pods\/sidecar-scanner/],
    ['outage-scan', /\/exec\?/],
    ['outage-clean', /^DELETE /],
  ])(
    '%s',
    async (id, phase) => {
      let began: number | undefined
      let refusals = 0
      const over = () => began !== undefined && performance.now() - began > OUTAGE
      proxy.weather = {
        answer(request) {
          if (began === undefined && phase.test(request)) {
            began = performance.now()
            // what is connected has a moment more
            setTimeout(proxy.cut, 500)
            if (id === 'outage-scan') return undefined
          }
          if (began === undefined || over()) return undefined
          refusals++
          return 0
        },
      }
      expectFault(id, await quick(through, { profile: profile('slow') }))
      expect(refusals).toBeGreaterThan(2)
      expect(over()).toBe(true)
    },
    300_000,
  )
})

test('namespace-ends', async () => {
  const name = `${namespace}-ends`
  await core.createNamespace({ body: { metadata: { name } } })
  const kept = { metadata: { name: 'kept', finalizers: ['example.com/faults'] } }
  await core.createNamespacedConfigMap({ namespace: name, body: kept })
  await core.deleteNamespace({ name })
  expectRefusal('namespace-ends', await refused(engine, { kubeconfig, namespace: name }))
  const body = [{ op: 'remove', path: '/metadata/finalizers' }]
  await core.patchNamespacedConfigMap({ namespace: name, name: 'kept', body })
}, 300_000)

describe('an admission webhook', () => {
  const name = `${namespace}-webhook`
  const hooks = admin.makeApiClient(AdmissionregistrationV1Api)

  /** Registers a server on the loopback for pods of the namespace of these tests. */
  async function withWebhook(answers: boolean, during: () => Promise<void>): Promise<void> {
    const { key, cert } = selfSigned()
    const server = createServer({ key, cert }, (request, response) => {
      let body = ''
      request.on('data', (chunk) => {
        body += chunk
      })
      request.on('end', () => {
        if (!answers) return
        const { uid } = (JSON.parse(body) as { request: { uid: string } }).request
        const status = { message: 'the label team is missing' }
        const review = {
          apiVersion: 'admission.k8s.io/v1',
          kind: 'AdmissionReview',
          response: { uid, allowed: false, status },
        }
        response.setHeader('Content-Type', 'application/json').end(JSON.stringify(review))
      })
    })
    const url = `https://127.0.0.1:${await listen(server)}/`
    const labels = { [`test-${namespace}`]: 'yes' }
    await core.patchNamespace({ name: namespace, body: [{ op: 'add', path: '/metadata/labels', value: labels }] })
    await hooks.createValidatingWebhookConfiguration({
      body: {
        metadata: { name },
        webhooks: [
          {
            name: 'policy.example.com',
            clientConfig: { url, caBundle: Buffer.from(cert).toString('base64') },
            rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
            namespaceSelector: { matchLabels: labels },
            admissionReviewVersions: ['v1'],
            sideEffects: 'None',
            timeoutSeconds: 2,
          },
        ],
      },
    })
    try {
      await sleep(1_500) // until the API server knows of it
      await during()
    } finally {
      await hooks.deleteValidatingWebhookConfiguration({ name })
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await sleep(1_000)
    }
  }

  test('that denies', async () => {
    await withWebhook(true, async () => expectFault('webhook-denies', await quick(engine)))
  }, 300_000)

  test('that does not answer', async () => {
    await withWebhook(false, async () => expectFault('webhook-silent', await quick(engine)))
  }, 300_000)
})

describe('limits of the namespace', () => {
  const client = KubernetesObjectApi.makeApiClient(admin)

  async function withObject(object: { kind: string; spec: object }, during: () => Promise<void>): Promise<void> {
    const made = { apiVersion: 'v1', metadata: { name: 'faults', namespace }, ...object }
    await client.create(made)
    try {
      await sleep(1_500) // until the controllers have counted
      await during()
    } finally {
      await client.delete(made)
      await sleep(1_000)
    }
  }

  test('a quota', async () => {
    const quota = { kind: 'ResourceQuota', spec: { hard: { pods: '0' } } }
    await withObject(quota, async () => expectFault('quota', await quick(engine)))
  }, 300_000)

  test('a limit range', async () => {
    const range = { kind: 'LimitRange', spec: { limits: [{ type: 'Container', max: { memory: '64Mi' } }] } }
    await withObject(range, async () => expectFault('limit-range', await quick(engine)))
  }, 300_000)
})
