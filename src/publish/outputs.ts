import { join } from 'node:path'
import type { Severity, Status } from '../judge/types.ts'
import { worstVerdict } from '../judge/verdict.ts'
import type { ScanReport } from '../report/report.ts'
import { FILES } from './files.ts'

/** Outputs of the Action, what each means; action.yml and the README are held to it by tests. */
export const OUTPUTS = {
  verdict: '`passed`, `failed` or `inconclusive`; of several images the worst',
  compliance: 'Compliance in whole per cent; of several images the lowest',
  passed: 'Number of controls that passed',
  failed: 'Number of controls that failed',
  skipped: 'Number of controls not reviewed',
  'not-applicable': 'Number of controls that do not apply or are waived',
  error: 'Number of controls with errors',
  unanswered: 'Number of controls that could not be answered in full',
  'failed-critical': 'Failed controls of critical severity',
  'failed-high': 'Failed controls of high severity',
  'failed-medium': 'Failed controls of medium severity',
  'failed-low': 'Failed controls of low severity',
  violations: 'Breached limits as a JSON list of {path, limit, actual, message, controls}',
  'run-id': 'Identifier of this run, on the label `run-id` of everything it created',
  'image-digest': 'Digest of the scanned image; one per line for several',
  'scanner-digest': 'Digest of the scanner image',
  'results-dir': 'Folder with the results; one per line for several images',
  'results-file': 'Path of scan-results.json; one per line for several images',
  'summary-file': 'Path of scan-summary.md; one per line for several images',
  'threshold-file': 'Path of threshold-result.txt; one per line for several images',
  'artifact-id': 'Identifier of the uploaded artifact',
  'artifact-url': 'Address of the uploaded artifact',
} as const

type OutputName = keyof typeof OUTPUTS

/** The outputs of a run but for the artifact's. Counts of several images are added up. */
export function outputs(runId: string, reports: readonly ScanReport[]): Partial<Record<OutputName, string>> {
  const judgements = reports.map(({ judgement }) => judgement)
  const count = (status: Status, severity: Severity | 'total' = 'total') =>
    String(judgements.reduce((sum, { counts }) => sum + counts[status][severity], 0))
  const lines = (value: (report: ScanReport) => string) => reports.map(value).join('\n')
  return {
    verdict: worstVerdict(judgements.map(({ verdict }) => verdict)),
    compliance: String(Math.min(...judgements.map(({ compliance }) => compliance))),
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    'not-applicable': count('no_impact'),
    error: count('error'),
    unanswered: String(judgements.reduce((sum, { unanswered }) => sum + unanswered.total, 0)),
    'failed-critical': count('failed', 'critical'),
    'failed-high': count('failed', 'high'),
    'failed-medium': count('failed', 'medium'),
    'failed-low': count('failed', 'low'),
    violations: JSON.stringify(judgements.flatMap(({ violations }) => violations)),
    'run-id': runId,
    'image-digest': lines(({ evidence }) => evidence?.imageDigest ?? ''),
    'scanner-digest': reports.find(({ evidence }) => evidence?.scannerDigest)?.evidence?.scannerDigest ?? '',
    'results-dir': lines(({ scan }) => scan.resultsDir),
    'results-file': lines(({ scan, evidence }) =>
      evidence?.resultsSha256 === undefined ? '' : join(scan.resultsDir, FILES.results),
    ),
    'summary-file': lines(({ scan }) => join(scan.resultsDir, FILES.summary)),
    'threshold-file': lines(({ scan }) => join(scan.resultsDir, FILES.threshold)),
  }
}
