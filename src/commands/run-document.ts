import { join } from 'node:path'
import { worstVerdict } from '../judge/verdict.ts'
import { FILES } from '../publish/files.ts'
import type { ScanReport } from '../run/report.ts'

/** What `--json` prints: of one image its fields at the top; of several the run's, with a list `scans`. */
export function runDocument(runId: string, reports: readonly ScanReport[]): object {
  const scans = reports.map(scanDocument)
  if (scans.length === 1) return scans[0]!
  return { verdict: worstVerdict(reports.map(({ judgement }) => judgement.verdict)), runId, scans }
}

function scanDocument(report: ScanReport): object {
  const { judgement, failure } = report
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
    runId: report.runId,
    engine: report.engine,
    profile: report.profile,
    targetMode: report.targetMode,
    targetAccess: report.targetAccess,
    image: report.image,
    imageDigest: report.imageDigest,
    scanner: report.scannerImage,
    scannerDigest: report.scannerDigest,
    scannerVersion: report.scannerVersion,
    resultsDir: report.resultsDir,
    results: report.resultsSha256 === '' ? null : join(report.resultsDir, FILES.results),
    resultsSha256: report.resultsSha256,
    startedAt: report.startedAt,
    phases: report.phases ?? null,
  }
}
