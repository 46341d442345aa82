import { describe, expect, test } from '@jest/globals'
import { parseInputs } from '../../src/inputs/inputs.ts'
import { plan } from '../../src/plan/plan.ts'
import type { TargetAccess } from '../../src/plan/pod.ts'
import { schemaFaults } from '../unit/api-schema.ts'

const payload = { archive: Buffer.from('x'), sha256: 'x', secrets: new Map([['inputs.yml', Buffer.from('a: 1')]]) }
const identity = { runId: 'r', scanId: 'r', nonce: 'n', marker: 'm' }

function planned(access: TargetAccess, raw: Record<string, string> = {}, witnessed = true) {
  const inputs = parseInputs({ image: 'registry.example/app:1', ...raw })
  return plan(inputs, payload, identity, { image: inputs.images[0]!, access, namespace: 'n', witnessed })
}

describe('the planned objects are what the API of a current Kubernetes knows', () => {
  test.each(['volume', 'sidecar'] as const)('%s', async (access) => {
    for (const level of ['baseline', 'restricted', 'privileged']) {
      const { pod, configMaps, secrets } = planned(access, {
        'pod-security': level,
        'image-pull-secrets': 'one\ntwo',
        'service-account': 'scanner',
      })
      for (const object of [pod, ...configMaps, ...secrets]) expect(await schemaFaults(object)).toEqual([])
    }
  })
})

test('the shape with an image volume: nothing shared, the image read-only', () => {
  const { spec } = planned('volume').pod
  expect(spec!.volumes!.find(({ name }) => name === 'target')).toEqual({
    name: 'target',
    image: { reference: 'registry.example/app:1', pullPolicy: 'IfNotPresent' },
  })
  expect(spec!.containers.map(({ name }) => name)).toEqual(['scanner', 'witness'])
  expect(spec!.containers[0]!.volumeMounts).toContainEqual({ name: 'target', mountPath: '/target', readOnly: true })
  expect(spec).not.toHaveProperty('shareProcessNamespace')
  expect(spec).not.toHaveProperty('initContainers')
  expect(JSON.stringify(spec)).not.toMatch(/hostPath|hostPID|hostNetwork|hostIPC|"privileged":true/)
})

test('both shapes fit the Pod Security Standard that the level is named after', () => {
  for (const access of ['volume', 'sidecar'] as const) {
    const { spec } = planned(access, { 'pod-security': 'restricted' }).pod
    expect(spec!.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
    for (const { securityContext } of spec!.containers) {
      expect(securityContext).toMatchObject({ allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } })
      expect(securityContext!.capabilities).not.toHaveProperty('add')
    }
  }
})

describe('the witness', () => {
  const witness = (access: TargetAccess, raw: Record<string, string> = {}) =>
    planned(access, raw).pod.spec!.containers.find(({ name }) => name === 'witness')

  test.each(['volume', 'sidecar'] as const)(
    'is the last container of the shape %s, of the image, with its own user',
    (access) => {
      const { containers } = planned(access).pod.spec!
      expect(containers.at(-1)).toEqual({
        name: 'witness',
        image: 'registry.example/app:1',
        imagePullPolicy: 'IfNotPresent',
        command: ['/.sidecar-scan/hold'],
        args: [],
        resources: {
          requests: { cpu: '1m', memory: '16Mi', 'ephemeral-storage': '0' },
          limits: { cpu: '500m', memory: '64Mi', 'ephemeral-storage': '64Mi' },
        },
        volumeMounts: [
          { name: 'hold', mountPath: '/.sidecar-scan', readOnly: true },
          { name: 'facts', mountPath: '/.sidecar-facts' },
        ],
        securityContext: {
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
          readOnlyRootFilesystem: true,
        },
      })
      const scanner = containers[0]!
      expect(scanner.lifecycle).toBeDefined()
      expect(scanner.volumeMounts).toContainEqual({ name: 'facts', mountPath: '/facts', readOnly: true })
      expect(scanner.volumeMounts).toContainEqual({ name: 'hold', mountPath: '/hold' })
    },
  )

  test('is in no pod whose image runs its own program, nor where the engine knows the image', () => {
    expect(witness('sidecar', { 'target-mode': 'run' })).toBeUndefined()
    for (const access of ['volume', 'sidecar'] as const) {
      const { spec } = planned(access, {}, false).pod
      expect(spec!.containers.map(({ name }) => name)).not.toContain('witness')
      expect(spec!.volumes!.map(({ name }) => name)).toContain('facts')
    }
  })

  test('never pulls a second time, and where the user is set for all it is known by what', () => {
    expect(witness('volume', { 'image-pull-policy': 'Always' })!.imagePullPolicy).toBe('IfNotPresent')
    expect(witness('volume', { 'image-pull-policy': 'Never' })!.imagePullPolicy).toBe('Never')
    expect(planned('volume').userSetBy).toBeUndefined()
    expect(planned('volume', { 'run-as-user': '0' }).userSetBy).toBeUndefined()
    expect(planned('volume', { 'pod-security': 'privileged', 'run-as-user': '7' }).userSetBy).toBeUndefined()
    expect(planned('volume', { 'run-as-user': '7' }).userSetBy).toMatch(/run-as-user/)
    expect(planned('volume', { 'pod-security': 'restricted' }).userSetBy).toMatch(/restricted/)
  })
})
