import type { Judgement } from '../judge/types.ts'
import { worstVerdict } from '../judge/verdict.ts'
import { gateRows } from '../report/gate.ts'
import type { ScanFacts, ScanReport } from '../report/report.ts'
import { code, details, table, text } from './markdown.ts'
import { type Detail, failing, unreviewed } from './summary-controls.ts'
import { changes, countsTable, waivers, warnings } from './summary-sections.ts'
import { bar, figures, hasFigures, thresholdSource, verdictHead, verdictSentence } from './words.ts'

/** A job summary holds 1 MiB; GitHub drops the whole of a longer one. In bytes, with room for what others write. */
const SUMMARY_LIMIT = 900 * 1024

/** What is left out first: the texts of entries, then entries, then lists. */
const STEPS: readonly Detail[] = [
  { entries: 1000, letters: 1500, rationale: true, ids: 1000 },
  { entries: 1000, letters: 600, rationale: false, ids: 300 },
  { entries: 500, letters: 300, rationale: false, ids: 100 },
  { entries: 1000, letters: 0, rationale: false, ids: 50 },
  { entries: 200, letters: 0, rationale: false, ids: 20 },
  { entries: 50, letters: 0, rationale: false, ids: 12 },
  { entries: 10, letters: 0, rationale: false, ids: 5 },
  { entries: 0, letters: 0, rationale: false, ids: 0 },
]

/**
 * The summary of one image as Markdown: verdict, figures and gate first, then what failed and what to do, then what nobody
 * could review, then waivers, changes and provenance. Detail is dropped step by step until all of it fits into so many bytes.
 */
export function renderSummary(report: ScanReport, limit = SUMMARY_LIMIT): string {
  for (const detail of STEPS) {
    const summary = sections(report, detail).join('\n\n')
    if (Buffer.byteLength(summary) < limit) return `${summary}\n`
  }
  return `${headSections(report).slice(0, 2).join('\n\n')}\n`
}

/**
 * The summary of a run: of several images a table, the worst first, then a section each. They share the bytes: what a short
 * section does not need, a long one may use.
 */
export function renderRunSummary(reports: readonly ScanReport[], limit = SUMMARY_LIMIT): string {
  if (reports.length === 1) return renderSummary(reports[0]!, limit)
  const ranked = rankedReports(reports)
  const head = runHead(ranked, limit / 4)
  let left = limit - Buffer.byteLength(head)
  const wholes = ranked.map((report) => renderSummary(report, limit))
  const sizes = wholes.map((whole, index) => ({ index, bytes: Buffer.byteLength(whole) + 2 }))
  const sections: string[] = []
  sizes
    .sort((a, b) => a.bytes - b.bytes)
    .forEach(({ index, bytes }, done) => {
      const share = Math.floor(left / (sizes.length - done))
      const section = bytes <= share ? wholes[index]! : renderSummary(ranked[index]!, share - 2)
      const size = Buffer.byteLength(section) + 2
      if (size > share) return
      sections[index] = section
      left -= size
    })
  return [head, ...sections.filter((section) => section !== undefined)].join('\n')
}

/** The reports of a run, the worst first. */
export function rankedReports(reports: readonly ScanReport[]): ScanReport[] {
  return [...reports].sort((a, b) => badness(b) - badness(a) || a.judgement.compliance - b.judgement.compliance)
}

function badness({ judgement: { verdict, counts } }: ScanReport): number {
  const rank = { passed: 0, 'not judged': 0, failed: 1, inconclusive: 2 }[verdict]
  return rank * 1e9 + counts.failed.critical * 1e6 + counts.failed.high * 1e3 + Math.min(counts.failed.total, 999)
}

function runHead(reports: readonly ScanReport[], limit: number): string {
  const verdict = worstVerdict(reports.map(({ judgement }) => judgement.verdict))
  const worst = reports.find(({ judgement }) => judgement.verdict === verdict)!
  const { icon, word } = verdictHead(worst.judgement)
  const count = (wanted: string) => reports.filter(({ judgement }) => judgement.verdict === wanted).length
  const rows = reports.map(({ scan, judgement, failure }) => [
    `${verdictHead(judgement).icon} ${verdictHead(judgement).word}`,
    code(scan.image, 200),
    failure ? '' : `${judgement.compliance} %`,
    ...(['failed', 'error', 'skipped', 'no_impact'] as const).map((status) =>
      failure ? '' : String(judgement.counts[status].total),
    ),
  ])
  const columns = ['', 'Image', 'Compliance', 'Failed', 'Errors', 'Not reviewed', 'Not applicable']
  const titles = [
    `# ${icon} Sidecar Scan: ${word}`,
    `${reports.length} images: ${(['inconclusive', 'failed', 'not judged', 'passed'] as const)
      .filter((one) => count(one) > 0)
      .map((one) => `${count(one)} ${one}`)
      .join(', ')}`,
  ]
  for (const shown of [rows.length, 500, 100, 20]) {
    const rest = rows.length > shown ? [`${rows.length - shown} more images: see the artifact.`] : []
    const head = [...titles, table('llrrrrr', columns, rows.slice(0, shown)), ...rest].join('\n\n')
    if (Buffer.byteLength(head) <= limit) return `${head}\n`
  }
  return `${titles.join('\n\n')}\n`
}

function sections(report: ScanReport, detail: Detail): string[] {
  const { judgement } = report
  return [
    ...headSections(report),
    ...failing(report, detail),
    ...unreviewed(report, detail),
    ...waivers(judgement, detail.entries),
    ...changes(judgement, detail.ids),
    details('Where this comes from', facts(report)),
  ]
}

/** The first screen. */
function headSections(report: ScanReport): string[] {
  const { judgement, failure, scan } = report
  const { icon, word } = verdictHead(judgement)
  return [
    `## ${icon} Sidecar Scan: ${word}`,
    `${code(scan.image)} · ${text(verdictSentence(judgement), 1000)}`,
    ...(failure?.hint ? [`**What to do:** ${text(failure.hint, 1000)}`] : []),
    ...warnings(judgement, 20),
    ...(failure ? [] : figureSections(judgement)),
  ]
}

function figureSections(judgement: Judgement): string[] {
  if (!hasFigures(judgement)) return []
  return [
    `**${figures(judgement)
      .map((figure) => text(figure))
      .join(' · ')}**`,
    bar(judgement, { passed: '🟩', failed: '🟥', error: '🟧', skipped: '🟨', no_impact: '⬜' }),
    ...gate(judgement),
    details('Controls by severity', countsTable(judgement)),
  ]
}

function gate(judgement: Judgement): string[] {
  const rows = gateRows(judgement)
  const source = text(thresholdSource(judgement), 200)
  if (rows.length === 0) return [`Threshold: ${source}`]
  const body = rows.map(({ path, limit, actual, breached, distance, advice }) => [
    `${breached ? '❌' : '✅'} ${code(path)}`,
    text(limit, 60),
    text(actual, 60),
    text(distance, 80),
    text(advice, 200),
  ])
  const note =
    judgement.verdict === 'inconclusive' ? ['These limits do not decide the verdict: the results prove nothing.'] : []
  return [table('lrrll', ['Limit', 'Set', 'Found', 'Distance', 'What would make it pass'], body), ...note]
}

function facts(report: ScanReport): string {
  const { scan, evidence, judgement } = report
  const phases = evidence?.phases
  const seconds =
    phases &&
    `${Object.values(phases)
      .reduce((sum, x) => sum + x, 0)
      .toFixed(1)} s`
  const rows: [string, string][] = [
    ['Image', imageWords(report)],
    ['Pod', text(scan.pod ?? '', 1000)],
    ['Trust', evidence?.trust ? `${evidence.trust.by}: ${text(evidence.trust.why, 500)}` : ''],
    ['Profile', text(scan.profile)],
    ['Threshold', text(thresholdSource(judgement), 1000)],
    ['Scanner', scannerWords(scan, evidence)],
    ['Engine', text(scan.engine)],
    ['Pod Security', text(scan.podSecurity)],
    ['Target', scan.targetMode === '' ? '' : targetWords(scan, evidence !== null)],
    ['Image configuration', evidence?.unwitnessed === undefined ? '' : `unknown: ${text(evidence.unwitnessed, 500)}`],
    ['Run', scan.runId === '' ? '' : `${code(scan.runId)}, ${text(scan.startedAt)}${seconds ? `, ${seconds}` : ''}`],
    ['Results', evidence?.resultsSha256 ? `sha256 ${code(evidence.resultsSha256)}` : ''],
  ]
  return table(
    'll',
    ['', ''],
    rows.filter(([, value]) => value !== ''),
  )
}

/** The image with its digests. Of a scan that came to its end without one, that is said; a results file alone has none. */
function imageWords({ scan, evidence }: ScanReport): string {
  const { imageDigest, imageDigests = [] } = evidence ?? {}
  const others = imageDigests.filter((one) => one !== imageDigest).map((one) => code(one))
  const unknown = scan.runId !== '' && evidence !== null && imageDigest === undefined
  const also = others.length === 0 ? '' : `, also known as ${others.join(' and ')}`
  return `${digest(scan.image, imageDigest)}${unknown ? ', digest unknown' : ''}${also}`
}

function digest(name: string, value: string | undefined): string {
  return `${code(name)}${value ? ` at ${code(value)}` : ''}`
}

function scannerWords({ scannerImage }: ScanFacts, evidence: ScanReport['evidence']): string {
  const version = evidence?.scannerVersion ? `version ${text(evidence.scannerVersion)}` : ''
  return [scannerImage ? digest(scannerImage, evidence?.scannerDigest) : '', version].filter(Boolean).join(', ')
}

function targetWords({ targetMode, targetAccess }: ScanFacts, scanned: boolean): string {
  if (!scanned) return `not scanned; ${targetMode === 'run' ? 'to run its own program' : 'at rest'} was asked for`
  if (targetAccess === 'volume') return 'at rest, mounted as an image volume; no process namespace was shared'
  return `${targetMode === 'run' ? 'running its own program' : 'at rest'}, in a process namespace shared with the scanner`
}
