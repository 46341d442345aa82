import { expect, test } from '@jest/globals'
import type { V1ContainerState, V1Pod } from '@kubernetes/client-node'
import { podState } from '../../src/scan/podstate.ts'

const pod = (state: V1ContainerState, name = 'target', extra: object = {}): V1Pod => ({
  metadata: { name: 'sidecar-scanner-x' },
  spec: { containers: [] },
  status: {
    phase: 'Pending',
    containerStatuses: [
      { name, image: 'app:1', imageID: '', ready: false, restartCount: 0, state },
      ...(name === 'target'
        ? [{ name: 'scanner', image: 's:1', imageID: '', ready: true, restartCount: 0, state: { running: {} } }]
        : []),
    ],
    ...extra,
  },
})
const waiting = (reason: string, message = '') => ({ waiting: { reason, message } })
const failedWith = (state: ReturnType<typeof podState>) =>
  state.state === 'failed' ? `${state.why} | ${state.hint}` : state.state

test.each([
  [
    'a missing tag',
    pod(waiting('ErrImagePull', 'rpc error: code = NotFound desc = manifest unknown')),
    /cannot pull the target’s image app:1 .*spelling and tag of `image`/,
  ],
  [
    'a registry that requires credentials',
    pod(waiting('ImagePullBackOff', 'failed to authorize: 401 Unauthorized')),
    /credentials.*`image-pull-secrets`/,
  ],
  [
    'a registry out of reach',
    pod(waiting('ImagePullBackOff', 'dial tcp 127.0.0.1:1: connect: connection refused')),
    /the nodes cannot reach the registry of `image`/,
  ],
  [
    'a registry whose port is a number of HTTP',
    pod(waiting('ImagePullBackOff', 'dial tcp 127.0.0.1:40136: connect: connection refused')),
    /the nodes cannot reach the registry of `image`/,
  ],
  [
    'an image with the name of another trouble',
    pod(waiting('ErrImagePull', 'failed to resolve reference "r.example/access-denied:1": app:1: not found')),
    /spelling and tag of `image`/,
  ],
  [
    'a registry that has had enough',
    pod(
      waiting(
        'ImagePullBackOff',
        '429 Too Many Requests - toomanyrequests: You have reached your unauthenticated pull rate limit',
      ),
    ),
    /limits how often the nodes may pull.*`image-pull-secrets`/,
  ],
  [
    'a registry with a certificate of its own',
    pod(waiting('ErrImagePull', 'tls: failed to verify certificate: x509: certificate signed by unknown authority')),
    /the nodes do not trust the registry of `image`: its CA/,
  ],
  [
    'another architecture',
    pod(waiting('ErrImagePull', 'no match for platform in manifest')),
    /processor architecture; choose nodes with `pod-patch`/,
  ],
  [
    'the scanner’s image',
    pod(waiting('ImagePullBackOff', 'not found'), 'scanner'),
    /scanner’s image app:1.*`scanner-image`/,
  ],
  [
    'a Secret that is not there',
    pod(waiting('CreateContainerConfigError', 'secret "x" not found')),
    /cannot be started \(CreateContainerConfigError: secret "x" not found\)/,
  ],
  [
    'an image that runs as root',
    pod(waiting('CreateContainerConfigError', 'container has runAsNonRoot and image will run as root')),
    /set `run-as-user` to a user ID above 0/,
  ],
  ['an exec format error', pod(waiting('RunContainerError', 'exec format error')), /another processor architecture/],
  [
    'a killed scanner',
    pod({ terminated: { exitCode: 137, reason: 'OOMKilled' } }, 'scanner'),
    /ran out of memory.*`scanner-resources`/,
  ],
  [
    'a killed target',
    pod({ terminated: { exitCode: 137, reason: 'OOMKilled' } }),
    /the target ran out of memory.*`pod-patch`/,
  ],
  [
    'a target that ends',
    pod({ terminated: { exitCode: 3 } }),
    /exit code 3 before the scan was done.*`target-mode: hold`/,
  ],
  ['a payload that did not arrive', pod({ terminated: { exitCode: 91 } }, 'scanner'), /changed the ConfigMap/],
  [
    'an eviction',
    pod({}, 'none', { phase: 'Failed', reason: 'Evicted', message: 'low on memory' }),
    /evicted the scan pod \(Evicted: low on memory\).*`scanner-resources`/,
  ],
  [
    'the deadline',
    pod({}, 'none', { phase: 'Failed', reason: 'DeadlineExceeded' }),
    /at its deadline \| raise `timeout`/,
  ],
  ['no pod', undefined, /deleted by somebody else/],
  [
    'a pod that is being deleted',
    { ...pod({}), metadata: { deletionTimestamp: new Date() } },
    /deleted by somebody else/,
  ],
])('%s is a failure with its cause and what helps', (_what, seen, said) => {
  expect(failedWith(podState(seen))).toMatch(said)
})

test.each([
  ['nothing yet', pod({}, 'none')],
  ['a container that is being created', pod(waiting('ContainerCreating'), 'scanner')],
  ['a pull that may succeed at the next try', pod(waiting('ErrImagePull', 'connection reset by peer'), 'scanner')],
])('%s is waited for', (_what, seen) => {
  expect(podState(seen).state).toBe('waiting')
})

test('a target that could not start without its scanner is reported as the scanner’s problem', () => {
  const seen = pod({ terminated: { exitCode: 128, message: 'exec: "/.sidecar-scan/hold": no such file' } })
  const scanner = seen.status!.containerStatuses!.find(({ name }) => name === 'scanner')!
  scanner.state = waiting('ErrImagePull', 'dial tcp 127.0.0.1:1: connect: connection refused')
  expect(failedWith(podState(seen))).toMatch(/scanner’s image s:1.*reach the registry of `scanner-image`/)
})

test('a refusal is marked where pull secrets may come at the second pull, and only there', () => {
  const refused = (seen: V1Pod) => {
    const state = podState({ ...seen, spec: { containers: [], imagePullSecrets: [{ name: 'x' }] } })
    return state.state === 'failed' && state.refused
  }
  const unauthorized = pod(waiting('ErrImagePull', '401 Unauthorized'))
  expect(refused(unauthorized)).toBe('ErrImagePull')
  expect(refused(pod(waiting('ImagePullBackOff', 'Back-off pulling image "app:1"')))).toBe('ImagePullBackOff')
  expect(refused(pod(waiting('ErrImagePull', 'manifest unknown')))).toBeUndefined()
  expect(podState(unauthorized)).not.toHaveProperty('refused')
})

test('what a status has forgotten, the events know', () => {
  const backOff = pod(waiting('ImagePullBackOff', 'Back-off pulling image "app:1"'))
  const events = ['Failed: Failed to pull image "app:1": not found', 'Failed: Error: ImagePullBackOff']
  expect(failedWith(podState(backOff, events))).toMatch(/not found.*spelling and tag/)
})

test('a node that fits nobody is reported as such', () => {
  const conditions = [
    { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes are available' },
  ]
  expect(podState(pod({}, 'none', { conditions }))).toEqual({
    state: 'waiting',
    why: '0/3 nodes are available',
    unschedulable: true,
  })
})

test('a running scanner is asked for its results', () => {
  expect(podState(pod({ running: {} })).state).toBe('scanning')
})
