import { isUnansweredTest, UNANSWERED_PREFIX } from '../judge/control.ts'
import type { Control, Judgement, Severity, Status } from '../judge/types.ts'
import type { ScanFacts, ScanReport } from '../report/report.ts'
import { code, table, text } from './markdown.ts'
import { thresholdSource, total, verdictHead, verdictSentence } from './words.ts'

/** A job summary holds 1 MiB; GitHub drops the whole of a longer one. In bytes, with room for what others write. */
export const SUMMARY_LIMIT = 900 * 1024

const STATUSES: readonly Status[] = ['passed', 'failed', 'skipped', 'no_impact', 'error']
const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'none']
const STATUS_TITLES: Record<Status, string> = {
  passed: 'Passed',
  failed: 'Failed',
  skipped: 'Not reviewed',
  no_impact: 'Not applicable',
  error: 'Error',
}

/**
 * The summary as Markdown: verdict first, then why, then the figures. Lists are cut so that all of it stays below so many
 * bytes.
 */
export function renderSummary(report: ScanReport, limit = SUMMARY_LIMIT): string {
  for (const rows of [200, 50, 10]) {
    const summary = sections(report, rows).join('\n\n')
    if (Buffer.byteLength(summary) <= limit) return `${summary}\n`
  }
  return `${sections(report, 0).slice(0, 3).join('\n\n')}\n`
}

function sections(report: ScanReport, rows: number): string[] {
  const { judgement } = report
  const { icon, word } = verdictHead(judgement)
  return [
    `## ${icon} Sidecar Scan: ${word}`,
    text(verdictSentence(judgement), 1000),
    ...failure(report),
    facts(report),
    ...(report.failure ? [] : [counts(judgement)]),
    ...violations(judgement, rows),
    ...controls(report, rows),
    ...waivers(judgement, rows),
    ...changes(judgement, rows),
    ...warnings(judgement, rows),
  ]
}

function failure({ failure }: ScanReport): string[] {
  return failure?.hint ? [`**What to do:** ${text(failure.hint, 1000)}`] : []
}

function facts(report: ScanReport): string {
  const { scan, evidence, judgement } = report
  const phases = evidence?.phases
  const digest = (name: string, value: string | undefined) => `${code(name)}${value ? ` at ${code(value)}` : ''}`
  const seconds =
    phases &&
    `${Object.values(phases)
      .reduce((sum, x) => sum + x, 0)
      .toFixed(1)} s`
  const rows: [string, string][] = [
    ['Image', digest(scan.image, evidence?.imageDigest)],
    ['Profile', text(scan.profile)],
    ['Threshold', text(thresholdSource(judgement), 1000)],
    [
      'Scanner',
      `${digest(scan.scannerImage, evidence?.scannerDigest)}${evidence?.scannerVersion ? `, version ${text(evidence.scannerVersion)}` : ''}`,
    ],
    ['Engine', text(scan.engine)],
    ['Pod Security', text(scan.podSecurity)],
    ['Target', targetWords(scan)],
    ['Run', `${code(scan.runId)}, ${text(scan.startedAt)}${seconds ? `, ${seconds}` : ''}`],
    ...(evidence?.resultsSha256 ? [['Results', `sha256 ${code(evidence.resultsSha256)}`] as [string, string]] : []),
  ]
  return table('ll', ['', ''], rows)
}

function targetWords({ targetMode, targetAccess }: ScanFacts): string {
  if (targetAccess === 'volume') return 'at rest, mounted as an image volume; no process namespace was shared'
  return `${targetMode === 'run' ? 'running its own program' : 'at rest'}, in a process namespace shared with the scanner`
}

function counts(judgement: Judgement): string {
  const row = (title: string, pick: (status: Status) => number) => [
    title,
    ...STATUSES.map((status) => String(pick(status))),
  ]
  const body = [
    row('**Total**', (status) => judgement.counts[status].total),
    ...SEVERITIES.map((severity) => row(severity, (status) => judgement.counts[status][severity])),
  ]
  const unanswered = judgement.unanswered.total
  const note =
    unanswered === 0
      ? ''
      : `\n\n${unanswered} control${unanswered === 1 ? '' : 's'} could not be answered in full by looking at the image this way; see “Not answered” below.`
  return `### ${judgement.compliance} % compliance, ${total(judgement)} controls\n\n${table('lrrrrr', ['Severity', ...STATUSES.map((s) => STATUS_TITLES[s])], body)}${note}`
}

function violations({ violations }: Judgement, rows: number): string[] {
  if (violations.length === 0) return []
  const body = violations.map(({ path, limit, actual, message, controls }) => [
    code(path),
    text(String(limit), 60),
    text(String(actual), 60),
    `${text(message)}${controls.length > 0 && rows > 0 ? `: ${ids(controls, 12)}` : ''}`,
  ])
  return [`### Breached limits\n\n${table('lrrl', ['Limit', 'Set', 'Found', ''], body)}`]
}

function controls({ judgement: { controls }, scan: { podSecurity } }: ScanReport, rows: number): string[] {
  const rank = (control: Control) => SEVERITIES.indexOf(control.severity)
  const list = (title: string, chosen: Control[], why: (control: Control) => string, note = ''): string[] => {
    if (chosen.length === 0 || rows === 0) return []
    const sorted = [...chosen].sort((a, b) => rank(a) - rank(b))
    const body = sorted
      .slice(0, rows)
      .map((control) => [control.severity, code(control.id, 120), text(control.title, 160), text(why(control), 240)])
    return [
      `### ${title} (${chosen.length})\n\n${table('llll', ['Severity', 'Control', 'Title', 'Why'], body)}${more(chosen.length, rows)}${note}`,
    ]
  }
  return [
    ...list(
      'Failed controls',
      controls.filter(({ status }) => status === 'failed'),
      (control) => firstMessage(control, 'failed'),
    ),
    ...list(
      'Controls with errors',
      controls.filter(({ status }) => status === 'error'),
      (control) => firstMessage(control, 'error'),
    ),
    ...list(
      'Not answered',
      controls.filter(({ unanswered }) => unanswered),
      unansweredReason,
      podSecurity === 'restricted'
        ? '\n\nAt `pod-security: restricted` the scanner reads what one user may read; at `baseline` it reads every file.'
        : '',
    ),
  ]
}

function firstMessage({ results }: Control, status: string): string {
  const result = results.find((candidate) => candidate.status === status) ?? results.find(({ exception }) => exception)
  return result?.skipMessage || result?.message || result?.exception || result?.codeDesc || ''
}

function unansweredReason({ results }: Control): string {
  const message = results.find(isUnansweredTest)?.skipMessage ?? ''
  return message.slice(UNANSWERED_PREFIX.length)
}

function waivers({ waivers }: Judgement, rows: number): string[] {
  if (waivers.length === 0 || rows === 0) return []
  const body = waivers
    .slice(0, rows)
    .map((waiver) => [
      code(waiver.controlId, 120),
      waiver.state,
      text(waiver.expirationDate ?? 'no end'),
      text(waiver.justification || '(none given)'),
      text(waiver.warning ?? ''),
    ])
  return [
    `### Waivers (${waivers.length})\n\n${table('lllll', ['Control', 'State', 'Until', 'Justification', ''], body)}${more(waivers.length, rows)}`,
  ]
}

function changes({ changes }: Judgement, rows: number): string[] {
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
    return [title, String(list.length), ids(list, Math.min(rows, 20))]
  })
  return [`### Since the baseline\n\n${table('lrl', ['', 'Controls', ''], body)}`]
}

function warnings({ warnings }: Judgement, rows: number): string[] {
  if (warnings.length === 0 || rows === 0) return []
  return [`### Warnings\n\n${cut(warnings, rows, (warning) => `- ${text(warning, 500)}`, '- ').join('\n')}`]
}

function ids(list: readonly string[], most: number): string {
  return cut(list, most, (id) => code(id, 120)).join(', ')
}

/** The first of a list as Markdown, and how many more there are. */
function cut(list: readonly string[], most: number, show: (item: string) => string, mark = ''): string[] {
  const shown = list.slice(0, most).map(show)
  return list.length <= most ? shown : [...shown, `${mark}and ${list.length - most} more`]
}

function more(count: number, shown: number): string {
  return count > shown ? `\n\n${count - shown} more are in scan-results.json.` : ''
}
