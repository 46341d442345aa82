import { KEYS } from '../judge/keys.ts'
import type { Judgement } from '../judge/types.ts'
import { actualOf, measure } from '../judge/violations.ts'
import type { ScanReport } from './report.ts'

/** What `--json` prints of a scan and scan-verdict.json holds: no path of the machine that ran it. */
export function scanDocument({ scan, evidence, judgement, failure, unwritten, finishedAt }: ScanReport) {
  return {
    verdict: judgement.verdict,
    compliance: judgement.compliance,
    counts: judgement.counts,
    unanswered: judgement.unanswered,
    violations: judgement.violations,
    waivers: judgement.waivers,
    inconclusive: judgement.inconclusive,
    warnings: judgement.warnings,
    changes: judgement.changes,
    threshold: judgement.threshold,
    ...(failure ? { error: { message: failure.message, hint: failure.hint ?? null, exitCode: failure.exitCode } } : {}),
    ...(unwritten === null ? {} : { unwritten }),
    runId: scan.runId,
    engine: scan.engine,
    profile: scan.profile,
    targetMode: scan.targetMode,
    targetAccess: scan.targetAccess,
    image: scan.image,
    pod: scan.pod ?? null,
    trust: evidence?.trust ?? null,
    imageDigest: evidence?.imageDigest ?? '',
    imageDigests: evidence?.imageDigests ?? [],
    scanner: scan.scannerImage,
    scannerDigest: evidence?.scannerDigest ?? '',
    scannerVersion: evidence?.scannerVersion ?? '',
    resultsSha256: evidence?.resultsSha256 ?? '',
    startedAt: scan.startedAt,
    finishedAt,
    phases: evidence?.phases ?? null,
  }
}

/** The version of the form of scan-verdict.json; a change that breaks its readers makes another. */
const SCHEMA_VERSION = 1

/** What scan-verdict.json holds: all that is needed to say what was scanned, by whom, against what, and to judge again. */
export function verdictDocument(report: ScanReport) {
  const { scan, evidence, judgement } = report
  const { provenance } = scan
  const file = (sha256: string | null | undefined) => (sha256 ? { sha256 } : null)
  return {
    schemaVersion: SCHEMA_VERSION,
    tool: { name: 'sidecar-scan', version: provenance?.version ?? '' },
    ...scanDocument(report),
    podSecurity: scan.podSecurity,
    limits: limits(judgement),
    profiles: evidence?.profiles ?? [],
    profileSources: provenance?.profileSources ?? [],
    payloadSha256: provenance?.payloadSha256 ?? '',
    imageConfiguration: { unknown: evidence?.unwitnessed ?? null },
    files: {
      threshold: file(provenance?.thresholdSha256),
      waivers: file(provenance?.waiverFileSha256),
      inputs: file(provenance?.inputsFileSha256),
      baseline: file(provenance?.baselineSha256),
    },
    ci: provenance?.ci ?? null,
  }
}

/** Every limit of the threshold with what was found. */
function limits({ controls, compliance, changes, threshold, violations }: Judgement) {
  const measured = measure(controls, compliance, changes)
  const breached = new Set(violations.map(({ path }) => path))
  return threshold.limits.map(({ path, value }) => {
    const key = KEYS.get(path)
    return { path, limit: value, actual: key ? actualOf(key, measured) : null, breached: breached.has(path) }
  })
}
