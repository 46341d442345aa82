import { describe, expect, test } from '@jest/globals'
import type { V1Container, V1Pod, V1PodSpec } from '@kubernetes/client-node'
import { ScanError } from '../../src/errors.ts'
import type { Plan } from '../../src/plan/plan.ts'
import { podState } from '../../src/scan/podstate.ts'
import { isRefusal, isWitnessed, withoutWitness, witnessProblem, witnessWord } from '../../src/scan/witness.ts'

const witness: V1Container = { name: 'witness', image: 'app:1' }
const created = (spec: Partial<V1PodSpec> = {}, changed: Partial<V1Container> = {}): V1Pod => ({
  spec: {
    containers: [
      { name: 'scanner', image: 's:1' },
      { ...witness, ...changed },
    ],
    volumes: [{ name: 'target', image: { reference: 'app:1' } }],
    ...spec,
  },
})
const free = { access: 'volume', userSetBy: undefined } as const

describe('what the created pod says of its witness', () => {
  test('nothing, when it is as planned', () => {
    expect(witnessWord(free, created())).toEqual({ none: null, user: null, injected: [] })
  })

  test('that its user is not the image’s own: by the plan, or set by the cluster for the container or the pod', () => {
    expect(witnessWord({ ...free, userSetBy: '`run-as-user` sets it' }, created()).user).toBe('`run-as-user` sets it')
    expect(witnessWord(free, created({}, { securityContext: { runAsUser: 1000650000 } })).user).toMatch(/cluster sets/)
    expect(witnessWord(free, created({ securityContext: { runAsUser: 0 } })).user).toMatch(/cluster sets/)
  })

  test('which variables the cluster added', () => {
    const env = [{ name: 'HTTP_PROXY', value: 'x' }, { name: 'NODE' }]
    expect(witnessWord(free, created({}, { env })).injected).toEqual(['HTTP_PROXY', 'NODE'])
  })

  test('that it is another image than the one that is scanned', () => {
    expect(witnessWord(free, created({}, { image: 'mirror/app:1' })).none).toMatch(
      /replaced its image by mirror\/app:1/,
    )
    const containers = [
      { name: 'target', image: 'mirror/app:1' },
      { ...witness, image: 'mirror/app:1' },
    ]
    expect(witnessWord({ ...free, access: 'sidecar' }, created({ containers, volumes: [] })).none).toBeNull()
  })

  test('why there is none', () => {
    const { containers } = created().spec!
    expect(witnessWord(free, created({ containers: containers.slice(0, 1) }), 'refused').none).toBe('refused')
  })
})

test('a plan without its witness is the same plan otherwise', () => {
  const plan = { pod: created(), scanId: 'r' } as Plan
  expect(isWitnessed(plan)).toBe(true)
  const less = withoutWitness(plan)
  expect(isWitnessed(less)).toBe(false)
  expect(less.pod.spec!.volumes).toEqual(plan.pod.spec!.volumes)
  expect(isWitnessed(plan)).toBe(true)
})

test('a refusal is an answer of the API server to what the object is', () => {
  const error = (code: number) => new ScanError('x', { exitCode: 3, cause: { code } })
  for (const code of [400, 403, 422, 500]) expect(isRefusal(error(code))).toBe(true)
  for (const code of [401, 404, 409, 429]) expect(isRefusal(error(code))).toBe(false)
  expect(isRefusal(new ScanError('x', { exitCode: 3 }))).toBe(false)
  expect(isRefusal(new Error('x'))).toBe(false)
})

const status = (state: object): V1Pod => ({
  metadata: {},
  status: {
    phase: 'Running',
    containerStatuses: [
      { name: 'scanner', state: { running: {} } },
      { name: 'witness', state },
    ].map((one) => ({ image: 'i', imageID: '', ready: true, restartCount: 0, ...one })),
  },
})

test.each([
  ['runs', { running: {} }, undefined],
  ['is not there yet', { waiting: { reason: 'ContainerCreating' } }, undefined],
  [
    'has another architecture',
    { terminated: { exitCode: 1, reason: 'Error', message: 'exec /.sidecar-scan/hold: exec format error' } },
    'it ended (Error: exec /.sidecar-scan/hold: exec format error)',
  ],
  ['was never started', { terminated: { exitCode: 128, reason: 'StartError' } }, 'it ended (StartError)'],
  [
    'would run as root',
    {
      waiting: {
        reason: 'CreateContainerConfigError',
        message: 'container has runAsNonRoot and image will run as root',
      },
    },
    'CreateContainerConfigError: container has runAsNonRoot and image will run as root',
  ],
  ['is not on the node', { waiting: { reason: 'ErrImageNeverPull' } }, 'ErrImageNeverPull'],
])('a witness that %s does not change the state of the scan', (_, state, problem) => {
  expect(witnessProblem(status(state))).toBe(problem)
  expect(podState(status(state))).toEqual({ state: 'scanning', awaiting: '' })
})
