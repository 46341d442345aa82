import type { Inputs } from '../inputs/inputs.ts'
import { worstVerdict } from '../judge/verdict.ts'
import { type Files, imageFiles, runFiles } from '../publish/files.ts'
import { scanDocument } from '../report/document.ts'
import type { ScanReport } from '../report/report.ts'

/** What `--json` prints: of one image its fields at the top; of several the run's, with a list `scans`. */
export function runDocument(
  runId: string,
  reports: readonly ScanReport[],
  { formats }: Pick<Inputs, 'formats'>,
): object {
  const files = runFiles(reports, formats)
  if (reports.length === 1) return withFiles(reports[0]!, { ...imageFiles(reports[0]!), ...files })
  const scans = reports.map((report) => withFiles(report, imageFiles(report)))
  return { verdict: worstVerdict(reports.map(({ judgement }) => judgement.verdict)), runId, files, scans }
}

function withFiles(report: ScanReport, files: Files): object {
  return {
    ...scanDocument(report),
    resultsDir: report.scan.resultsDir,
    results: report.unwritten === null ? (files.results ?? null) : null,
    files: report.unwritten === null ? files : {},
  }
}
