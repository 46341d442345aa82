import type { Inputs } from '../inputs/inputs.ts'
import { passedInPart } from '../judge/counts.ts'
import type { Severity, Status } from '../judge/types.ts'
import { worstVerdict } from '../judge/verdict.ts'
import type { ScanReport } from '../report/report.ts'
import { type Files, imageFiles, runFiles } from './files.ts'

/** Outputs of the Action, what each means; action.yml and the README are held to it by tests. */
export const OUTPUTS = {
  verdict: '`passed`, `failed`, `inconclusive` or `not judged` (threshold: none); of several images the worst',
  compliance: 'Compliance in whole per cent; of several images the lowest',
  passed: 'Number of controls that passed',
  failed: 'Number of controls that failed',
  skipped: 'Number of controls not reviewed',
  'not-applicable': 'Number of controls that do not apply or are waived',
  error: 'Number of controls with errors',
  unanswered: 'Number of controls that could not be answered in full',
  'passed-in-part': 'Number of controls that passed but could not be answered in full; `passed` counts them too',
  'failed-critical': 'Failed controls of critical severity',
  'failed-high': 'Failed controls of high severity',
  'failed-medium': 'Failed controls of medium severity',
  'failed-low': 'Failed controls of low severity',
  violations: 'Breached limits as a JSON list of {path, limit, actual, message, controls}',
  'run-id': 'Identifier of this run, on the label `run-id` of everything it created',
  'image-digest': 'Digest of the scanned image; one per line for several',
  'image-digests':
    'Each known digest of the scanned image, separated by spaces: with several platforms, those of its index and of its manifest; one line per image',
  'scanner-digest': 'Digest of the scanner image',
  'results-dir': 'Folder with the results; one per line for several images',
  'results-file': 'Path of scan-results.json; one per line for several images',
  'summary-file': 'Path of scan-summary.md; one per line for several images',
  'threshold-file': 'Path of threshold-result.txt; one per line for several images',
  files:
    'Paths of all files as a JSON object from format to path; of formats with a file per image, one per line for several',
  'artifact-id': 'Identifier of the uploaded artifact',
  'artifact-url': 'Address of the uploaded artifact',
} as const

type OutputName = keyof typeof OUTPUTS

/** The outputs of a run but for the artifact's. Counts of several images are added up. */
export function outputs(
  runId: string,
  reports: readonly ScanReport[],
  { formats }: Pick<Inputs, 'formats'>,
): Partial<Record<OutputName, string>> {
  const files = reports.map(imageFiles)
  const fileLines = (name: keyof Files) => files.map((of) => of[name] ?? '').join('\n')
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
    'passed-in-part': String(judgements.reduce((sum, { controls }) => sum + passedInPart(controls).length, 0)),
    'failed-critical': count('failed', 'critical'),
    'failed-high': count('failed', 'high'),
    'failed-medium': count('failed', 'medium'),
    'failed-low': count('failed', 'low'),
    violations: JSON.stringify(judgements.flatMap(({ violations }) => violations)),
    'run-id': runId,
    'image-digest': lines(({ evidence }) => evidence?.imageDigest ?? ''),
    'image-digests': lines(({ evidence }) => evidence?.imageDigests.join(' ') ?? ''),
    'scanner-digest': reports.find(({ evidence }) => evidence?.scannerDigest)?.evidence?.scannerDigest ?? '',
    'results-dir': lines(({ scan }) => scan.resultsDir),
    'results-file': fileLines('results'),
    'summary-file': fileLines('summary'),
    'threshold-file': fileLines('threshold'),
    files: JSON.stringify({
      ...Object.fromEntries(names(files).map((name) => [name, fileLines(name)])),
      ...runFiles(reports, formats),
    }),
  }
}

function names(files: readonly Files[]): (keyof Files)[] {
  return [...new Set(files.flatMap((of) => Object.keys(of) as (keyof Files)[]))]
}
