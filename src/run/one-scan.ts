import type { Engine } from '../engine/engine.ts'
import { ScanError } from '../errors.ts'
import { inconclusive } from '../judge/judge.ts'
import type { Log } from '../log/log.ts'
import type { CommandFolder } from '../plan/command-root.ts'
import type { ScanIdentity } from '../plan/names.ts'
import { type Plan, plannedObjects } from '../plan/plan.ts'
import type { TargetAccess } from '../plan/pod.ts'
import { writeReport, writeResults } from '../publish/files.ts'
import type { ScanFacts, ScanReport } from '../report/report.ts'
import { fetchCarried } from '../scan/carried.ts'
import type { CarriedScan } from '../scan/carried-scan.ts'
import type { ScanOptions } from '../scan/options.ts'
import { type RawResults, scan } from '../scan/scan.ts'
import type { AccessChoice } from './access.ts'
import { withoutMissingFolders } from './command-folders.ts'
import type { Criteria } from './criteria.ts'
import { judgeScan } from './judge-scan.ts'
import { REDACTED_WARNING, redacted, redactedError } from './redacted.ts'

/** What is needed to come to one result. */
export type OneScan = {
  readonly identity: ScanIdentity
  /** As the report names it. */
  readonly image: string
  /** The pods that run already and are scanned, in words; undefined for an image. */
  readonly pod: string | undefined
} & (
  | { readonly kind: 'planned'; readonly planned: (way: TargetAccess, without: readonly CommandFolder[]) => Plan }
  | { readonly kind: 'carried'; readonly carried: CarriedScan }
  | { readonly kind: 'lost'; readonly error: ScanError }
)

interface Context extends ScanOptions {
  readonly now: () => Date
  readonly log: Log
  /** Where the profiles read the scanner, to be said in the report too. */
  readonly profileWarnings: readonly string[]
}

/** Time to remove the kept pod of an earlier attempt. */
const REMOVE_MS = 60_000

/** The results of a subject, however it comes to them; `onAccess` receives the way to the target's files. */
async function results(
  one: OneScan,
  engine: Engine,
  access: AccessChoice,
  context: Context,
  onAccess: (way: TargetAccess) => void,
): Promise<RawResults> {
  if (one.kind === 'lost') throw one.error
  if (one.kind === 'carried') {
    onAccess('sidecar')
    return await fetchCarried(one.carried, engine, context)
  }
  let used = access.way()
  let kept: Plan | undefined
  const attempt = async (plan: Plan, onScanning?: () => void) => {
    // the pod of this attempt has the name of the one before, which is of no more use
    if (kept)
      await engine.remove(plannedObjects(kept), AbortSignal.any([context.signal, AbortSignal.timeout(REMOVE_MS)]))
    kept = plan.keep ? plan : undefined
    return await scan(plan, engine, { ...context, ...(onScanning ? { onScanning } : {}) })
  }
  const run = (way: TargetAccess, onScanning?: () => void) => {
    used = way
    onAccess(way)
    return withoutMissingFolders((without) => attempt(one.planned(way, without), onScanning), context.log)
  }
  const scanned = await access.use(run)
  const other = access.again(used, scanned.scannerLog)
  return other ? await run(other) : scanned
}

/** The way to the target's files is known when a scan has taken it. */
export type FactsBefore = Omit<ScanFacts, 'targetAccess'>

/** Of results that were fetched, what this run would have scanned with says nothing. */
function asFetched({ provenance, ...facts }: FactsBefore): FactsBefore {
  return { ...facts, profile: '', provenance: provenance && { ...provenance, profileSources: [], payloadSha256: '' } }
}

/** Comes to the results of one subject, judges them and writes its files; a failure becomes a report that says so. */
export async function scanAndJudge(
  one: OneScan,
  engine: Engine,
  access: AccessChoice,
  facts: FactsBefore,
  criteria: Criteria,
  sensitive: readonly string[],
  context: Context,
): Promise<ScanReport> {
  let targetAccess = access.way()
  let report: Omit<ScanReport, 'finishedAt' | 'unwritten'>
  let unwritten: string | null = null
  // the outcome of the scan is reported even if its files cannot be written
  const keeping = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof ScanError)) throw error
      if (unwritten === null) context.log.warn(error.message)
      unwritten ??= error.message
    }
  }
  try {
    const scanned = await results(one, engine, access, context, (way) => {
      targetAccess = way
    })
    const { raw, found } = redacted(scanned, sensitive)
    const { bytes } = raw
    if (bytes) await keeping(() => writeResults(facts.resultsDir, bytes))
    const { judgement, ...rest } = judgeScan(raw, criteria, context.now())
    const changed = scanned.allowedMutations.map(
      (one) => `the cluster changed the scan pod, as \`allow-mutations\` allows: ${one}`,
    )
    const warnings = [
      ...judgement.warnings,
      ...context.profileWarnings,
      ...(found ? [REDACTED_WARNING] : []),
      ...changed,
    ]
    // what inspec.yml did not tell without Ruby, the results tell
    const ran = raw.trust.by === 'nonce' ? facts : asFetched(facts)
    const profile = ran.profile || (judgement.profiles[0]?.name ?? '')
    report = { scan: { ...ran, profile, targetAccess }, ...rest, judgement: { ...judgement, warnings } }
  } catch (error) {
    context.signal.throwIfAborted()
    if (!(error instanceof ScanError)) throw error
    const { message, hint, exitCode } = redactedError(error, sensitive)
    const judgement = inconclusive(message, criteria.threshold)
    const failure = { message, hint, exitCode }
    report = { scan: { ...facts, targetAccess }, evidence: null, judgement, inputs: [], failure }
  }
  const whole = { ...report, finishedAt: context.now().toISOString() }
  await keeping(() => writeReport({ ...whole, unwritten }))
  return { ...whole, unwritten }
}
