import { SEVERITIES } from '../judge/counts.ts'
import type { Control } from '../judge/types.ts'
import { worstVerdict } from '../judge/verdict.ts'
import { gateRows } from '../report/gate.ts'
import { reasonOf, worstFirst } from '../report/reasons.ts'
import type { ScanReport } from '../report/report.ts'
import { code, table, text } from './markdown.ts'
import { rankedReports } from './summary.ts'
import { figures, hasFigures, verdictHead, verdictSentence } from './words.ts'

/** Where a reader of the comment finds the rest. Addresses of the server itself; undefined where there is none. */
export interface CommentLinks {
  /** The page of the workflow run, with its job summary. */
  readonly run: string | undefined
  readonly artifact: string | undefined
  /** The commit the pull request asks for. */
  readonly commit: string | undefined
}

/** GitHub refuses a comment of more than 65,536 characters. Counted in UTF-16 code units, which are never fewer. */
const COMMENT_LIMIT = 65_536

/** How much a comment holds: less and less, until it fits. */
interface Detail {
  readonly controls: number
  readonly limits: number
  readonly images: number
  /** Characters of a text from the profile or the scanner. */
  readonly letters: number
}

const STEPS: readonly Detail[] = [
  { controls: 10, limits: 20, images: 100, letters: 300 },
  { controls: 10, limits: 10, images: 50, letters: 120 },
  { controls: 5, limits: 5, images: 20, letters: 60 },
  { controls: 0, limits: 0, images: 0, letters: 60 },
]

/**
 * A run as a comment on a pull request: verdict, figures, breached limits and the worst failing controls; of several images a
 * table, the worst first. `marker` is its first line, by which it is found again. Detail is dropped step by step until it fits.
 */
export function renderComment(
  reports: readonly ScanReport[],
  marker: string,
  links: CommentLinks,
  limit = COMMENT_LIMIT,
): string {
  const [first, ...rest] = STEPS.map((detail) => commentWith(reports, marker, links, detail))
  return [first!, ...rest].find((comment) => comment.length < limit) ?? rest.at(-1)!
}

function commentWith(reports: readonly ScanReport[], marker: string, links: CommentLinks, detail: Detail): string {
  const ranked = rankedReports(reports)
  const verdict = worstVerdict(ranked.map(({ judgement }) => judgement.verdict))
  const { icon, word } = verdictHead(ranked.find(({ judgement }) => judgement.verdict === verdict)!.judgement)
  const body = ranked.length === 1 ? oneImage(ranked[0]!, detail) : imagesTable(ranked, detail)
  return [marker, `### ${icon} Sidecar Scan: ${word}`, ...body, ...worstControls(ranked, detail), linksLine(links)]
    .filter((part) => part !== '')
    .join('\n\n')
}

function oneImage({ scan, judgement, failure }: ScanReport, detail: Detail): string[] {
  // breached limits are in the table below; the sentence would repeat them
  const breached = gateRows(judgement).filter(({ breached }) => breached)
  const sentence = breached.length > 0 && detail.limits > 0 ? '' : text(verdictSentence(judgement), 4 * detail.letters)
  return [
    `${code(scan.image, 200)} · ${text(scan.profile, 200)}`,
    sentence,
    failure?.hint ? `What to do: ${text(failure.hint, 4 * detail.letters)}` : '',
    hasFigures(judgement) ? `**${figures(judgement).join(' · ')}**` : '',
    breached.length === 0 || detail.limits === 0
      ? ''
      : table(
          'lrrl',
          ['Breached limit', 'Limit', 'Actual', 'What would make it pass'],
          breached
            .slice(0, detail.limits)
            .map(({ path, limit, actual, advice }) => [code(path), text(limit), text(actual), text(advice)]),
        ),
    more(breached.length, detail.limits, 'breached limit'),
  ]
}

function imagesTable(ranked: readonly ScanReport[], { images, letters }: Detail): string[] {
  const rows = ranked
    .slice(0, images)
    .map(({ scan, judgement, failure }) => [
      `${verdictHead(judgement).icon} ${verdictHead(judgement).word}`,
      code(scan.image, 200),
      failure ? text(failure.message, letters) : `${figures(judgement).join(' · ')}`,
    ])
  return [
    `${ranked.length} images`,
    rows.length === 0 ? '' : table('lll', ['Verdict', 'Image', 'Result'], rows),
    more(ranked.length, images, 'image'),
  ]
}

/** The failing controls of all images, the worst first. */
function worstControls(ranked: readonly ScanReport[], { controls: most, letters }: Detail): string[] {
  const several = ranked.length > 1
  const rank = ({ control }: { control: Control }) => SEVERITIES.indexOf(control.severity)
  const all = ranked
    .flatMap(({ scan, judgement }) =>
      worstFirst(judgement.controls, 'failed', 'error').map((control) => ({ control, image: scan.image })),
    )
    .sort((a, b) => rank(a) - rank(b))
  if (all.length === 0 || most === 0) return []
  const rows = all
    .slice(0, most)
    .map(({ control, image }) => [...controlCells(control, letters), ...(several ? [code(image, 200)] : [])])
  const head = ['Severity', 'Control', 'Title', 'Found', ...(several ? ['Image'] : [])]
  return [table(several ? 'lllll' : 'llll', head, rows), more(all.length, most, 'control')]
}

function controlCells(control: Control, letters: number): string[] {
  const what = control.status === 'error' ? 'error: ' : ''
  return [
    control.severity,
    code(control.id, 120),
    text(control.title, letters),
    text(`${what}${reasonOf(control)}`, letters),
  ]
}

function more(many: number, shown: number, what: string): string {
  const rest = shown === 0 ? 0 : many - shown
  return rest > 0 ? `and ${rest} more ${what}${rest === 1 ? '' : 's'}` : ''
}

function linksLine({ run, artifact, commit }: CommentLinks): string {
  const parts = [run && `[Job summary](${run})`, artifact && `[Results](${artifact})`]
  return [...parts, commit && `for commit ${code(commit.slice(0, 7))}`].filter(Boolean).join(' · ')
}
