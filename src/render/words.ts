import { passedInPart } from '../judge/counts.ts'
import type { Judgement, Status, Verdict } from '../judge/types.ts'
import { shorten } from '../judge/violations.ts'

const VERDICT_ICONS: Record<Verdict, string> = {
  passed: '✅',
  'not judged': 'ℹ️',
  failed: '❌',
  inconclusive: '⚠️',
}

/** Sign and word for the head of a report. What nobody judged does not look like what passed. */
export function verdictHead({ verdict }: Judgement): { readonly icon: string; readonly word: string } {
  return { icon: VERDICT_ICONS[verdict], word: verdict }
}

/**
 * One sentence on the verdict: what was breached and by how much, or why nothing was proven. For `setFailed`, the
 * terminal and the head of the summary.
 */
export function verdictSentence(judgement: Judgement): string {
  const { verdict, violations, compliance, inconclusive } = judgement
  if (verdict === 'inconclusive') return `Inconclusive: ${inconclusive ?? 'the results prove nothing'}`
  const facts = `${compliance} % compliance, ${judgement.counts.failed.total} of ${total(judgement)} controls failed`
  if (verdict === 'failed') {
    const breaches = violations.map(({ message }) => message.replace(/\.$/, ''))
    return `Failed: ${breaches.length} limit${breaches.length === 1 ? '' : 's'} breached: ${breaches.join('; ')}`
  }
  if (verdict === 'not judged') return `Not judged (\`threshold: none\`): ${facts}`
  return `Passed: within every limit (${facts})`
}

/** Whether there are figures to show: where nothing was run, "0 %, 81 errors" would only alarm. */
export function hasFigures({ verdict, controls }: Judgement): boolean {
  return verdict === 'inconclusive' ? controls.some(({ results }) => results.length > 0) : controls.length > 0
}

/** Controls in all statuses together. */
export function total({ counts }: Judgement): number {
  return Object.values(counts).reduce((sum, tally) => sum + tally.total, 0)
}

const LIMITS_SHOWN = 12

/** What the limits come from, and which they are. */
export function thresholdSource({ threshold }: Judgement): string {
  if (threshold.source === 'none') return 'none: reported without judging'
  const limits = threshold.limits.map(
    ({ path, value }) => `${path} ${typeof value === 'number' ? value : `(${value.length} ids)`}`,
  )
  const source = threshold.source === 'default' ? 'the default' : threshold.source
  return `${source}: ${shorten(limits, LIMITS_SHOWN)}`
}

/** How people call a status: the words of SAF and Heimdall. */
export const STATUS_TITLES: Readonly<Record<Status, string>> = {
  passed: 'Passed',
  failed: 'Failed',
  error: 'Errors',
  skipped: 'Not reviewed',
  no_impact: 'Not applicable',
}

/**
 * The figures of a judgement, one by one: `42 % compliance`, `60 failed (+2 since the baseline)`, … What passed says how
 * many did so only in part: InSpec counts a control as passed when some of its tests could not be answered.
 */
export function figures(judgement: Judgement): string[] {
  const { compliance, counts, controls, unanswered, changes } = judgement
  const partly = passedInPart(controls).length
  const since =
    changes === null ? '' : ` (${changes.newlyFailing.length} new, ${changes.fixed.length} fixed since the baseline)`
  return [
    `${compliance} % compliance`,
    `${counts.failed.total} failed${since}`,
    `${counts.error.total} ${counts.error.total === 1 ? 'error' : 'errors'}`,
    `${counts.skipped.total} not reviewed`,
    `${counts.no_impact.total} not applicable`,
    `${counts.passed.total} passed${partly > 0 ? `, ${partly} of them not in full` : ''}`,
    ...(unanswered.total > 0 ? [`${unanswered.total} not answered in full`] : []),
  ]
}

const BAR_CELLS = 20

/** A bar of cells, one sign a status; every status that occurs has at least one cell. */
export function bar({ counts }: Judgement, signs: Readonly<Record<Status, string>>, cells = BAR_CELLS): string {
  const parts = (Object.keys(signs) as Status[])
    .map((status) => ({ status, many: counts[status].total }))
    .filter(({ many }) => many > 0)
  const all = parts.reduce((sum, { many }) => sum + many, 0)
  const sized = parts.map(({ status, many }) => ({ status, size: Math.max(1, Math.round((cells * many) / all)) }))
  const largest = sized.reduce((a, b) => (b.size > a.size ? b : a), sized[0] ?? { status: 'passed' as Status, size: 0 })
  largest.size = Math.max(1, largest.size + cells - sized.reduce((sum, { size }) => sum + size, 0))
  return sized.map(({ status, size }) => signs[status].repeat(size)).join('')
}
