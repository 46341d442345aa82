import { plainLine } from '../log/plain.ts'
import type { ScanReport } from '../report/report.ts'
import { hasFigures, thresholdSource, total, verdictHead, verdictSentence } from './words.ts'

const MOST = 20

/** The report for a terminal: verdict, figures, what failed, where the files are. */
export function renderText(report: ScanReport): string {
  const { scan, judgement, failure } = report
  const { counts } = judgement
  const failed = judgement.controls.filter(({ status }) => status === 'failed' || status === 'error')
  const figures = [
    `  ${judgement.compliance} % compliance: ${counts.passed.total} passed, ${counts.failed.total} failed, ${counts.skipped.total} not reviewed, ${counts.no_impact.total} not applicable, ${counts.error.total} errors, of ${total(judgement)} controls`,
    ...(judgement.unanswered.total > 0
      ? [`  ${judgement.unanswered.total} controls could not be answered in full`]
      : []),
    `  threshold: ${thresholdSource(judgement)}`,
    ...failed
      .slice(0, MOST)
      .map(({ id, severity, title }) => `  ✗ ${severity.padEnd(8)} ${plainLine(id)}: ${plainLine(title)}`),
    ...(failed.length > MOST ? [`  … and ${failed.length - MOST} more in scan-summary.md`] : []),
  ]
  const lines = [
    `${verdictHead(judgement).icon} ${plainLine(scan.image)}: ${plainLine(verdictSentence(judgement))}`,
    ...(failure?.hint ? [`  what to do: ${plainLine(failure.hint)}`] : []),
    ...(failure || !hasFigures(judgement) ? [] : figures),
    ...judgement.warnings.map((warning) => `  warning: ${plainLine(warning)}`),
    `  results: ${scan.resultsDir}`,
  ]
  return `${lines.join('\n')}\n`
}
