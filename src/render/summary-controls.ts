import { controlDetails, described } from '../judge/details.ts'
import type { Control, Severity } from '../judge/types.ts'
import { plainLine } from '../log/plain.ts'
import { placeOf } from '../report/place.ts'
import { byReason, findings, type ReasonGroup, reasonOf, unansweredGroups, worstFirst } from '../report/reasons.ts'
import type { ScanReport } from '../report/report.ts'
import { identifiersOf } from '../report/tags.ts'
import { block, code, details, table, text } from './markdown.ts'

/** How much of a summary is written: less and less, until it fits. */
export interface Detail {
  /** Entries of a list of controls. */
  readonly entries: number
  /** Characters of a text of an entry; 0: one line for each control instead of an entry that opens. */
  readonly letters: number
  /** Whether entries say why the control exists. */
  readonly rationale: boolean
  /** Control ids in a line. */
  readonly ids: number
}

const OPEN_MOST = 10
const FEW = 20

/** Controls that failed, then those with errors: worst first, grouped by severity. */
export function failing({ judgement: { controls } }: ScanReport, detail: Detail): string[] {
  const failed = worstFirst(controls, 'failed')
  const errors = worstFirst(controls, 'error')
  const few = failed.length + errors.length <= FEW
  return [
    ...listing('Failed controls', failed, detail, few ? OPEN_MOST : 0),
    ...listing('Controls with errors', errors, detail, few ? OPEN_MOST - failed.length : 0),
  ]
}

function listing(title: string, controls: readonly Control[], detail: Detail, open: number): string[] {
  if (controls.length === 0 || detail.entries === 0) return []
  const shown = controls.slice(0, detail.entries)
  const groups = [...Map.groupBy(shown, ({ severity }) => severity)].map(([severity, group]) => {
    const many = controls.filter((control) => control.severity === severity).length
    return [
      `#### ${severityTitle(severity)} (${many})`,
      detail.letters === 0
        ? shortTable(group)
        : group.map((control) => entry(control, detail, shown.indexOf(control) < open)).join('\n\n'),
    ].join('\n\n')
  })
  return [`### ${title} (${controls.length})`, ...groups, ...more(controls.length, shown.length)]
}

function severityTitle(severity: Severity): string {
  return severity === 'none' ? 'Without severity' : `${severity[0]!.toUpperCase()}${severity.slice(1)}`
}

function shortTable(controls: readonly Control[]): string {
  const rows = controls.map((control) => [
    code(control.id, 120),
    text(control.title, 160),
    text(reasonOf(control), 200),
  ])
  return table('lll', ['Control', 'Title', 'Found'], rows)
}

/** What was found and expected, what to do, why, and where to look it up. */
function entry(control: Control, { letters, rationale }: Detail, open: boolean): string {
  const about = controlDetails(control)
  const found = findings(control)
  const said =
    found.map(({ test, said }) => [test, indented(said)].filter(Boolean).join('\n')).join('\n\n') || reasonOf(control)
  const tests = control.results.length
  const head = tests === 0 ? '**Found**' : `**Found** (${found.length} of ${tests} ${tests === 1 ? 'test' : 'tests'})`
  const fix = described(about, 'fix')
  const reason = described(about, 'rationale') || about.desc
  // many profiles give the title again
  const why = oneLine(reason) === oneLine(control.title) ? '' : reason
  const place = placeOf(about)
  const foot = [...identifiersOf(about).slice(0, 12), ...(place ? [place] : [])].map((value) => code(value, 120))
  const body = [
    head,
    block(said, letters),
    ...(fix ? ['**Fix**', block(fix, letters)] : []),
    ...(rationale && why ? [`**Why** ${text(why, letters)}`] : []),
    ...(foot.length > 0 ? [foot.join(' · ')] : []),
  ]
  return details(`${code(control.id, 120)} ${text(control.title, 160)}`, body.join('\n\n'), open)
}

const oneLine = (value: string) => plainLine(value).replace(/\s+/g, ' ').trim()

function indented(lines: string): string {
  return lines.replace(/^(?=.)/gm, '  ')
}

/** Controls that nobody reviewed and those that do not apply, by reason; then what could not be answered. */
export function unreviewed({ judgement: { controls }, scan }: ScanReport, detail: Detail): string[] {
  if (detail.entries === 0) return []
  const skipped = controls.filter(({ status, unanswered }) => status === 'skipped' && !unanswered)
  const notApplicable = controls.filter(({ status }) => status === 'no_impact')
  const groups = unansweredGroups(controls, scan)
  const unanswered = groups.reduce((sum, { controls }) => sum + controls.length, 0)
  return [
    ...reasons('Not reviewed', byReason(skipped), detail),
    ...(groups.length === 0
      ? []
      : [
          `### Not answered (${unanswered})`,
          table(
            'lrll',
            ['Question', 'Controls', 'Answered with', ''],
            groups
              .slice(0, detail.entries)
              .map(({ reason, answer, controls }) => [
                text(reason, 240),
                String(controls.length),
                answer ?? 'no input',
                ids(controls, detail),
              ]),
          ),
          ...more(groups.length, detail.entries),
        ]),
    ...reasons('Not applicable', byReason(notApplicable), detail),
  ]
}

function reasons(title: string, groups: readonly ReasonGroup[], detail: Detail): string[] {
  if (groups.length === 0) return []
  const count = groups.reduce((sum, { controls }) => sum + controls.length, 0)
  const rows = groups
    .slice(0, detail.entries)
    .map(({ reason, controls }) => [text(reason, 240), String(controls.length), ids(controls, detail)])
  const body = [table('lrl', ['Reason', 'Controls', ''], rows), ...more(groups.length, detail.entries)].join('\n\n')
  const heading = `${title} (${count})`
  return [`### ${heading}`, details(`${groups.length === 1 ? '1 reason' : `${groups.length} reasons`}`, body)]
}

function ids(controls: readonly Control[], { ids }: Detail): string {
  const shown = controls.slice(0, ids).map(({ id }) => code(id, 120))
  const rest = controls.length - shown.length
  return [...shown, ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ')
}

function more(count: number, shown: number): string[] {
  return count > shown ? [`${count - shown} more are in scan-results.json.`] : []
}
