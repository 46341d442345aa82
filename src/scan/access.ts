import type { V1Pod } from '@kubernetes/client-node'
import { EXIT, ScanError } from '../errors.ts'
import { unmountableFolder } from '../plan/command-root.ts'
import { TARGET_VOLUME } from '../plan/names.ts'
import type { TargetAccess } from '../plan/pod.ts'

/** How the target's files are reached; undefined in a pod that is not ours. */
interface Reached {
  readonly access: TargetAccess | undefined
}

/** The target's files cannot be reached as an image volume here; another way may do. */
function refused(why: string, cause?: unknown): ScanError {
  return new ScanError(`the cluster cannot mount the image as a volume: ${why}`, {
    exitCode: EXIT.engine,
    hint: 'image volumes need Kubernetes 1.33 and containerd 2.1 or later and must be allowed by policy; set `target-access: sidecar`, or `auto` to choose by itself',
    about: 'target-access',
    cause,
  })
}

/**
 * An API server that does not know image volumes drops the field and mounts an empty folder instead: the scan of such a
 * pod would prove nothing.
 * @throws ScanError about `target-access` when the created pod lacks the volume that was planned.
 */
export function assertAccess({ access }: Reached, created: V1Pod): void {
  if (access !== 'volume') return
  if (created.spec?.volumes?.some(({ image }) => image?.reference)) return
  throw refused('the API server does not know image volumes')
}

/** The image lacks a folder of the command root; the pod can be planned without it. */
function unmountable(why: string, cause?: unknown): ScanError {
  return new ScanError(why, {
    exitCode: EXIT.engine,
    hint: 'the image lacks a folder that commands need; set `target-access: sidecar`',
    about: 'command-root',
    cause,
  })
}

/** What API servers, admission policies and kubelets say of image volumes; a failed pull of an image is not among it. */
const REFUSALS = [
  /image volumes?\b(?!.*\bpull)/i,
  /spec\.volumes\[\d+\](\.image)?: (Forbidden|Invalid value|Required value|Unsupported)/i,
  /volume types?\b|volumes? of type|volume source|volumes\[/i,
  /unknown field "?(spec\.)?volumes\[\d+\]\.image/i,
  /no volume plugin matched|FailedMount|failed to (generate|create) .*\b(spec|mount)|failed to mkdir/i,
]

/** The error as one about the access, when it is the image volume that was refused; else as it came. */
export function explainAccess({ access }: Reached, error: unknown): unknown {
  if (access !== 'volume' || !(error instanceof ScanError) || error.about) return error
  if (unmountableFolder(error.message)) return unmountable(error.message, error)
  return REFUSALS.some((refusal) => refusal.test(error.message)) ? refused(error.message, error) : error
}

/** The warning about the pod, if any, by which a node says that it cannot mount the image. */
export function mountFailure({ access }: Reached, warnings: readonly string[]): ScanError | undefined {
  if (access !== 'volume') return undefined
  const folder = warnings.find(unmountableFolder)
  if (folder !== undefined) return unmountable(folder)
  const warning = warnings.find(
    (text) => isOfImage(unmountedVolumes(text)) && REFUSALS.some((refusal) => refusal.test(text)),
  )
  return warning === undefined ? undefined : refused(warning)
}

/** The volumes that a kubelet’s warning names: that it cannot set up, or still waits for. */
function unmountedVolumes(warning: string): readonly string[] {
  const waited = /\bunmounted volumes=\[([^\]]*)\]/.exec(warning)?.[1]?.split(/[ ,]+/) ?? []
  return [...waited, ...[...warning.matchAll(/\bfor volume "([^"]+)"/g)].map(([, name]) => name!)]
}

/** A busy node cannot mount a ConfigMap for a moment, and a user’s own volume may be missing: neither is the image’s. */
function isOfImage(volumes: readonly string[]): boolean {
  return volumes.length === 0 || volumes.includes(TARGET_VOLUME)
}

/** What a node says of a volume that it cannot mount yet. */
export function pendingMount(warnings: readonly string[]): string | undefined {
  return warnings.findLast((text) => /^Failed(Mount|AttachVolume)\b/.test(text))
}
