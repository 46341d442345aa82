import type { V1Pod } from '@kubernetes/client-node'
import type { Engine } from '../engine/engine.ts'
import { type ErrorCode, EXIT, ScanError } from '../errors.ts'
import type { Inputs } from '../inputs/inputs.ts'
import { asksForPods } from '../inputs/pods.ts'
import type { Log } from '../log/log.ts'

/** What one result is about. */
export type Subject =
  /** An image to scan in a pod of the scan's own; `pods` run it, and `node` is the only one that is known to have it. */
  | { readonly kind: 'image'; readonly image: string; readonly origin?: ImageOrigin }
  /** A pod that carries a scanner container. */
  | { readonly kind: 'pod'; readonly pod: V1Pod }
  /** A pod about which nothing can be found out. */
  | { readonly kind: 'lost'; readonly pod: string; readonly error: ScanError }

/** Pods that run already and the image that was found in them. */
export interface ImageOrigin {
  /** `name, container c`, one for each. */
  readonly pods: readonly string[]
  readonly node: string | undefined
  readonly pullSecrets: readonly string[]
}

/**
 * What the inputs name, looked up in the cluster: images as they are; of pods, those that carry a scanner, and the images of those
 * that do not.
 * @throws ScanError (exit 2) when no pod is there, or pods at rest were asked to run.
 */
export async function findSubjects(inputs: Inputs, engine: Engine, log: Log, signal: AbortSignal): Promise<Subject[]> {
  if (!asksForPods(inputs)) return inputs.images.map((image) => ({ kind: 'image', image }))
  if (engine.name === 'podman')
    throw refuse('podman has no pods that run already', 'give a `kubeconfig`, or scan an `image`')
  const found =
    inputs.podSelector === '' ? await namedPods(inputs, engine, signal) : await selected(inputs, engine, log, signal)
  const subjects: Subject[] = []
  const images = new Map<string, ImageOrigin>()
  for (const one of found) {
    if (carries(one, inputs.scannerContainer)) subjects.push({ kind: 'pod', pod: one })
    else subjects.push(...atRest(one, inputs, images))
  }
  for (const [image, origin] of images) {
    log.info(
      `pod ${origin.pods.join(' and pod ')}: no container ${inputs.scannerContainer}, so the image is scanned at rest`,
    )
    subjects.push({ kind: 'image', image, origin })
  }
  return subjects
}

const carries = ({ spec }: V1Pod, scanner: string) => spec?.containers.some(({ name }) => name === scanner) ?? false

function refuse(why: string, hint: string): ScanError {
  return new ScanError(why, { exitCode: EXIT.usage, hint })
}

type Lost = Extract<Subject, { kind: 'lost' }>

async function namedPods({ pods }: Inputs, engine: Engine, signal: AbortSignal): Promise<V1Pod[]> {
  const found = await Promise.all(pods.map(async (pod) => ({ name: pod, pod: await engine.readPod({ pod }, signal) })))
  const missing = found.filter(({ pod }) => pod === undefined).map(({ name }) => name)
  if (missing.length > 0)
    throw refuse(
      `there is no pod ${missing.join(', ')} in namespace ${engine.namespace}`,
      'check the spelling of `pod` and `namespace`; pods of a Deployment change their names, and `pod-selector` finds them by label',
    )
  return found.map(({ pod }) => pod!)
}

async function selected({ podSelector }: Inputs, engine: Engine, log: Log, signal: AbortSignal): Promise<V1Pod[]> {
  const found = await engine.listPods(podSelector, signal)
  const gone = ({ metadata, status }: V1Pod) =>
    metadata?.deletionTimestamp !== undefined || status?.phase === 'Succeeded' || status?.phase === 'Failed'
  const left = found.filter((pod) => !gone(pod))
  for (const { metadata, status } of found.filter(gone))
    log.info(
      `pod ${metadata?.name} is left out: ${metadata?.deletionTimestamp ? 'it is being deleted' : `it has ended (${status?.phase})`}`,
    )
  const ended = found.length > 0 ? ` (${found.length} match and have ended)` : ''
  if (left.length === 0)
    throw refuse(
      `no pod in namespace ${engine.namespace} matches \`pod-selector\` ${podSelector}${ended}`,
      'check the selector with `kubectl get pods --selector`, and `namespace`',
    )
  log.info(`${left.length === 1 ? '1 pod matches' : `${left.length} pods match`} ${podSelector}`)
  return left.sort((a, b) => (a.metadata!.name! < b.metadata!.name! ? -1 : 1))
}

/** Adds the images of a pod without a scanner to `images`; what cannot be scanned is a subject of its own. */
function atRest(pod: V1Pod, inputs: Inputs, images: Map<string, ImageOrigin>): Lost[] {
  const name = pod.metadata!.name!
  const lost = (why: string, hint: string, exitCode: ErrorCode = EXIT.engine): Lost[] => [
    { kind: 'lost', pod: name, error: new ScanError(why, { exitCode, hint }) },
  ]
  if (inputs.targetMode === 'run')
    throw refuse(
      `pod ${name} has no container ${inputs.scannerContainer}, and \`target-mode: run\` cannot look into a pod that runs already without one`,
      'add a scanner to the workload with `sidecar-scan render --patch`, name its container in `scanner-container`, or leave out `target-mode` to scan the images of the pod at rest',
    )
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
  const known = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])].map((one) => one.name)
  const wanted = known.filter((one) => inputs.container === '' || one === inputs.container)
  if (wanted.length === 0)
    return lost(
      `pod ${name} has no container ${inputs.container}; it has ${known.join(', ')}`,
      'check `container`, and `scanner-container` where the pod carries a scanner',
      EXIT.usage,
    )
  return wanted.flatMap((container) => {
    const status = statuses.find((one) => one.name === container)
    const reference = pinned(status?.imageID)
    if (reference === undefined)
      return lost(
        `the container ${container} of pod ${name} has not started: which image it runs is not known`,
        `\`kubectl describe pod ${name}\` says why; run this again when it runs`,
      )
    const before = images.get(reference)
    images.set(reference, {
      pods: [...(before?.pods ?? []), `${name}, container ${container}`],
      // an image without a repository is only where it was loaded
      node: before?.node ?? (reference.includes('@') ? undefined : pod.spec?.nodeName),
      pullSecrets: [
        ...new Set([
          ...(before?.pullSecrets ?? []),
          ...(pod.spec?.imagePullSecrets ?? []).map((one) => one.name ?? ''),
        ]),
      ].filter((secret) => secret !== ''),
    })
    return []
  })
}

/** A reference that is the very image a status names: by repository and digest, or by the ID that its node knows. */
function pinned(imageId: string | undefined): string | undefined {
  const bare = (imageId ?? '').replace(/^[a-z-]+:\/\//, '')
  if (/@sha256:[0-9a-f]{64}$/.test(bare)) return bare
  const id = /^(?:sha256:)?([0-9a-f]{64})$/.exec(bare)?.[1]
  return id === undefined ? undefined : `sha256:${id}`
}
