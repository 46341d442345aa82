import type { Judgement } from '../judge/types.ts'
import { plainLine } from '../log/plain.ts'
import { verdictSentence } from './words.ts'

/** `threshold-result.txt`: the line scripts look for, `THRESHOLD_RESULT=0` for passed and `=1` for all else, then why. */
export function renderThresholdResult(judgement: Judgement): string {
  const lines = [
    `THRESHOLD_RESULT=${judgement.verdict === 'passed' ? 0 : 1}`,
    `VERDICT=${judgement.verdict}`,
    `COMPLIANCE=${judgement.compliance}`,
    plainLine(verdictSentence(judgement)),
    ...judgement.violations.map(({ path, message }) => plainLine(`${path}: ${message}`)),
  ]
  return `${lines.join('\n')}\n`
}
