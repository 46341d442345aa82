import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node'
import { kubeconfig, kubernetesEngine } from '../action/engines.ts'
import { buildImages } from '../bed/images.ts'
import { expectFault } from './fault.ts'
import { closedPort } from './proxy.ts'
import { type Registry, startRegistry } from './registry.ts'
import { profile, quick } from './run.ts'

const engine = kubernetesEngine('faults-pod')
const { namespace } = engine
const admin = new KubeConfig()
admin.loadFromFile(kubeconfig)
const core = admin.makeApiClient(CoreV1Api)
const TIME = 300_000

beforeAll(engine.prepare, 300_000)
afterAll(engine.dispose)
afterEach(async () => {
  expect(await engine.leftovers('sidecar-scanner')).toEqual([])
  expect(await engine.leftovers('inspec-')).toEqual([])
})

describe('images that cannot be had', () => {
  let registry: Registry
  beforeAll(async () => {
    registry = await startRegistry()
    const archive = (await buildImages(['target-scratch'])).get('target-scratch')!
    // one each, so that none is on the node before its test
    for (const name of ['private', 'late', 'wrong']) await registry.push(name, archive)
    await registry.push('foreign', archive, process.arch === 'arm64' ? 'amd64' : 'arm64')
    await pullSecret('registry', registry.password)
    await pullSecret('wrong', 'another password')
  }, 300_000)
  const pullSecret = async (name: string, password: string, host = registry.host): Promise<void> => {
    const auth = Buffer.from(`${registry.user}:${password}`).toString('base64')
    const data = { '.dockerconfigjson': JSON.stringify({ auths: { [host]: { auth } } }) }
    await core.createNamespacedSecret({
      namespace,
      body: { metadata: { name }, type: 'kubernetes.io/dockerconfigjson', stringData: data },
    })
  }
  afterAll(async () => {
    await registry[Symbol.asyncDispose]()
  })

  test(
    'image-private',
    async () => {
      expectFault('image-private', await quick(engine, { image: `${registry.host}/private:1` }))
    },
    TIME,
  )

  test(
    'image-secret',
    async () => {
      const image = `${registry.host}/private:1`
      expectFault('image-secret', await quick(engine, { image, 'image-pull-secrets': 'registry' }))
    },
    TIME,
  )

  test(
    'image-secret-late',
    async () => {
      const scanned = quick(engine, { image: `${registry.host}/late:1`, 'image-pull-secrets': 'late' })
      const refused = async () => {
        const { items } = await core.listNamespacedPod({ namespace })
        return items.some(
          ({ spec, status }) =>
            spec?.imagePullSecrets?.[0]?.name === 'late' &&
            status?.containerStatuses?.some(({ state }) => state?.waiting?.reason === 'ErrImagePull'),
        )
      }
      while (!(await refused())) await sleep(100)
      await pullSecret('late', registry.password)
      const outcome = await scanned
      expectFault('image-secret-late', outcome)
      expect(outcome.log).toMatch(/waiting: the registry refused the node; it tries again/)
    },
    TIME,
  )

  test(
    'image-slow',
    async () => {
      await using slow = await registry.slow(20_000)
      await pullSecret('slow', registry.password, slow.host)
      const outcome = await quick(engine, { image: `${slow.host}/private:1`, 'image-pull-secrets': 'slow' })
      expectFault('image-slow', outcome)
      expect(outcome.log).toMatch(/waiting: the target’s container does not run yet/)
    },
    TIME,
  )

  test(
    'image-unreachable',
    async () => {
      expectFault('image-unreachable', await quick(engine, { image: `127.0.0.1:${await closedPort()}/app:1` }))
    },
    TIME,
  )

  test.each(['hold', 'run'])(
    'scanner-unreachable, target-mode %s',
    async (mode) => {
      const inputs = { 'scanner-image': `127.0.0.1:${await closedPort()}/auditor:1`, 'target-mode': mode }
      expectFault('scanner-unreachable', await quick(engine, inputs))
    },
    TIME,
  )

  test(
    'image-missing',
    async () => {
      const image = `${registry.host}/none:1`
      expectFault('image-missing', await quick(engine, { image, 'image-pull-secrets': 'registry' }))
    },
    TIME,
  )

  test(
    'image-secret-wrong: with other credentials, or not there',
    async () => {
      const image = `${registry.host}/wrong:1`
      const scans = ['wrong', 'not-there'].map((secret) => quick(engine, { image, 'image-pull-secrets': secret }))
      for (const outcome of await Promise.all(scans)) expectFault('image-secret-wrong', outcome)
    },
    TIME,
  )

  test(
    'architecture',
    async () => {
      const image = `${registry.host}/foreign:1`
      expectFault('architecture', await quick(engine, { image, 'image-pull-secrets': 'registry' }))
    },
    TIME,
  )

  test(
    'image-never',
    async () => {
      const inputs = { image: 'localhost/none:1', 'image-pull-policy': 'Never' }
      expectFault('image-never', await quick(engine, inputs))
    },
    TIME,
  )
})

describe('containers that cannot work', () => {
  const patch = (spec: object) => ({ 'pod-patch': JSON.stringify({ spec }) })

  test(
    'config-error',
    async () => {
      const env = [{ name: 'X', valueFrom: { secretKeyRef: { name: 'none', key: 'x' } } }]
      expectFault('config-error', await quick(engine, patch({ containers: [{ name: 'target', env }] })))
    },
    TIME,
  )

  test(
    'unschedulable',
    async () => {
      const inputs = { ...patch({ nodeSelector: { planet: 'mars' } }), timeout: '10' }
      expectFault('unschedulable', await quick(engine, inputs))
    },
    TIME,
  )

  test(
    'volume-missing',
    async () => {
      const volumes = [{ name: 'certs', secret: { secretName: 'none' } }]
      const containers = [{ name: 'scanner', volumeMounts: [{ name: 'certs', mountPath: '/certs' }] }]
      expectFault('volume-missing', await quick(engine, { ...patch({ volumes, containers }), timeout: '12' }))
    },
    TIME,
  )

  test(
    'scanner-memory',
    async () => {
      const resources = JSON.stringify({ limits: { memory: '40Mi' }, requests: { memory: '40Mi' } })
      expectFault('scanner-memory', await quick(engine, { 'scanner-resources': resources }))
    },
    TIME,
  )

  test(
    'scanner-without-shell',
    async () => {
      expectFault('scanner-without-shell', await quick(engine, { 'scanner-image': 'localhost/target-scratch:1' }))
    },
    TIME,
  )

  test(
    'scanner-without-inspec',
    async () => {
      expectFault('scanner-without-inspec', await quick(engine, { 'scanner-image': 'localhost/target-debian:1' }))
    },
    TIME,
  )

  test(
    'target-command',
    async () => {
      const inputs = { 'target-mode': 'run', 'target-command': '["/no/such/program"]' }
      expectFault('target-command', await quick(engine, inputs))
    },
    TIME,
  )

  test(
    'deleted',
    async () => {
      const scan = quick(engine, { profile: profile('slow') })
      for (;;) {
        const { items } = await core.listNamespacedPod({ namespace })
        const running = items.find(({ status }) => status?.phase === 'Running')
        if (running) {
          await core.deleteNamespacedPod({ namespace, name: running.metadata!.name!, gracePeriodSeconds: 0 })
          break
        }
        await sleep(200)
      }
      expectFault('deleted', await scan)
    },
    TIME,
  )
})
