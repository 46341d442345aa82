import type { Judgement, Verdict } from '../judge/types.ts'
import { plainLine } from '../log/plain.ts'
import { verdictSentence } from './words.ts'

const RESULTS: Readonly<Record<Verdict, string>> = {
  passed: '0',
  'not judged': 'not-judged',
  failed: '1',
  inconclusive: '1',
}

/**
 * `threshold-result.txt`: the line scripts look for, `THRESHOLD_RESULT=0` for passed, `=not-judged` where there was
 * nothing to judge by and `=1` for all else; then why.
 */
export function renderThresholdResult(judgement: Judgement): string {
  const lines = [
    `THRESHOLD_RESULT=${RESULTS[judgement.verdict]}`,
    `VERDICT=${judgement.verdict}`,
    `COMPLIANCE=${judgement.compliance}`,
    plainLine(verdictSentence(judgement)),
    ...judgement.violations.map(({ path, message }) => plainLine(`${path}: ${message}`)),
  ]
  return `${lines.join('\n')}\n`
}
