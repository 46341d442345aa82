import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { V1Pod } from '@kubernetes/client-node'
import type { TestEngine } from '../action/engines.ts'
import { run } from '../bed/shell.ts'
import { governed } from './governed.ts'

/** The only image that the cluster can mount. */
export const IMAGE = 'localhost/target-debian:1'
const reference = { reference: IMAGE, pullPolicy: 'IfNotPresent' }

/** A cluster with image volumes, and a policy of the caller's. */
export interface ImageVolumes extends AsyncDisposable {
  readonly engine: TestEngine
  /** What becomes of pods that are created; an HTTP status refuses them. */
  govern(policy: (pod: V1Pod) => V1Pod | number): void
}

/**
 * The cluster of the test bed has no image volumes. Here it has: on their way to it, they become folders of the node with the same
 * content, and image volumes again on their way back. Everything else is the node’s own: the witness, nested mounts, devices, digests.
 */
export async function imageVolumes(cluster: TestEngine, podmanEnv: NodeJS.ProcessEnv): Promise<ImageVolumes> {
  const root = await mkdtemp(join(tmpdir(), 'image-root-'))
  const env = { ...process.env, ...podmanEnv }
  const mounted = (await run('podman', ['image', 'mount', IMAGE], { env })).trim()
  await run('cp', ['-a', `${mounted}/.`, root])
  await run('podman', ['image', 'unmount', IMAGE], { env })
  const { proxy, engine } = await governed(cluster)
  const govern: ImageVolumes['govern'] = (policy) => {
    proxy.weather = {
      mutatePod: (pod) => {
        const made = policy(pod)
        return typeof made === 'number' ? made : asFolder(made, root)
      },
      mutateAnswer: asImageVolume,
    }
  }
  govern((pod) => pod)
  return {
    engine,
    govern,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await rm(root, { recursive: true, force: true })
    },
  }
}

function asFolder(pod: V1Pod, root: string): V1Pod {
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
