/** What identifies one scan. `runId` names the whole run; `scanId` this image's part of it (equal for a single image). */
export interface ScanIdentity {
  readonly runId: string
  readonly scanId: string
  /** Proves that results are this scan's; only the scanner knows it. */
  readonly nonce: string
  /** Marks the target's process in its environment; the target knows it too. */
  readonly marker: string
}

/** Names of the containers of the scan pod. */
export const TARGET = 'target'
export const SCANNER = 'scanner'
/** The image at rest, mounted as a volume. */
export const TARGET_VOLUME = 'target'
/** A second container of the image at rest; see `witness` in containers.ts. */
export const WITNESS = 'witness'

/** On everything this software creates, and what `cleanup` finds it by. */
export const OUR_LABELS = {
  'app.kubernetes.io/name': 'sidecar-scan',
  'app.kubernetes.io/managed-by': 'sidecar-scan',
} as const

/** The label that tells runs apart. */
export const RUN_LABEL = 'run-id'

/** Label selector of all that is ours, or of one run's part of it. */
export function ourSelector(runId?: string): string {
  const labels = { ...OUR_LABELS, ...(runId === undefined ? {} : { [RUN_LABEL]: runId }) }
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
}

/** One object by kind and name. */
export interface ObjectRef {
  readonly kind: 'Pod' | 'ConfigMap' | 'Secret' | 'Volume'
  readonly name: string
  /** Where it is known, only the object with this UID is meant, not a later one of the same name. */
  readonly uid?: string | undefined
}

/** What `newRunId` and the Action make: numbers of a date or of a workflow run, and six random hexadecimal digits. */
const RUN_ID = /^(?:\d+-){0,4}[0-9a-f]{6}$/

/** Whether text is the ID of a run: not empty, not the beginning of one, and not a label selector. */
export function isRunId(text: string): boolean {
  return RUN_ID.test(text)
}

/** The run that a scan ID (with the number of an image and of a part behind it or not) belongs to; undefined when it is none. */
export function runOfScan(text: string): string | undefined {
  return [text, text.replace(/-\d{1,5}$/, ''), text.replace(/(-\d{1,5}){2}$/, '')].find(isRunId)
}

/** Names of a scan's objects; those of the scripts this software replaces, so that existing queries find them. */
export const podName = (scanId: string) => `sidecar-scanner-${scanId}`
export const configMapName = (scanId: string, part: number) => `inspec-profile-${scanId}${part === 0 ? '' : `-${part}`}`
/** What stands for the mounted image of the target, where the engine mounts it itself (podman). */
export const targetVolumeName = (scanId: string) => `inspec-target-${scanId}`
export const secretName = (scanId: string) => `inspec-inputs-${scanId}`
