import type { Judgement, Verdict } from '../judge/types.ts'
import { shorten } from '../judge/violations.ts'

const VERDICT_ICONS: Record<Verdict, string> = { passed: '✅', failed: '❌', inconclusive: '⚠️' }

/** Sign and word for the head of a report. What nobody judged does not look like what passed. */
export function verdictHead({ verdict, threshold }: Judgement): { readonly icon: string; readonly word: string } {
  if (verdict === 'passed' && threshold.source === 'none') return { icon: 'ℹ️', word: 'not judged' }
  return { icon: VERDICT_ICONS[verdict], word: verdict }
}

/**
 * One sentence on the verdict: what was breached and by how much, or why nothing was proven. For `setFailed`, the
 * terminal and the head of the summary.
 */
export function verdictSentence(judgement: Judgement): string {
  const { verdict, violations, compliance, threshold, inconclusive } = judgement
  if (verdict === 'inconclusive') return `Inconclusive: ${inconclusive ?? 'the results prove nothing'}`
  const facts = `${compliance} % compliance, ${judgement.counts.failed.total} of ${total(judgement)} controls failed`
  if (verdict === 'failed') {
    const breaches = violations.map(({ message }) => message.replace(/\.$/, ''))
    return `Failed: ${breaches.length} limit${breaches.length === 1 ? '' : 's'} breached: ${breaches.join('; ')}`
  }
  if (threshold.source === 'none') return `Not judged (\`threshold: none\`): ${facts}`
  return `Passed: within every limit (${facts})`
}

/** Controls in all statuses together. */
export function total({ counts }: Judgement): number {
  return Object.values(counts).reduce((sum, tally) => sum + tally.total, 0)
}

const LIMITS_SHOWN = 12

/** What the limits come from, and which they are. */
export function thresholdSource({ threshold }: Judgement): string {
  if (threshold.source === 'default')
    return 'the default: compliance at least 70 %, no failed control of critical severity'
  if (threshold.source === 'none') return 'none: reported without judging'
  const limits = threshold.limits.map(
    ({ path, value }) => `${path} ${typeof value === 'number' ? value : `(${value.length} ids)`}`,
  )
  return `${threshold.source}: ${shorten(limits, LIMITS_SHOWN)}`
}
