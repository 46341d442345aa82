import type { V1OwnerReference } from '@kubernetes/client-node'
import { EXIT, ScanError } from '../errors.ts'
import {
  configMapName,
  isRunId,
  type ObjectRef,
  podName,
  RUN_LABEL,
  runOfScan,
  secretName,
  targetVolumeName,
} from '../plan/names.ts'

/** An object that an engine found by our labels, or by a name like ours. */
interface Candidate extends ObjectRef {
  readonly labels?: Readonly<Record<string, string>> | undefined
  readonly owners?: readonly V1OwnerReference[] | undefined
}

const PREFIXES: Readonly<Record<ObjectRef['kind'], string>> = {
  Pod: podName(''),
  ConfigMap: configMapName('', 0),
  Secret: secretName(''),
  Volume: targetVolumeName(''),
}

/** The run that an object belongs to by its name; undefined for a name that no scan gives. */
export function runOf({ kind, name }: ObjectRef): string | undefined {
  const prefix = PREFIXES[kind]
  return name.startsWith(prefix) ? runOfScan(name.slice(prefix.length)) : undefined
}

/**
 * Why an object in a cluster is not ours although it carries our labels; undefined when a scan made it. Labels are easily
 * copied, so the name, the run in the label and the owner must agree: everything but the first ConfigMap of a scan is
 * owned by that ConfigMap. `maps` are the UIDs of ConfigMaps that exist, by name.
 */
export function notOurs(object: Candidate, maps: ReadonlyMap<string, string>): string | undefined {
  const runId = runOf(object)
  if (runId === undefined) return 'no scan gives such a name'
  const labelled = object.labels?.[RUN_LABEL] ?? ''
  if (labelled !== runId) return `its label ${RUN_LABEL} is \`${labelled}\`, which does not fit its name`
  const [owner, ...more] = object.owners ?? []
  if (!owner) return object.kind === 'ConfigMap' ? undefined : 'no scan owns it'
  const owned = owner.kind === 'ConfigMap' && runOf({ kind: 'ConfigMap', name: owner.name }) === runId
  const uid = maps.get(owner.name)
  if (more.length > 0 || !owned || (uid !== undefined && uid !== owner.uid)) {
    return `it is owned by ${[owner, ...more].map(({ kind, name }) => `${kind} ${name}`).join(', ')}`
  }
  // a Secret may be deleted only for the sake of an owner that was seen
  return object.kind === 'Secret' && uid === undefined ? 'its owner is not there' : undefined
}

/** @throws ScanError (exit 2) for text that no run is named by, an empty variable above all: it would take what others made. */
export function assertRunId(runId: string): void {
  if (isRunId(runId)) return
  throw new ScanError(runId.trim() === '' ? 'the run ID is empty' : `\`${runId}\` is not a run ID`, {
    exitCode: EXIT.usage,
    hint: 'copy it from the log, the output `run-id` or the name of the results folder, as in 20261128-201348-3fa9c1',
  })
}
