import type { Inputs } from '../inputs/inputs.ts'
import { worstVerdict } from '../judge/verdict.ts'
import { type Files, imageFiles, runFiles } from '../publish/files.ts'
import type { ScanReport } from '../report/report.ts'

/** What `--json` prints: of one image its fields at the top; of several the run's, with a list `scans`. */
export function runDocument(
  runId: string,
  reports: readonly ScanReport[],
  { formats }: Pick<Inputs, 'formats'>,
): object {
  const files = runFiles(reports, formats)
  if (reports.length === 1) return scanDocument(reports[0]!, { ...imageFiles(reports[0]!), ...files })
  const scans = reports.map((report) => scanDocument(report, imageFiles(report)))
  return { verdict: worstVerdict(reports.map(({ judgement }) => judgement.verdict)), runId, files, scans }
}

function scanDocument(report: ScanReport, files: Files): object {
  const { scan, evidence, judgement, failure } = report
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
    runId: scan.runId,
    engine: scan.engine,
    profile: scan.profile,
    targetMode: scan.targetMode,
    targetAccess: scan.targetAccess,
    image: scan.image,
    imageDigest: evidence?.imageDigest ?? '',
    scanner: scan.scannerImage,
    scannerDigest: evidence?.scannerDigest ?? '',
    scannerVersion: evidence?.scannerVersion ?? '',
    resultsDir: scan.resultsDir,
    results: files.results ?? null,
    files,
    resultsSha256: evidence?.resultsSha256 ?? '',
    startedAt: scan.startedAt,
    phases: evidence?.phases ?? null,
  }
}
