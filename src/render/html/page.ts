import { createHash } from 'node:crypto'
import { SEVERITIES } from '../../judge/counts.ts'
import type { Judgement, Status } from '../../judge/types.ts'
import { worstVerdict } from '../../judge/verdict.ts'
import { plainText } from '../../log/plain.ts'
import { gateRows } from '../../report/gate.ts'
import { unansweredGroups } from '../../report/reasons.ts'
import type { ScanReport } from '../../report/report.ts'
import { figures, hasFigures, STATUS_TITLES, thresholdSource, total, verdictHead, verdictSentence } from '../words.ts'
import { controlData, WORDS } from './data.ts'
import { SCRIPT } from './script.ts'
import { STYLE } from './style.ts'

const STATUSES: readonly Status[] = ['passed', 'failed', 'error', 'skipped', 'no_impact']

/**
 * The HTML report: one file that opens from a folder, without the network, which its own policy forbids. What is read first
 * is plain HTML; the controls are data that the page's script lists.
 */
export function renderHtml(reports: readonly ScanReport[]): string {
  const verdict = worstVerdict(reports.map(({ judgement }) => judgement.verdict))
  const worst = reports.find(({ judgement }) => judgement.verdict === verdict)!
  const several = reports.length > 1
  const title = `Sidecar Scan: ${verdictHead(worst.judgement).word}`
  const policy = `default-src 'none'; style-src 'sha256-${digest(STYLE)}'; script-src 'sha256-${digest(SCRIPT)}'; base-uri 'none'; form-action 'none'`
  const data = JSON.stringify({ words: WORDS, severities: SEVERITIES, controls: controlData(reports) })
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header class="verdict ${verdict}">
<h1>${escapeHtml(title)}</h1>
${several ? imagesTable(reports) : `<p><code>${escapeHtml(worst.scan.image)}</code> · ${escapeHtml(verdictSentence(worst.judgement))}</p>`}
</header>
<main>
${reports.map((report, index) => imageSection(report, several ? `, image ${index + 1}: ${report.scan.image}` : '')).join('\n')}
<h2 id="controls">Controls</h2>
${filterForm(reports)}
<p id="said" role="status"></p>
<noscript><p>The list of controls needs this page’s own script; everything above does not.</p></noscript>
<div id="list"></div>
<p class="dim">* not answered in full. Keys: / searches, j and k move, Enter opens.</p>
</main>
<script type="application/json" id="data">${data.toWellFormed().replaceAll('<', '\\u003c')}</script>
<script>${SCRIPT}</script>
</body>
</html>
`
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64')
}

/** Text from outside as text of the page, in elements and attributes. */
function escapeHtml(value: string): string {
  return plainText(value)
    .toWellFormed()
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[], label: string): string {
  const cell = (value: string | number) =>
    typeof value === 'number' ? `<td class="n">${value}</td>` : `<td>${escapeHtml(value)}</td>`
  const body = rows.map((cells) => `<tr>${cells.map(cell).join('')}</tr>`).join('\n')
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(label)}"><table><thead><tr>${head.map((name) => `<th scope="col">${escapeHtml(name)}</th>`).join('')}</tr></thead><tbody>\n${body}\n</tbody></table></div>`
}

function imagesTable(reports: readonly ScanReport[]): string {
  const rows = reports.map(({ scan, judgement }) => [
    verdictHead(judgement).word,
    scan.image,
    `${judgement.compliance} %`,
    ...STATUSES.map((status) => judgement.counts[status].total),
  ])
  return table(['Verdict', 'Image', 'Compliance', ...STATUSES.map((status) => STATUS_TITLES[status])], rows, 'Images')
}

/** `of` names the image among several: the regions of the page need names of their own. */
function imageSection(report: ScanReport, of: string): string {
  const { judgement, scan, failure } = report
  const several = of !== ''
  const parts = [
    several ? `<p>${escapeHtml(verdictSentence(judgement))}</p>` : '',
    failure?.hint ? `<p><strong>What to do:</strong> ${escapeHtml(failure.hint)}</p>` : '',
    ...judgement.warnings.slice(0, 50).map((warning) => `<p><strong>Warning:</strong> ${escapeHtml(warning)}</p>`),
    hasFigures(judgement) ? overview(judgement, of) : '',
    ...foldedParts(report, of),
  ]
  const content = parts.filter(Boolean).join('\n')
  if (!several) return content
  return `<details class="part"><summary>${escapeHtml(`${verdictHead(judgement).word}: ${scan.image}`)}</summary>\n${content}\n</details>`
}

function overview(judgement: Judgement, of: string): string {
  const gate = gateRows(judgement).map(({ path, limit, actual, breached, distance, advice }) => [
    breached ? 'breached' : 'kept',
    path,
    limit,
    actual,
    distance,
    advice,
  ])
  const counts = SEVERITIES.map((severity) => [
    severity,
    ...STATUSES.map((status) => judgement.counts[status][severity]),
  ])
  return [
    `<ul class="figures">${figures(judgement)
      .map((figure) => `<li>${escapeHtml(figure)}</li>`)
      .join('')}</ul>`,
    barChart(judgement),
    `<h2>Threshold</h2>\n<p>${escapeHtml(thresholdSource(judgement))}</p>`,
    gate.length === 0
      ? ''
      : table(['State', 'Limit', 'Set', 'Found', 'Distance', 'What would make it pass'], gate, `Limits${of}`),
    judgement.verdict === 'inconclusive'
      ? '<p>These limits do not decide the verdict: the results prove nothing.</p>'
      : '',
    '<h2>By severity</h2>',
    table(['Severity', ...STATUSES.map((status) => STATUS_TITLES[status])], counts, `Controls by severity${of}`),
  ].join('\n')
}

/** Colours alone say nothing on paper: the chart is described, and the figures stand above it. */
function barChart(judgement: Judgement): string {
  const all = total(judgement)
  let left = 0
  const parts = STATUSES.map((status) => {
    const width = (100 * judgement.counts[status].total) / all
    const rect = `<rect class="${status}-c" x="${left.toFixed(3)}" y="0" width="${width.toFixed(3)}" height="4"/>`
    left += width
    return width > 0 ? rect : ''
  })
  const words = STATUSES.map((status) => `${judgement.counts[status].total} ${STATUS_TITLES[status].toLowerCase()}`)
  return `<svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" role="img" aria-label="${escapeHtml(words.join(', '))}">${parts.join('')}</svg>`
}

function foldedParts(report: ScanReport, of: string): string[] {
  const { judgement, scan, evidence } = report
  const part = (title: string, content: string) =>
    `<details class="part"><summary>${escapeHtml(title)}</summary>\n${content}\n</details>`
  const groups = unansweredGroups(judgement.controls, scan)
  const { waivers, changes } = judgement
  const inputs = report.inputs.map(({ name, value }) => [name, value])
  const changed =
    changes === null
      ? []
      : Object.entries(changes).map(([name, ids]) => [
          CHANGES[name as keyof typeof CHANGES],
          ids.length,
          ids.join(', '),
        ])
  const facts: [string, string | undefined][] = [
    ['Image', scan.image],
    ['Image digest', evidence?.imageDigests.join(', ')],
    ['Profile', scan.profile],
    ['Scanner', scan.scannerImage],
    ['Scanner digest', evidence?.scannerDigest],
    ['Scanner version', evidence?.scannerVersion],
    ['Engine', scan.engine],
    ['Pod Security', scan.podSecurity],
    ['Run', scan.runId],
    ['Started', scan.startedAt],
    ['SHA-256 of the results', evidence?.resultsSha256],
  ]
  return [
    groups.length === 0
      ? ''
      : part(
          `Not answered (${groups.reduce((sum, { controls }) => sum + controls.length, 0)})`,
          table(
            ['Question', 'Controls', 'Answered with'],
            groups.map(({ reason, controls, answer }) => [
              reason,
              controls.length,
              answer?.replaceAll('`', '') ?? 'no input',
            ]),
            `Not answered${of}`,
          ),
        ),
    waivers.length === 0
      ? ''
      : part(
          `Waivers (${waivers.length})`,
          table(
            ['Control', 'State', 'Until', 'Justification', 'Note'],
            waivers.map((waiver) => [
              waiver.controlId,
              waiver.state,
              waiver.expirationDate ?? 'no end',
              waiver.justification || '(none given)',
              waiver.warning ?? '',
            ]),
            `Waivers${of}`,
          ),
        ),
    changed.length === 0
      ? ''
      : part('Since the baseline', table(['Change', 'Controls', 'Ids'], changed, `Since the baseline${of}`)),
    inputs.length === 0
      ? ''
      : part(`Inputs of the profile (${inputs.length})`, table(['Input', 'Value'], inputs, `Inputs${of}`)),
    part(
      'Where this comes from',
      `<dl>${facts
        .filter(([, value]) => value)
        .map(([name, value]) => `<dt>${name}</dt><dd>${escapeHtml(value!)}</dd>`)
        .join('')}</dl>`,
    ),
  ].filter(Boolean)
}

const CHANGES = {
  newlyFailing: 'Newly failing',
  fixed: 'Fixed',
  stillFailing: 'Still failing',
  noLongerTested: 'Failed before, not tested now',
  newlyUnanswered: 'Newly unanswered',
  gone: 'Gone',
} as const

function filterForm(reports: readonly ScanReport[]): string {
  const option = ([value, label]: readonly [string, string]) =>
    `<option value="${escapeHtml(value)}">${escapeHtml(label)}</option>`
  const select = (name: string, label: string, options: readonly (readonly [string, string])[]) =>
    `<label>${label}<select name="${name}">${options.map(option).join('')}</select></label>`
  const choice = (name: string, label: string, values: readonly string[]) =>
    values.length < 2 ? '' : select(name, label, [['', 'all'], ...values.map((value) => [value, value] as const)])
  const profiles = [...new Set(reports.flatMap(({ judgement }) => judgement.controls.map(({ profile }) => profile)))]
  const images = [...new Set(reports.map(({ scan }) => scan.image))]
  return `<form id="filter">
<label class="wide">Search<input name="text" type="search" autocomplete="off" placeholder="id, title, tag, message"></label>
${select('status', 'Status', [['', 'all'], ['against', 'failed or error'], ...STATUSES.map((status) => [status, STATUS_TITLES[status]] as const), ['unanswered', 'Not answered in full']])}
${select('severity', 'Severity', [['', 'all'], ...SEVERITIES.map((severity) => [severity, severity] as const)])}
${choice('profile', 'Profile', profiles)}${choice('image', 'Image', images)}
${select('sort', 'Order', [
  ['severity', 'worst first'],
  ['profile', 'as in the profile'],
  ['id', 'id'],
])}
<button type="reset">Show all</button>
</form>`
}
