import { configMapName, type ObjectRef, OUR_LABELS, RUN_LABEL, secretName, targetVolumeName } from '../../plan/names.ts'
import type { Leftover, Listed } from '../engine.ts'
import { runOf } from '../ownership.ts'

/** What `podman pod ps --format json` says of a pod, as far as it matters here. */
export interface ListedPod {
  readonly Name: string
  readonly Created: string
  readonly Labels?: Readonly<Record<string, string>> | null
}

/** What `podman volume ls --format json` says of a volume. */
export interface ListedVolume {
  readonly Name: string
  readonly CreatedAt: string
  readonly Labels?: Readonly<Record<string, string>> | null
}

/** podman prints nothing at all, or null, for an empty list. */
export function parseList<T>(text: string): T[] {
  return (JSON.parse(text.trim() || '[]') as T[] | null) ?? []
}

const VOLUMES: readonly { kind: ObjectRef['kind']; prefix: string }[] = [
  { kind: 'ConfigMap', prefix: configMapName('', 0) },
  { kind: 'Secret', prefix: secretName('') },
  { kind: 'Volume', prefix: targetVolumeName('') },
]

/**
 * What of podman's pods (with our labels) and volumes (all of them) is ours, of one run or of all. Volumes that podman makes
 * from ConfigMaps and Secrets carry no labels, only their names: the whole name must be one that a scan gives, and what
 * carries somebody else's labels is not ours.
 */
export function podmanListed(
  pods: readonly ListedPod[],
  volumes: readonly ListedVolume[],
  runId: string | undefined,
): Listed {
  const ours: Leftover[] = []
  const foreign: Listed['foreign'][number][] = []
  const sort = (object: ObjectRef, createdAt: string, fault: (run: string) => string | undefined): void => {
    const run = runOf(object)
    if (run !== undefined && runId !== undefined && run !== runId) return
    const why = run === undefined ? 'no scan gives such a name' : fault(run)
    if (why === undefined) ours.push({ ...object, runId: run!, createdAt: new Date(createdAt) })
    else foreign.push({ ...object, why })
  }
  for (const { Name, Created, Labels } of pods) {
    const label = Labels?.[RUN_LABEL] ?? ''
    sort({ kind: 'Pod', name: Name }, Created, (run) =>
      run === label ? undefined : `its label ${RUN_LABEL} is \`${label}\`, which does not fit its name`,
    )
  }
  for (const { Name, CreatedAt, Labels } of volumes) {
    const kind = VOLUMES.find(({ prefix }) => Name.startsWith(prefix))?.kind
    if (!kind) continue
    // of one run, only names of that run are looked at: others are somebody's business, and another time's
    if (runId !== undefined && runOf({ kind, name: Name }) !== runId) continue
    const labelled = Object.entries(OUR_LABELS).every(([key, value]) => Labels?.[key] === value)
    sort({ kind, name: Name }, CreatedAt, () =>
      labelled || Object.keys(Labels ?? {}).length === 0 ? undefined : 'it has labels that no scan gives',
    )
  }
  return { ours, foreign }
}
