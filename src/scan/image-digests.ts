import type { V1Pod } from '@kubernetes/client-node'
import { TARGET, WITNESS } from '../plan/names.ts'

/** By which digests an image is known. */
export interface ImageDigests {
  /** The one that the engine resolved its name to; empty where it does not say. */
  readonly resolved: string
  /**
   * Each that is known, the resolved one first: of an image with several platforms, that of its index and that of the platform's
   * manifest may both be known. Nothing tells which is which.
   */
  readonly all: readonly string[]
}

/** The digest in a reference or an image ID of a status; empty where there is none. */
export function digestIn(reference: string | undefined): string {
  return /sha256:[0-9a-f]{64}/.exec(reference ?? '')?.[0] ?? ''
}

/** What references and image IDs say of one image: first those that the engine resolved, then others of the same image. */
export function collectDigests(
  resolved: readonly (string | undefined)[],
  others: readonly (string | undefined)[],
): ImageDigests {
  const all = new Set([...resolved, ...others].map(digestIn).filter((digest) => digest !== ''))
  return { resolved: resolved.map(digestIn).find((digest) => digest !== '') ?? '', all: [...all] }
}

/**
 * The digests of the target's image, by the scan pod and by what the engine's `store` knows. That of a mounted image is in the
 * status of the volume on newer clusters; on all it is the witness's, if that is `believed` to be of the same image.
 */
export function targetDigests(pod: V1Pod, believed: boolean, store: readonly string[]): ImageDigests {
  const statuses = pod.status?.containerStatuses ?? []
  const of = (container: string) => statuses.find(({ name }) => name === container)?.imageID
  const mounted = statuses
    .flatMap(({ volumeMounts }) => volumeMounts ?? [])
    .find(({ volumeStatus }) => volumeStatus?.image)
  const { containers, volumes = [] } = pod.spec!
  const named = [
    containers.find(({ name }) => name === TARGET)?.image,
    volumes.find(({ image }) => image)?.image?.reference,
  ]
  const resolved = [of(TARGET), mounted?.volumeStatus?.image?.imageRef, believed ? of(WITNESS) : undefined]
  // the store is asked by name, which may mean another image by now
  const same = store.map(digestIn).includes(collectDigests(resolved, []).resolved)
  return collectDigests(resolved, [...named, ...(same ? store : [])])
}
