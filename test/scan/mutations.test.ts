import { describe, expect, test } from '@jest/globals'
import type { V1Pod } from '@kubernetes/client-node'
import { parseAllowedMutation } from '../../src/inputs/allow-mutations.ts'
import { parseInputs } from '../../src/inputs/inputs.ts'
import { plan } from '../../src/plan/plan.ts'
import { assertPlanned, findMutations } from '../../src/scan/mutations.ts'

const identity = { runId: 'r', scanId: 'r', nonce: 'n', marker: 'm' }
const secrets = new Map([['inputs.yml', Buffer.from('a: 1')]])
const podOf = (access: 'volume' | 'sidecar', inputs = {}): V1Pod =>
  plan(
    parseInputs({ image: 'nginx:1.27', 'scanner-image': 'registry.example/scanner:1', ...inputs }),
    { archive: Buffer.from('x'), sha256: 'x', secrets },
    identity,
    { image: 'nginx:1.27', access, namespace: 'n', witnessed: true },
  ).pod

/** What a policy or a tenant does to a copy of the pod. */
// biome-ignore lint/suspicious/noExplicitAny: tests reach anywhere
type Change = (spec: any, pod: any) => void
const mutated = (planned: V1Pod, change: Change): V1Pod => {
  const copy = structuredClone(planned)
  change(copy.spec, copy)
  return copy
}
const scanner = (spec: { containers: { name: string }[] }) =>
  // biome-ignore lint/suspicious/noExplicitAny: tests reach anywhere
  spec.containers.find(({ name }) => name === 'scanner') as any
const target = (spec: { containers: { name: string }[] }) =>
  // biome-ignore lint/suspicious/noExplicitAny: tests reach anywhere
  spec.containers.find(({ name }) => name === 'target') as any

const CHANGES: readonly (readonly [string, string, 'volume' | 'sidecar', Change])[] = [
  [
    'another image in the volume',
    'volumes[target].image.reference',
    'volume',
    (spec) => {
      for (const volume of spec.volumes) if (volume.image) volume.image.reference = 'evil:1'
    },
  ],
  [
    'a folder of the node for the image',
    'volumes[target].image.reference',
    'volume',
    (spec) => {
      spec.volumes = spec.volumes.map((volume: { name: string; image?: unknown }) =>
        volume.image ? { name: volume.name, hostPath: { path: '/' } } : volume,
      )
    },
  ],
  [
    'another image of the target',
    'containers[target].image',
    'sidecar',
    (spec) => {
      target(spec).image = 'evil:1'
    },
  ],
  [
    'another scanner image',
    'containers[scanner].image',
    'sidecar',
    (spec) => {
      scanner(spec).image = 'evil:1'
    },
  ],
  [
    'the same name in another registry',
    'containers[scanner].image',
    'sidecar',
    (spec) => {
      scanner(spec).image = 'evil.example/scanner:1'
    },
  ],
  [
    'another command',
    'containers[scanner].command',
    'sidecar',
    (spec) => {
      scanner(spec).command = ['sh', '-c', 'true']
    },
  ],
  [
    'arguments',
    'containers[scanner].args',
    'sidecar',
    (spec) => {
      scanner(spec).args = ['x']
    },
  ],
  [
    'another payload',
    'containers[scanner].env[SCAN_PAYLOAD]',
    'sidecar',
    (spec) => {
      scanner(spec).env.find(({ name }: { name: string }) => name === 'SCAN_PAYLOAD').value = 'y'
    },
  ],
  [
    'a variable a second time',
    'containers[scanner].env[SCAN_PAYLOAD]',
    'sidecar',
    (spec) => {
      scanner(spec).env.push({ name: 'SCAN_PAYLOAD', value: 'y' })
    },
  ],
  [
    'code for Ruby',
    'containers[scanner].env[RUBYOPT]',
    'sidecar',
    (spec) => {
      scanner(spec).env.push({ name: 'RUBYOPT', value: '-r/x' })
    },
  ],
  [
    'variables from a ConfigMap',
    'containers[scanner].envFrom',
    'sidecar',
    (spec) => {
      scanner(spec).envFrom = [{ configMapRef: { name: 'x' } }]
    },
  ],
  [
    'a hook',
    'containers[target].lifecycle',
    'sidecar',
    (spec) => {
      target(spec).lifecycle = { postStart: { exec: { command: ['x'] } } }
    },
  ],
  [
    'a probe',
    'containers[scanner].livenessProbe',
    'sidecar',
    (spec) => {
      scanner(spec).livenessProbe = { exec: { command: ['x'] } }
    },
  ],
  [
    'a mount over InSpec',
    'containers[scanner].volumeMounts[/opt/inspec]',
    'sidecar',
    (spec) => {
      scanner(spec).volumeMounts.push({ name: 'tmp', mountPath: '/opt/inspec' })
    },
  ],
  [
    'another volume at /results',
    'containers[scanner].volumeMounts[/results]',
    'sidecar',
    (spec) => {
      scanner(spec).volumeMounts.find(({ mountPath }: { mountPath: string }) => mountPath === '/results').name = 'tmp'
    },
  ],
  [
    'a writable mount of the image',
    'containers[scanner].volumeMounts[/target]',
    'volume',
    (spec) => {
      delete scanner(spec).volumeMounts.find(({ mountPath }: { mountPath: string }) => mountPath === '/target').readOnly
    },
  ],
  [
    'a mount that hides files of the image',
    'containers[target].volumeMounts[/etc/ssh]',
    'sidecar',
    (spec) => {
      target(spec).volumeMounts.push({ name: 'tmp', mountPath: '/etc/ssh' })
    },
  ],
  [
    'another ConfigMap',
    'volumes[in-0]',
    'sidecar',
    (spec) => {
      for (const volume of spec.volumes) if (volume.configMap) volume.configMap.name = 'other'
    },
  ],
  [
    'a part of the Secret',
    'volumes[secret]',
    'sidecar',
    (spec) => {
      for (const volume of spec.volumes) if (volume.secret) volume.secret.items = [{ key: 'x', path: 'x' }]
    },
  ],
  [
    'a folder of the node for /scan',
    'volumes[scan]',
    'sidecar',
    (spec) => {
      spec.volumes = spec.volumes.map((volume: { name: string }) =>
        volume.name === 'scan' ? { name: 'scan', hostPath: { path: '/x' } } : volume,
      )
    },
  ],
  [
    'rights stripped',
    'containers[scanner].securityContext.capabilities',
    'sidecar',
    (spec) => {
      delete scanner(spec).securityContext
    },
  ],
  [
    'more capabilities of the target',
    'containers[target].securityContext.capabilities',
    'sidecar',
    (spec) => {
      target(spec).securityContext.capabilities = { drop: ['ALL'], add: ['SYS_PTRACE'] }
    },
  ],
  [
    'a privileged target',
    'containers[target].securityContext.privileged',
    'sidecar',
    (spec) => {
      target(spec).securityContext.privileged = true
    },
  ],
  [
    'another user',
    'containers[scanner].securityContext.runAsUser',
    'sidecar',
    (spec) => {
      scanner(spec).securityContext.runAsUser = 1000
    },
  ],
  [
    'no seccomp',
    'containers[scanner].securityContext.seccompProfile',
    'sidecar',
    (spec) => {
      spec.securityContext.seccompProfile = { type: 'Unconfined' }
    },
  ],
  [
    'no shared process namespace',
    'shareProcessNamespace',
    'sidecar',
    (spec) => {
      spec.shareProcessNamespace = false
    },
  ],
  [
    'the network of the node',
    'hostNetwork',
    'volume',
    (spec) => {
      spec.hostNetwork = true
    },
  ],
  [
    'a container that reaches the results',
    'containers[spy].volumeMounts[/r]',
    'sidecar',
    (spec) => {
      spec.containers.push({ name: 'spy', image: 'x', volumeMounts: [{ name: 'results', mountPath: '/r' }] })
    },
  ],
  [
    'an init container that reaches /scan',
    'containers[spy].volumeMounts[/r]',
    'sidecar',
    (spec) => {
      spec.initContainers = [{ name: 'spy', image: 'x', volumeMounts: [{ name: 'scan', mountPath: '/r' }] }]
    },
  ],
  [
    'a container for debugging',
    'ephemeralContainers[debug]',
    'sidecar',
    (spec) => {
      spec.ephemeralContainers = [{ name: 'debug', image: 'x', targetContainerName: 'scanner' }]
    },
  ],
  [
    'a container that is missing',
    'containers[target]',
    'sidecar',
    (spec) => {
      spec.containers = spec.containers.filter(({ name }: { name: string }) => name !== 'target')
    },
  ],
]

describe('a pod that is not the planned one is refused', () => {
  test.each(CHANGES)('%s', (_what, path, access, change) => {
    const mutations = findMutations(podOf(access), mutated(podOf(access), change))
    expect(mutations.differences.map((one) => one.path)).toContain(path)
    expect(() => assertPlanned(mutations, [])).toThrow(
      expect.objectContaining({ exitCode: 4, message: expect.stringContaining(path) }),
    )
    const allowed = mutations.differences.map((one) => parseAllowedMutation(one.path))
    expect(assertPlanned(mutations, allowed).length).toBe(mutations.differences.length)
  })
})

describe('what API servers fill in and policies add elsewhere is accepted, and listed', () => {
  const expectFine = (access: 'volume' | 'sidecar', change: Change): readonly string[] => {
    const { differences, additions } = findMutations(podOf(access), mutated(podOf(access), change))
    expect(differences).toEqual([])
    return additions
  }

  test.each(['volume', 'sidecar'] as const)('defaults: %s', (access) => {
    const additions = expectFine(access, (spec, pod) => {
      pod.metadata = { ...pod.metadata, uid: 'u', annotations: { a: 'b' }, labels: { ...pod.metadata.labels, c: 'd' } }
      Object.assign(spec, {
        dnsPolicy: 'ClusterFirst',
        schedulerName: 'x',
        serviceAccountName: 'default',
        nodeName: 'n',
      })
      spec.tolerations = [{ key: 'x', operator: 'Exists' }]
      for (const container of spec.containers) {
        if (container.args?.length === 0) delete container.args
        container.terminationMessagePath = '/dev/termination-log'
        container.terminationMessagePolicy = 'File'
        for (const one of container.env ?? []) if (one.value === '') delete one.value
      }
      for (const volume of spec.volumes) {
        if (volume.configMap) volume.configMap.defaultMode = 420
        if (volume.secret) Object.assign(volume.secret, { defaultMode: 420, optional: undefined, items: undefined })
        if (volume.emptyDir) volume.emptyDir.medium = undefined
      }
    })
    expect(additions).toEqual([])
  })

  test('a service mesh, proxies, tokens, quotas', () => {
    const additions = expectFine('sidecar', (spec) => {
      spec.initContainers = [{ name: 'istio-init', image: 'x' }]
      spec.containers.unshift({ name: 'istio-proxy', image: 'x', volumeMounts: [{ name: 'istio', mountPath: '/i' }] })
      spec.volumes.push({ name: 'istio', emptyDir: {} })
      scanner(spec).env.push({ name: 'HTTPS_PROXY', value: 'http://proxy' })
      scanner(spec).volumeMounts.push({ name: 'token', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' })
      scanner(spec).resources = { limits: { cpu: '1' } }
    })
    expect(additions).toEqual([
      'containers[scanner].resources',
      'containers[scanner].env[HTTPS_PROXY]',
      'containers[scanner].volumeMounts[/var/run/secrets/kubernetes.io/serviceaccount]',
      'container istio-proxy',
      'initContainer istio-init',
    ])
  })

  test('a short name in full is the same image', () => {
    expectFine('sidecar', (spec) => {
      target(spec).image = 'docker.io/library/nginx:1.27'
    })
  })
})

describe('allow-mutations', () => {
  const swap = (image: string) =>
    findMutations(
      podOf('sidecar'),
      mutated(podOf('sidecar'), (spec) => {
        target(spec).image = image
      }),
    )
  const allows = (line: string, image: string): boolean => {
    try {
      return assertPlanned(swap(image), [parseAllowedMutation(line)]).length === 1
    } catch {
      return false
    }
  }
  const digest = `@sha256:${'a'.repeat(64)}`

  test.each([
    ['docker.io => mirror.example/hub', 'mirror.example/hub/library/nginx:1.27', true],
    ['docker.io => mirror.example/hub', 'mirror.example/hub/library/nginx:1.26', false],
    ['docker.io => mirror.example/hub', 'mirror.example/hub/evil/nginx:1.27', false],
    ['docker.io/library => mirror.example', 'mirror.example/nginx:1.27', true],
    ['quay.io => mirror.example', 'mirror.example/library/nginx:1.27', false],
    ['image-digest', `nginx:1.27${digest}`, true],
    ['image-digest', `evil:1.27${digest}`, false],
    ['containers[target].image', 'evil:1', true],
    ['containers[*].image', 'evil:1', true],
    ['containers[scanner].image', 'evil:1', false],
    ['containers[target].env', 'evil:1', false],
  ])('%s, for %s: %s', (line, image, expected) => {
    expect(allows(line, image)).toBe(expected)
  })

  test.each(['*', 'everything', 'containers[', '=> x', 'a => b => c', '.*'])('the line %s is refused', (line) => {
    expect(() => parseInputs({ image: 'a', 'allow-mutations': line })).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringContaining('`allow-mutations`') }),
    )
  })
})
