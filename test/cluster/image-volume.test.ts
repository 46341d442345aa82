import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { V1Container, V1Pod } from '@kubernetes/client-node'
import { kubernetesEngine, podmanEngine, type TestEngine } from '../action/engines.ts'
import { run } from '../bed/shell.ts'
import { expectFault } from '../faults/fault.ts'
import type { FaultyProxy } from '../faults/proxy.ts'
import { profile } from '../faults/run.ts'
import { scan } from '../scenario/scan.ts'
import { governed } from './governed.ts'

/**
 * The cluster of the test bed has no image volumes. Here it has: on their way to it, they become folders of the node with the same
 * content, and image volumes again on their way back. Everything else is the node’s own: the witness, nested mounts, devices, digests.
 */
const engine = kubernetesEngine('image-volume')
const podman = podmanEngine()
const IMAGE = 'localhost/target-debian:1'
const LIMIT = 300_000
const inputs = { image: IMAGE, threshold: 'none' }
let root: string
let proxy: FaultyProxy
let volumes: TestEngine

beforeAll(async () => {
  await engine.prepare()
  root = await mkdtemp(join(tmpdir(), 'image-root-'))
  const env = { ...process.env, ...podman.env }
  const mounted = (await run('podman', ['image', 'mount', IMAGE], { env })).trim()
  await run('cp', ['-a', `${mounted}/.`, root])
  await run('podman', ['image', 'unmount', IMAGE], { env })
  ;({ proxy, engine: volumes } = await governed(engine))
  proxy.weather = { mutatePod: asFolder, mutateAnswer: asImageVolume }
}, LIMIT)
afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]()
  await engine.dispose()
  await rm(root, { recursive: true, force: true })
})

const reference = { reference: IMAGE, pullPolicy: 'IfNotPresent' }

function asFolder(pod: V1Pod): V1Pod {
  const given = pod.spec!.volumes!.map(({ image, ...volume }) =>
    image ? { ...volume, hostPath: { path: root } } : volume,
  )
  return { ...pod, spec: { ...pod.spec!, volumes: given } }
}

function asImageVolume(answer: object): object {
  if ('gitVersion' in answer) return { ...answer, minor: '36', gitVersion: 'v1.36.2' }
  if ((answer as V1Pod).kind !== 'Pod') return answer
  const pod = answer as V1Pod
  const told = pod.spec!.volumes!.map(({ hostPath, ...volume }) =>
    hostPath ? { ...volume, image: reference } : volume,
  )
  return { ...pod, spec: { ...pod.spec!, volumes: told } }
}

/** What only the configuration of an image tells, which podman has and a node does not. */
const OF_CONFIGURATION = /^cb-70[567]$/

const answered = (statuses: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(statuses).filter(([id]) => !OF_CONFIGURATION.test(id)))

test(
  'an image at rest, mounted as a volume, gets the answers that podman gets, and its witness is believed',
  async () => {
    const here = await scan(volumes, inputs)
    const there = await scan(podman, inputs)
    expect([here.targetAccess, here.exitCode, here.log]).toEqual(['volume', 0, here.log])
    expect(answered(here.statuses)).toEqual(answered(there.statuses))
    expect(Object.keys(here.statuses)).toEqual(expect.arrayContaining(['cb-308', 'cb-503', 'cb-504']))
    expect(here.imageDigest).toMatch(/^sha256:/)
    expect(here.log).not.toContain('witness')
    expect(await engine.leftovers(here.runId)).toEqual([])
  },
  LIMIT,
)

/** Changes the witness of a pod. */
const withWitness = (pod: V1Pod, change: Partial<V1Container>): V1Pod => ({
  ...pod,
  spec: {
    ...pod.spec!,
    containers: pod.spec!.containers.map((one) => (one.name === 'witness' ? { ...one, ...change } : one)),
  },
})
const isWitnessed = (pod: V1Pod) => pod.spec!.containers.some(({ name }) => name === 'witness')

test.each<[string, (pod: V1Pod) => V1Pod | number, RegExp]>([
  [
    'witness-nonroot',
    (pod) => withWitness(pod, { securityContext: { ...witnessOf(pod).securityContext, runAsNonRoot: true } }),
    /runAsNonRoot and image will run as root/,
  ],
  [
    // what a processor that cannot run its program, or a node that is too full, makes of it
    'witness-start',
    (pod) => withWitness(pod, { resources: { limits: { memory: '1Mi' } } }),
    /the witness container says nothing of the image: /,
  ],
  ['witness-refused', (pod) => (isWitnessed(pod) ? 403 : pod), /answer 403/],
])(
  '%s',
  async (id, policy, why) => {
    proxy.weather = {
      mutatePod: (pod) => {
        const made = policy(pod)
        return typeof made === 'number' ? made : asFolder(made)
      },
      mutateAnswer: asImageVolume,
    }
    const outcome = await scan(volumes, { ...inputs, threshold: 'compliance.min: 0', profile: profile('steady') })
    expectFault(id, outcome)
    expect(outcome.targetAccess).toBe('volume')
    expect(outcome.log).toMatch(why)
    expect(await engine.leftovers(outcome.runId)).toEqual([])
  },
  LIMIT,
)

function witnessOf(pod: V1Pod): V1Container {
  return pod.spec!.containers.find(({ name }) => name === 'witness')!
}
