import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { V1Container, V1Pod } from '@kubernetes/client-node'
import { kubernetesEngine, podmanEngine } from '../action/engines.ts'
import { expectFault } from '../faults/fault.ts'
import { profile } from '../faults/run.ts'
import { scan } from '../scenario/scan.ts'
import { IMAGE, type ImageVolumes, imageVolumes } from './image-volumes.ts'

const engine = kubernetesEngine('image-volume')
const podman = podmanEngine()
const LIMIT = 300_000
const inputs = { image: IMAGE, threshold: 'none' }
let volumes: ImageVolumes

beforeAll(async () => {
  await engine.prepare()
  volumes = await imageVolumes(engine, podman.env)
}, LIMIT)
afterAll(async () => {
  await volumes?.[Symbol.asyncDispose]()
  await engine.dispose()
})

/** What only the configuration of an image tells, which podman has and a node does not. */
const OF_CONFIGURATION = /^cb-70[567]$/

const answered = (statuses: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(statuses).filter(([id]) => !OF_CONFIGURATION.test(id)))

test(
  'an image at rest, mounted as a volume, gets the answers that podman gets, and its witness is believed',
  async () => {
    const here = await scan(volumes.engine, inputs)
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
    volumes.govern(policy)
    const outcome = await scan(volumes.engine, {
      ...inputs,
      threshold: 'compliance.min: 0',
      profile: profile('steady'),
    })
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
