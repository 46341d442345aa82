import { passedInPart, SEVERITIES, STATUSES } from '../judge/counts.ts'
import type { BaselineChanges, Judgement, Tally, WaiverNote } from '../judge/types.ts'
import { shorten } from '../judge/violations.ts'
import { plainLine } from '../log/plain.ts'
import { judgementBlock, LOG, type Terminal } from '../render/text.ts'
import { hasFigures } from '../render/words.ts'

const MAX_IDS = 12

/**
 * A judgement for a terminal: the block that `run` prints too, then counts by severity, every violation with its controls, waivers,
 * changes, what next.
 */
export function judgementText(judgement: Judgement, { name, hint, terminal }: TextOptions): string {
  const figures = hasFigures(judgement)
  const sections = [
    judgementBlock(name, judgement, {
      terminal: terminal ?? LOG,
      hint: undefined,
      figures,
      rest: '`sidecar-scan report --format html`',
    }).trimEnd(),
    figures ? countsTable(judgement) : '',
    section(
      judgement.verdict === 'inconclusive' ? 'Violations (they do not count: the results prove nothing)' : 'Violations',
      judgement.violations.flatMap(({ path, message, controls }) => [`${path}: ${message}`, ...idLine(controls)]),
    ),
    section('Waivers', judgement.waivers.map(waiverLine)),
    judgement.changes ? section('Since the baseline', changeLines(judgement.changes)) : '',
    `Next: ${plainLine(hint ?? nextStep(judgement))}`,
  ]
  return `${sections.filter(Boolean).join('\n\n')}\n`
}

interface TextOptions {
  /** What was judged. */
  readonly name: string
  readonly hint: string | undefined
  readonly terminal: Terminal | undefined
}

function countsTable({ counts, unanswered }: Judgement): string {
  const columns = ['total', ...SEVERITIES] as const
  const row = (name: string, tally: Tally) => [name, ...columns.map((column) => String(tally[column]))]
  const rows = [
    ['', ...columns],
    ...STATUSES.map((status) => row(status, counts[status])),
    row('unanswered', unanswered),
  ]
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)))
  const line = (cells: string[]) =>
    cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]! + 2))).join('')
  return rows.map(line).join('\n')
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0
    ? ''
    : [`${title}:`, ...lines.map((line) => `  ${line.startsWith('  ') ? '  ' : ''}${plainLine(line.trim())}`)].join(
        '\n',
      )
}

function idLine(ids: readonly string[]): string[] {
  return ids.length === 0 ? [] : [`  ${shorten(ids, MAX_IDS)}`]
}

function waiverLine({ controlId, state, expirationDate, run, applied, justification }: WaiverNote): string {
  const end = expirationDate === null ? 'no end' : `until ${expirationDate}`
  const effect = applied ? 'counts as no_impact' : run ? 'run all the same' : 'without effect'
  return `${controlId}: ${state}, ${end}, ${effect}: ${justification || '(no justification)'}`
}

function changeLines(changes: BaselineChanges): string[] {
  const named: readonly [string, readonly string[]][] = [
    ['fixed', changes.fixed],
    ['newly failing', changes.newlyFailing],
    ['still failing', changes.stillFailing],
    ['failed before, not tested now', changes.noLongerTested],
    ['newly unanswered', changes.newlyUnanswered],
    ['gone', changes.gone],
  ]
  const lines = named
    .filter(([, ids]) => ids.length > 0)
    .map(([name, ids]) => `${ids.length} ${name}: ${shorten(ids, MAX_IDS)}`)
  return lines.length > 0 ? lines : ['no control changed']
}

function nextStep(judgement: Judgement): string {
  const { verdict, unanswered, warnings, violations } = judgement
  const partly = passedInPart(judgement.controls)
  if (verdict === 'inconclusive') return 'see why the scan proved nothing before trusting any count above'
  if (verdict === 'failed') {
    const named = violations.some(({ controls }) => controls.length > 0)
    const fix = named ? 'fix the controls named above, waive them with a date' : 'see which limits are breached above'
    return `${fix}, or see sidecar-scan threshold --explain`
  }
  if (verdict === 'not judged')
    return 'give a threshold to judge by; sidecar-scan threshold writes one from these results'
  if (warnings.length > 0)
    return `read the warning${warnings.length === 1 ? '' : 's'} above first: the verdict rests on what they say`
  if (partly.length > 0) {
    const ids = shorten(
      partly.map(({ id }) => id),
      MAX_IDS,
    )
    return `${partly.length} control(s) passed, but not in full: ${ids}; unanswered.max limits them`
  }
  if (unanswered.total > 0)
    return `${unanswered.total} control(s) have tests the transport could not answer; unanswered.max limits them`
  return 'sidecar-scan threshold tightens the limits to these results'
}
