import type { Verdict } from './types.ts'

/** From bad to good: what one of several images came to is not hidden by a better verdict of another. */
const WORST_FIRST: readonly Verdict[] = ['inconclusive', 'failed', 'not judged', 'passed']

/** The verdict of several scans; `inconclusive` where there is none. */
export function worstVerdict(verdicts: readonly Verdict[]): Verdict {
  return WORST_FIRST.find((verdict) => verdicts.includes(verdict)) ?? 'inconclusive'
}
