import { controlDetails, described } from '../judge/details.ts'
import type { Control, Severity } from '../judge/types.ts'
import { plainText } from '../log/plain.ts'
import { fingerprint, stableNames } from '../report/fingerprint.ts'
import { repositoryPlace } from '../report/place.ts'
import { findings, reasonOf, worstFirst } from '../report/reasons.ts'
import type { ScanReport } from '../report/report.ts'
import { identifiersOf } from '../report/tags.ts'
import { block, shorten, text } from './markdown.ts'

/** Limits of GitHub code scanning: results it takes (it shows 5,000), rules, tags of a rule. */
const RESULTS_MOST = 25_000
const RULES_MOST = 25_000
const TAGS_MOST = 20
/** A file of 10 MB, compressed, is refused; texts of a rule beyond this are cut. */
const HELP_LETTERS = 6000

const LEVELS: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
  none: 'note',
}

/** GitHub's bands of `security-severity`: the figure comes from the impact and stays in the band of the severity. */
const BANDS: Readonly<Record<Severity, readonly [number, number]>> = {
  critical: [9.1, 10],
  high: [7, 8.9],
  medium: [4, 6.9],
  low: [0.1, 3.9],
  none: [0, 0],
}

interface Rule {
  readonly index: number
  readonly id: string
  readonly control: Control
}

/**
 * SARIF 2.1.0 for code scanning: a rule for each control, a result for each that failed, could not be evaluated or is
 * waived (as a suppression). A scan that proves nothing is a notification of a tool that did not succeed.
 */
export function renderSarif(reports: readonly ScanReport[]): string {
  const rules = rulesOf(reports)
  const names = stableNames(reports)
  const results = reports.flatMap((report) => resultsOf(report, names.get(report)!, rules))
  const document = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Sidecar Scan', rules: [...rules.values()].map(ruleObject) } },
        automationDetails: { id: 'sidecar-scan/' },
        invocations: [invocation(reports)],
        results: results.slice(0, RESULTS_MOST),
      },
    ],
  }
  return `${JSON.stringify(document, null, 1)}\n`
}

/** By profile and control id. Controls of several profiles that share an id are distinguished by the profile's name. */
function rulesOf(reports: readonly ScanReport[]): Map<string, Rule> {
  const controls = new Map<string, Control>()
  for (const { judgement } of reports) {
    for (const control of judgement.controls) {
      const key = keyOf(control)
      if (!controls.has(key) && controls.size < RULES_MOST) controls.set(key, control)
    }
  }
  const shared = new Set<string>()
  const seen = new Set<string>()
  for (const { id } of controls.values()) (seen.has(id) ? shared : seen).add(id)
  return new Map(
    [...controls].map(([key, control], index) => [
      key,
      { index, control, id: clean(shared.has(control.id) ? `${control.profile}/${control.id}` : control.id, 255) },
    ]),
  )
}

function keyOf({ profile, id }: Control): string {
  return `${profile}\u0000${id}`
}

function ruleObject({ id, control }: Rule): object {
  const about = controlDetails(control)
  const [check, fix] = [described(about, 'check'), described(about, 'fix')]
  const parts: [string, string][] = [
    ['', about.desc],
    ['Check', check],
    ['Fix', fix],
  ]
  const said = parts.filter(([, part]) => part.trim() !== '')
  const title = clean(control.title || id, 1000)
  const help = said.map(([head, part]) => [...(head ? [`${head}:`] : []), clean(part, HELP_LETTERS)].join('\n'))
  const markdown = said.map(([head, part]) =>
    head ? `**${head}**\n\n${block(part, HELP_LETTERS)}` : text(part, HELP_LETTERS),
  )
  return {
    id,
    shortDescription: { text: title },
    fullDescription: { text: clean(about.desc || control.title || id, 1000) },
    help: { text: help.join('\n\n') || title, markdown: markdown.join('\n\n') || text(title) },
    defaultConfiguration: { level: LEVELS[control.severity] },
    properties: {
      'security-severity': securitySeverity(control),
      tags: ['security', ...identifiersOf(about).map((tag) => clean(tag, 200))].slice(0, TAGS_MOST),
    },
  }
}

function securitySeverity({ impact, severity }: Control): string {
  const [least, most] = BANDS[severity]
  return Math.min(most, Math.max(least, impact * 10)).toFixed(1)
}

function resultsOf(report: ScanReport, image: string, rules: ReadonlyMap<string, Rule>): object[] {
  const { controls } = report.judgement
  const against = [
    ...worstFirst(controls, 'failed', 'error'),
    ...controls.filter(({ waived, status }) => waived && status === 'no_impact'),
  ]
  return against.flatMap((control) => {
    const rule = rules.get(keyOf(control))
    return rule ? [resultObject(control, rule, report, image)] : []
  })
}

function resultObject(control: Control, rule: Rule, { scan }: ScanReport, image: string): object {
  const place = repositoryPlace(controlDetails(control), scan.repository)
  const hash = fingerprint(control, image)
  return {
    ruleId: rule.id,
    ruleIndex: rule.index,
    level: LEVELS[control.severity],
    message: { text: message(control, scan.image) },
    locations: place === undefined ? [] : [location(place)],
    partialFingerprints: { primaryLocationLineHash: `${hash.slice(0, 32)}:1`, 'sidecarScan/v1': hash },
    ...(control.waived && control.status === 'no_impact' ? { suppressions: [suppression(control)] } : {}),
  }
}

function message(control: Control, image: string): string {
  const title = control.title || control.id
  const found = findings(control).map(({ test, said }) => [test, said].filter(Boolean).join(': ').replace(/\s+/g, ' '))
  const what =
    control.status === 'error' ? 'could not be evaluated' : control.status === 'no_impact' ? 'is waived' : 'failed'
  const why = found.length > 0 ? found.map((line) => `- ${line}`).join('\n') : reasonOf(control)
  return clean(`${title}\n${control.id} ${what} in ${image}:\n${why}`, 3000)
}

function location({ file, line }: { file: string; line: number }): object {
  return {
    physicalLocation: {
      artifactLocation: { uri: file.split('/').map(encodeURIComponent).join('/'), uriBaseId: '%SRCROOT%' },
      region: { startLine: line },
    },
  }
}

function suppression({ waiver }: Control): object {
  return { kind: 'external', status: 'accepted', justification: clean(waiver?.justification ?? '', 1000) }
}

function invocation(reports: readonly ScanReport[]): object {
  const unproven = reports.filter(({ judgement }) => judgement.verdict === 'inconclusive')
  return {
    executionSuccessful: unproven.length === 0,
    toolExecutionNotifications: unproven.map(({ scan, judgement, failure }) => ({
      level: 'error',
      message: {
        text: clean(
          `${scan.image}: ${failure?.message ?? judgement.inconclusive ?? 'the results prove nothing'}${failure?.hint ? `. What to do: ${failure.hint}` : ''}`,
          3000,
        ),
      },
    })),
  }
}

/** Text without what terminals and JSON readers trip over; a lone surrogate is no Unicode. */
function clean(value: string, limit: number): string {
  return shorten(plainText(value).toWellFormed(), limit)
}
