import { describe, expect, test } from '@jest/globals'
import type { Engine } from '../../src/engine/engine.ts'
import { explainApiError } from '../../src/engine/kubernetes/errors.ts'
import { ScanError } from '../../src/errors.ts'
import { parseInputs } from '../../src/inputs/inputs.ts'
import type { Log } from '../../src/log/log.ts'
import { type Plan, plan } from '../../src/plan/plan.ts'
import type { TargetAccess } from '../../src/plan/pod.ts'
import { accessChoice } from '../../src/run/access.ts'
import { assertAccess, explainAccess, mountFailure, pendingMount } from '../../src/scan/access.ts'
import { scan } from '../../src/scan/scan.ts'

const VOLUME = { access: 'volume' } as const
const created = (message: string, code = 422) => explainApiError({ code, body: { message } }, 'creating Pod x', '')

describe('a refused image volume is told from other failures', () => {
  test.each([
    // an API server that drops the field and wants a type of volume
    'Pod "x" is invalid: spec.volumes[3]: Required value: must specify a volume type',
    'Pod "x" is invalid: spec.volumes[3].image: Forbidden: may not be used with this feature gate',
    'pods "x" is forbidden: violates PodSecurity "restricted:latest": restricted volume types (volume "target" uses restricted volume type "image")',
    'admission webhook "policy.example" denied the request: volumes of type image are not allowed',
    'admission webhook "validate.kyverno.svc" denied the request: only these volume types may be used: configMap, emptyDir, secret',
    'pods "x" is forbidden: unable to validate against any security context constraint: spec.volumes[3]: Invalid value: "image": image volumes are not allowed to be used',
    'Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.volumes[3].image"',
  ])('%s', (message) => {
    expect(explainAccess(VOLUME, created(message))).toMatchObject({ about: 'target-access', exitCode: 3 })
    // the same words about the other shape are what they are
    expect((explainAccess({ access: 'sidecar' }, created(message)) as ScanError).about).toBeUndefined()
  })

  test.each([
    'pods "x" is forbidden: exceeded quota: q, requested: memory=256Mi, used: memory=1Gi, limited: memory=1Gi',
    'pods "x" is forbidden: User "u" cannot create resource "pods" in API group "" in the namespace "n"',
    'admission webhook "labels.example" denied the request: the label team is missing',
  ])('not: %s', (message) => {
    expect((explainAccess(VOLUME, created(message, 403)) as ScanError).about).toBeUndefined()
  })

  test.each([
    'FailedMount: MountVolume.SetUp failed for volume "target" : failed to get image volume: unsupported by the runtime',
    'Failed: Error: failed to generate container "abc" spec: failed to generate spec: failed to mkdir "": mkdir : no such file or directory',
    'FailedMount: no volume plugin matched',
  ])('by the node: %s', (warning) => {
    expect(mountFailure(VOLUME, ['Scheduled: fine', warning])).toMatchObject({ about: 'target-access' })
    expect(mountFailure({ access: 'sidecar' }, [warning])).toBeUndefined()
  })

  test.each([
    'FailedMount: MountVolume.SetUp failed for volume "in-0" : failed to sync configmap cache: timed out waiting for the condition',
    'FailedMount: MountVolume.SetUp failed for volume "target-certs" : secret "certs" not found',
    'FailedMount: Unable to attach or mount volumes: unmounted volumes=[certs], unattached volumes=[certs target scan]: timed out',
  ])('another volume is not the image’s: %s', (warning) => {
    expect(mountFailure(VOLUME, [warning])).toBeUndefined()
    expect(pendingMount(['Failed: pull', warning])).toBe(warning)
  })

  test('an image that cannot be pulled is no refusal of the volume', () => {
    const warning =
      'Failed: Failed to pull image "registry.example/none:1": rpc error: code = NotFound desc = not found'
    expect(mountFailure(VOLUME, [warning])).toBeUndefined()
  })

  test('an API server that dropped the field is found out by the pod it made', () => {
    const spec = (volumes: object[]) => ({ spec: { containers: [], volumes: volumes as { name: string }[] } })
    expect(() => assertAccess(VOLUME, spec([{ name: 'target', emptyDir: {} }]))).toThrow(/does not know image volumes/)
    expect(() => assertAccess(VOLUME, spec([{ name: 'target', image: { reference: 'a:1' } }]))).not.toThrow()
  })
})

const inputs = parseInputs({ image: 'registry.example/app:1' })
const lines: string[] = []
const log: Log = {
  phase: (title) => lines.push(title),
  info: (line) => lines.push(line),
  warn: (line) => lines.push(line),
  foreign: (title) => lines.push(title),
  end: () => {},
}
const identity = { runId: 'r', scanId: 'r', nonce: 'n', marker: 'm' }
const planned = (access: TargetAccess): Plan =>
  plan(inputs, { archive: Buffer.from('x'), sha256: 'x', secrets: new Map() }, identity, {
    image: inputs.images[0]!,
    access,
    namespace: 'n',
    witnessed: true,
  })

/** A cluster whose node cannot mount images: the scanner's container is being created for ever, and an event says why. */
const stuck = {
  create: async (made: Plan) => made.pod,
  readPod: async () => ({
    spec: { ...planned('volume').pod.spec!, nodeName: 'node' },
    status: {
      phase: 'Pending',
      containerStatuses: [{ name: 'scanner', state: { waiting: { reason: 'ContainerCreating' } } }],
    },
  }),
  warnings: async () => ['FailedMount: MountVolume.SetUp failed for volume "target": image volumes are not supported'],
  exec: async () => {
    throw new Error('container not found')
  },
  log: async () => '',
  remove: async () => {},
} as unknown as Engine

test('a node that cannot mount images is found out within seconds, not at the timeout', async () => {
  const began = performance.now()
  const options = { signal: new AbortController().signal, log, clock: () => performance.now() }
  await expect(scan(planned('volume'), stuck, options)).rejects.toMatchObject({ about: 'target-access' })
  expect(performance.now() - began).toBeLessThan(6_000)
}, 20_000)

describe('the choice of the way', () => {
  const refusal = new ScanError('the cluster cannot mount the image as a volume: no', {
    exitCode: 3,
    about: 'target-access',
  })

  test('falls back once for all images of a run, with one line', async () => {
    lines.length = 0
    const choice = accessChoice(parseInputs({ image: 'a\nb\nc' }), undefined, log)
    const tried: TargetAccess[] = []
    const one = (way: TargetAccess, settled: () => void) => {
      tried.push(way)
      if (way === 'volume') return Promise.reject(refusal)
      settled()
      return Promise.resolve(way)
    }
    const ways = await Promise.all([choice.use(one), choice.use(one), choice.use(one)])
    expect(ways).toEqual(['sidecar', 'sidecar', 'sidecar'])
    expect(tried.filter((way) => way === 'volume')).toHaveLength(1)
    expect(lines).toEqual(['target-access: sidecar, because the cluster cannot mount the image as a volume: no'])
  })

  test('is the volume where it works, for all images', async () => {
    const choice = accessChoice(inputs, undefined, log)
    const works = async (way: TargetAccess, settled: () => void) => {
      settled()
      return way
    }
    expect(await Promise.all([choice.use(works), choice.use(works)])).toEqual(['volume', 'volume'])
  })

  test('is not to be had otherwise when one way is asked for', async () => {
    const choice = accessChoice(parseInputs({ image: 'a', 'target-access': 'volume' }), undefined, log)
    await expect(choice.use(() => Promise.reject(refusal))).rejects.toBe(refusal)
  })

  test('is the sidecar for a target that runs, and where the engine knows no image volumes', () => {
    expect(accessChoice(parseInputs({ image: 'a', 'target-mode': 'run' }), undefined, log).way()).toBe('sidecar')
    expect(accessChoice(inputs, 'Kubernetes v1.20.2 has no image volumes', log).way()).toBe('sidecar')
  })

  test('another failure is not tried another way', async () => {
    const choice = accessChoice(inputs, undefined, log)
    const other = new ScanError('the scan pod cannot be scheduled', { exitCode: 3 })
    let tries = 0
    const fails = () => {
      tries++
      return Promise.reject(other)
    }
    await expect(choice.use(fails)).rejects.toBe(other)
    expect(tries).toBe(1)
    // and has decided nothing: the next image may still find that the way is barred
    const barred = (way: TargetAccess) => (way === 'volume' ? Promise.reject(refusal) : Promise.resolve(way))
    expect(await choice.use(barred)).toBe('sidecar')
  })
})
