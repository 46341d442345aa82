import { passedInPart } from '../judge/counts.ts'
import type { Judgement, Status } from '../judge/types.ts'
import { plainLine } from '../log/plain.ts'
import { gateRows } from '../report/gate.ts'
import { reasonOf, worstFirst } from '../report/reasons.ts'
import type { ScanReport } from '../report/report.ts'
import { bar, figures, hasFigures, thresholdSource, verdictHead, verdictSentence } from './words.ts'

/** How text is shown: with colours, and so many columns wide. */
export interface Terminal {
  readonly color: boolean
  readonly width: number
}

const WORST = 10
/** Where nobody looks at a screen, lines may be long. */
export const LOG: Terminal = { color: false, width: 200 }
const LABEL = 11

/** Colours as SGR codes (ECMA-48, 8.3.117), and the sign of a status in a bar without colours. */
const LOOKS: Readonly<Record<Status, { readonly code: number; readonly sign: string }>> = {
  passed: { code: 32, sign: '=' },
  failed: { code: 31, sign: 'x' },
  error: { code: 35, sign: '!' },
  skipped: { code: 33, sign: '?' },
  no_impact: { code: 90, sign: '.' },
}

/** The reports of a run for a terminal: a block for each image, then the files that hold all of them. */
export function renderText(
  reports: readonly ScanReport[],
  files: Readonly<Record<string, string>> = {},
  terminal: Terminal = LOG,
): string {
  const blocks = reports.map((report) => renderBlock(report, terminal))
  const paths = Object.entries(files).map(([name, path]) => row(name, path, LOG))
  return [...blocks, ...(paths.length > 0 ? [`${paths.join('\n')}\n`] : [])].join('\n')
}

/** Verdict, figures and bar, gate, the worst controls, where the files are. */
function renderBlock({ scan, evidence, judgement, failure }: ScanReport, terminal: Terminal): string {
  const block = judgementBlock(scan.image, judgement, {
    terminal,
    hint: failure?.hint,
    figures: failure === null && hasFigures(judgement),
    rest: 'scan-summary.md',
    source: podSource(scan, evidence),
  })
  const where = scan.resultsDir === '' ? '' : `${row('results', plainLine(scan.resultsDir), LOG)}\n`
  return `${block}${where}`
}

/** Where the results of a pod that runs already come from, and how far they can be trusted. */
function podSource({ pod }: ScanReport['scan'], evidence: ScanReport['evidence']): [string, string][] {
  if (pod === undefined) return []
  const trust = evidence?.trust
  return [['pod', pod], ...(trust ? [['trust', `${trust.by}: ${trust.why}`] as [string, string]] : [])]
}

interface BlockOptions {
  readonly terminal: Terminal
  /** What to do where nothing is proven. */
  readonly hint: string | undefined
  readonly figures: boolean
  /** Where the failing controls are that are not among the worst. */
  readonly rest: string
  /** Where the results come from: label and text. */
  readonly source?: readonly (readonly [string, string])[]
}

/** A judgement as aligned lines, with what was judged at the front: verdict, figures and bar, gate, the worst controls. */
export function judgementBlock(name: string, judgement: Judgement, options: BlockOptions): string {
  const { terminal, hint, rest } = options
  const { icon } = verdictHead(judgement)
  const lines = [
    `${icon} ${plainLine(name)}: ${plainLine(verdictSentence(judgement))}`,
    ...(hint ? [row('what to do', plainLine(hint), LOG)] : []),
    ...(options.source ?? []).map(([label, value]) => row(label, plainLine(value), LOG)),
    ...judgement.warnings.map((warning) => row('warning', plainLine(warning), LOG)),
    ...(options.figures
      ? [
          row('controls', figures(judgement).join(', '), LOG),
          row('', colouredBar(judgement, terminal), LOG),
          row('threshold', plainLine(thresholdSource(judgement)), terminal),
          ...gate(judgement, terminal),
          ...worst(judgement, terminal, rest),
          ...inPart(judgement, terminal),
        ]
      : []),
  ]
  return `${lines.join('\n')}\n`
}

function colouredBar(judgement: Judgement, { color, width }: Terminal): string {
  const signs = Object.fromEntries(Object.entries(LOOKS).map(([status, { sign }]) => [status, sign]))
  const plain = bar(judgement, signs as Record<Status, string>, Math.max(10, Math.min(60, width - LABEL - 4)))
  if (!color) return `[${plain}]`
  const looks = Object.values(LOOKS)
  return plain.replace(/(.)\1*/g, (run, sign: string) => {
    const look = looks.find((one) => one.sign === sign)!
    return `\u001b[${look.code}m${'█'.repeat(run.length)}\u001b[0m`
  })
}

function gate(judgement: Judgement, terminal: Terminal): string[] {
  const rows = gateRows(judgement).map(({ path, limit, actual, breached, distance, advice }) => [
    `${breached ? '✗' : '✓'} ${path}`,
    limit,
    actual,
    advice === '' ? distance : `${distance}: ${advice}`,
  ])
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((cells) => cells[column]!.length)))
  return rows.map(([path, limit, actual, said], index) => {
    const cells = [path!.padEnd(widths[0]!), limit!.padStart(widths[1]!), actual!.padStart(widths[2]!), said!]
    return row(index === 0 ? 'gate' : '', cells.join('  '), terminal)
  })
}

function worst({ controls }: Judgement, terminal: Terminal, where: string): string[] {
  const against = [...worstFirst(controls, 'failed'), ...worstFirst(controls, 'error')]
  const shown = against.slice(0, WORST)
  const widest = Math.min(24, Math.max(0, ...shown.map(({ id }) => [...plainLine(id)].length)))
  const lines = shown.map((control, index) => {
    const { id, severity, status } = control
    const mark = status === 'error' ? 'error' : 'failed'
    const name = `${mark.padEnd(6)} ${severity.padEnd(8)} ${plainLine(id).padEnd(widest)}`
    const said = plainLine(`${control.title || reasonOf(control)}`)
    const label = index === 0 ? 'worst' : ''
    const plain = row(label, `${name}  ${said}`, terminal)
    return terminal.color ? plain.replace(mark, `\u001b[${LOOKS[status].code}m${mark}\u001b[0m`) : plain
  })
  const rest = against.length - shown.length
  return [...lines, ...(rest > 0 ? [row('', `and ${rest} more: see ${where}`, terminal)] : [])]
}

/** The passed controls with a test that could not be answered, which may fail. */
function inPart({ controls }: Judgement, terminal: Terminal): string[] {
  const partly = passedInPart(controls)
  if (partly.length === 0) return []
  const more = partly.length > WORST ? ` and ${partly.length - WORST} more` : ''
  const names = partly.slice(0, WORST).map(({ id }) => plainLine(id))
  return [
    row('in part', `passed, but not in full: ${names.join(', ')}${more}`, terminal),
    row('', '`unanswered.max` in the threshold limits them', terminal),
  ]
}

/** A label and what it is about, cut to the terminal's width. */
function row(label: string, value: string, { width }: Terminal): string {
  const line = `  ${label.padEnd(LABEL)}${value}`
  const letters = [...line]
  return width === LOG.width || letters.length <= width ? line.trimEnd() : `${letters.slice(0, width - 1).join('')}…`
}
