import { mkdtemp, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node'
import { kubeconfig, kubernetesEngine } from '../action/engines.ts'
import { shell } from '../bed/shell.ts'
import { expectFault } from './fault.ts'
import { podProcesses } from './processes.ts'
import { profile, quick } from './run.ts'

const engine = kubernetesEngine('faults-ends')
const { namespace } = engine
const admin = new KubeConfig()
admin.loadFromFile(kubeconfig)
const core = admin.makeApiClient(CoreV1Api)
const BUSYBOX = 'localhost/target-busybox:1'

const patch = (spec: object) => ({ 'pod-patch': JSON.stringify({ spec }) })
/** The target's own program, without end or with one. */
const runs = (script: string) => ({
  image: BUSYBOX,
  'target-mode': 'run',
  'target-command': JSON.stringify(['sh', '-c', script]),
})

beforeAll(engine.prepare, 300_000)
afterAll(engine.dispose)
afterEach(async () => {
  expect(await engine.leftovers('sidecar-scanner')).toEqual([])
  expect(await engine.leftovers('inspec-')).toEqual([])
})

/** A scan whose processes are looked for on the node afterwards. */
async function fault(id: string, inputs: Readonly<Record<string, string>>): Promise<void> {
  const outcome = await quick(engine, inputs)
  expectFault(id, outcome)
  expect(await podProcesses(outcome.runId)).toEqual([])
}

describe('pods that the cluster ends', () => {
  test('evicted-volume', async () => {
    // more than the limit lies in the volume before the scan is done, and the kubelet measures now and then
    const results = { name: 'results', emptyDir: { sizeLimit: '64Ki' } }
    await fault('evicted-volume', { ...patch({ volumes: [results] }), profile: profile('litter'), timeout: '100' })
  }, 300_000)

  test('deadline', async () => {
    await fault('deadline', { ...patch({ activeDeadlineSeconds: 5 }), profile: profile('slow') })
  }, 300_000)

  test('drained', async () => {
    const scan = quick(engine, { profile: profile('slow') })
    let name: string | undefined
    while (name === undefined) {
      const { items } = await core.listNamespacedPod({ namespace })
      name = items.find(({ status }) => status?.phase === 'Running')?.metadata?.name
      await sleep(200)
    }
    const body = { apiVersion: 'policy/v1beta1', kind: 'Eviction', metadata: { name, namespace } }
    await core.createNamespacedPodEviction({ name, namespace, body })
    expectFault('drained', await scan)
  }, 300_000)
})

describe('containers that end, or do not', () => {
  test('target-memory', async () => {
    const resources = { limits: { memory: '24Mi' }, requests: { memory: '8Mi' } }
    await fault('target-memory', {
      ...runs('sleep 4; tail /dev/zero'),
      ...patch({ containers: [{ name: 'target', resources }] }),
      profile: profile('slow'),
    })
  }, 300_000)

  test('crash-loop', async () => {
    await fault('crash-loop', { ...runs('exit 3'), ...patch({ restartPolicy: 'Always' }) })
  }, 300_000)

  test('forks', async () => {
    const endless = 'ulimit -u 400; (while :; do sleep 1000 & done) & exec sleep 1000'
    await fault('forks', { ...runs(endless), 'run-as-user': '23456' })
  }, 300_000)

  test('service-account', async () => {
    await fault('service-account', { 'service-account': 'none' })
  }, 300_000)
})

describe('a full volume', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'results-'))
    await shell('mount -t tmpfs -o size=64k,mode=1777 faults "$1"', [folder])
  })
  afterAll(async () => {
    await shell('umount "$1"', [folder])
    await rmdir(folder)
  })

  test('results-full', async () => {
    const results = { name: 'results', emptyDir: null, hostPath: { path: folder } }
    await fault('results-full', { ...patch({ volumes: [results] }), profile: profile('slow') })
  }, 300_000)
})
