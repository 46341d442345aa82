import { expect, test } from '@jest/globals'
import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node'
import { collectDigests, targetDigests } from '../../src/scan/image-digests.ts'

const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((digit) => `sha256:${digit.repeat(64)}`) as [
  string,
  string,
  string,
  string,
]

const status = (name: string, imageID: string, imageRef?: string): V1ContainerStatus => ({
  name,
  image: 'i',
  imageID,
  ready: true,
  restartCount: 0,
  ...(imageRef === undefined
    ? {}
    : { volumeMounts: [{ name: 'target', mountPath: '/target', volumeStatus: { image: { imageRef } } }] }),
})

/** As the status of a scan pod is with an image volume: since Kubernetes 1.36 it says to which digest the volume resolved. */
const mounted = (imageRef: string | undefined, witnessed: string, reference = 'app:1'): V1Pod => ({
  spec: { containers: [{ name: 'scanner' }], volumes: [{ name: 'target', image: { reference } }] },
  status: { containerStatuses: [status('scanner', `s@${d}`, imageRef), status('witness', witnessed)] },
})

test.each([
  ['by its volume and its witness, the same', mounted(`r/app@${a}`, `r/app@${a}`), a, [a]],
  ['by its volume and its witness, index and manifest', mounted(`r/app@${a}`, `r/app@${b}`), a, [a, b]],
  ['by its witness only', mounted(undefined, `r/app@${b}`), b, [b]],
  ['by its volume, named by the digest of its index', mounted(`r/app@${a}`, '', `r/app@${c}`), a, [a, c]],
  ['by its name only', mounted(undefined, '', `r/app:1@${c}`), '', [c]],
  ['not at all', mounted(undefined, ''), '', []],
])('a mounted image is known %s', (_, pod, resolved, all) => {
  expect(targetDigests(pod, true, [])).toEqual({ resolved, all })
})

test('a witness that is another image says nothing of this one', () => {
  expect(targetDigests(mounted(undefined, `r/other@${b}`), false, [])).toEqual({ resolved: '', all: [] })
})

test('a target of a shared process namespace is known by its status, its name and the store of the engine', () => {
  const pod: V1Pod = {
    spec: { containers: [{ name: 'scanner' }, { name: 'target', image: `r/app@${c}` }] },
    status: { containerStatuses: [status('target', `r/app@${a}`)] },
  }
  expect(targetDigests(pod, true, [b, `r/app@${a}`, ''])).toEqual({ resolved: a, all: [a, c, b] })
  // the name was given to another image meanwhile
  expect(targetDigests(pod, true, [b, `r/app@${d}`])).toEqual({ resolved: a, all: [a, c] })
})

test('an ID without a registry is a digest too', () => {
  expect(collectDigests([`docker-pullable://r/app@${a}`], [b])).toEqual({ resolved: a, all: [a, b] })
  expect(collectDigests([undefined, b], ['app:1'])).toEqual({ resolved: b, all: [b] })
})
