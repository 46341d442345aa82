import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node'
import { buildImages } from '../bed/images.ts'
import { bed, cacheFolder } from '../bed/shell.ts'
import { expectFault } from './fault.ts'
import { podProcesses } from './processes.ts'
import { profile, quick } from './run.ts'

// a cluster of this test's own, whose servers it may stop
const port = '17643'
let folder: string
let kubeconfig: string
const script = async (...args: string[]): Promise<string> => {
  const env = { ...process.env, CLUSTER_DIR: join(folder, 'cluster'), CLUSTER_PORT: port }
  return (await promisify(execFile)(join(bed, 'cluster'), args, { env })).stdout.trim()
}
/** Ends a server of that cluster as a crash does. */
const kill = async (server: string): Promise<void> => {
  process.kill(Number(await readFile(join(folder, 'cluster', `${server}.pid`), 'utf8')), 'SIGKILL')
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'node-'))
  kubeconfig = await script('up')
  await script('load', join(cacheFolder(), 'scanner.tar'))
  await script('load', (await buildImages(['target-scratch'])).get('target-scratch')!)
}, 600_000)
afterAll(async () => {
  await script('down')
  await rm(folder, { recursive: true })
}, 300_000)

const engine = () => ({ name: 'kubernetes', env: {}, inputs: { kubeconfig }, prepare, dispose: prepare, leftovers })
const prepare = async (): Promise<void> => {}
const namespace = 'default'
const client = (): CoreV1Api => {
  const config = new KubeConfig()
  config.loadFromFile(kubeconfig)
  return config.makeApiClient(CoreV1Api)
}
const leftovers = async (text: string): Promise<string[]> => {
  const api = client()
  const lists = await Promise.all([api.listNamespacedPod({ namespace }), api.listNamespacedConfigMap({ namespace })])
  return lists
    .flatMap(({ items }) => items.map(({ metadata }) => metadata!.name!))
    .filter((name) => name.includes(text))
}

/** Resolves when the scanner works, and has for a moment. */
async function scanning(): Promise<void> {
  const isRunning = async () => (await client().listNamespacedPod({ namespace })).items[0]?.status?.phase === 'Running'
  while (!(await isRunning())) await sleep(300)
  await sleep(1_500)
}

test('server-restart', async () => {
  const scan = quick(engine(), { profile: profile('slow') })
  await scanning()
  await kill('kube-apiserver')
  await sleep(2_000)
  await script('up')
  const outcome = await scan
  expectFault('server-restart', outcome)
  expect([await leftovers(outcome.runId), await podProcesses(outcome.runId)]).toEqual([[], []])
}, 300_000)

test('node-gone', async () => {
  const scan = quick(engine(), { profile: profile('litter'), timeout: '15' })
  await scanning()
  await kill('kubelet')
  const outcome = await scan
  expectFault('node-gone', outcome)
  expect(await leftovers(outcome.runId)).toEqual([])
  // nobody is there to end the containers, until the kubelet comes back
  expect(await podProcesses(outcome.runId)).not.toEqual([])
  await script('up')
  for (let tries = 0; tries < 10 && (await podProcesses(outcome.runId)).length > 0; tries++) await sleep(1_000)
  expect(await podProcesses(outcome.runId)).toEqual([])
}, 300_000)
