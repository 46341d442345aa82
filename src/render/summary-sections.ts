import { SEVERITIES } from '../judge/counts.ts'
import type { Judgement, Status, WaiverNote } from '../judge/types.ts'
import { code, table, text } from './markdown.ts'
import { STATUS_TITLES } from './words.ts'

const STATUSES: readonly Status[] = ['passed', 'failed', 'error', 'skipped', 'no_impact']

export function countsTable({ counts }: Judgement): string {
  const row = (title: string, pick: (status: Status) => number) => [
    title,
    ...STATUSES.map((status) => String(pick(status))),
  ]
  const rows = [
    row('**Total**', (status) => counts[status].total),
    ...SEVERITIES.map((severity) => row(severity, (status) => counts[status][severity])),
  ]
  return table('lrrrrr', ['Severity', ...STATUSES.map((status) => STATUS_TITLES[status])], rows)
}

/** Waivers with their end and justification: those that ended or end soon first. */
export function waivers({ waivers }: Judgement, rows: number): string[] {
  if (waivers.length === 0 || rows === 0) return []
  const sorted = [...waivers].sort((a, b) => urgency(a) - urgency(b) || compare(endOf(a), endOf(b)))
  const body = sorted
    .slice(0, rows)
    .map((waiver) => [
      code(waiver.controlId, 120),
      waiver.state,
      text(waiver.expirationDate ?? 'no end'),
      text(waiver.justification || '(none given)'),
      text(waiver.warning ?? ''),
    ])
  const rest = waivers.length > rows ? [`${waivers.length - rows} more are in scan-results.json.`] : []
  return [
    `### Waivers (${waivers.length})`,
    table('lllll', ['Control', 'State', 'Until', 'Justification', ''], body),
    ...rest,
  ]
}

function urgency({ state }: WaiverNote): number {
  return { expired: 0, expiring: 1, active: 2, unmatched: 3 }[state]
}

function endOf({ expirationDate }: WaiverNote): string {
  return expirationDate ?? '9999'
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

export function changes({ changes }: Judgement, most: number): string[] {
  if (changes === null) return []
  const titles = {
    newlyFailing: 'Newly failing',
    fixed: 'Fixed',
    stillFailing: 'Still failing',
    noLongerTested: 'Failed before, not tested now',
    newlyUnanswered: 'Newly unanswered',
    gone: 'Gone',
  } as const
  const body = Object.entries(titles).map(([key, title]) => {
    const list = changes[key as keyof typeof titles]
    return [title, String(list.length), ids(list, Math.min(most, 20))]
  })
  return ['### Since the baseline', table('lrl', ['', 'Controls', ''], body)]
}

/** Above the figures, which may rest on them. */
export function warnings({ warnings }: Judgement, rows: number): string[] {
  if (warnings.length === 0) return []
  const shown = warnings.slice(0, rows).map((warning) => `> - ${text(warning, 500)}`)
  const rest = warnings.length > rows ? [`> - and ${warnings.length - rows} more`] : []
  return [['> [!WARNING]', ...shown, ...rest].join('\n')]
}

function ids(list: readonly string[], most: number): string {
  const shown = list.slice(0, most).map((id) => code(id, 120))
  return [...shown, ...(list.length > most ? [`and ${list.length - most} more`] : [])].join(', ')
}
