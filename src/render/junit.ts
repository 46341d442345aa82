import type { Control } from '../judge/types.ts'
import { plainText } from '../log/plain.ts'
import { findings, reasonOf } from '../report/reasons.ts'
import type { ScanReport } from '../report/report.ts'
import { shorten } from './markdown.ts'

/** Letters of what a control found. */
const LETTERS = 20_000

/**
 * JUnit's XML as Jenkins, GitLab and GitHub's reporters read it: a suite for each profile and image, a case for each
 * control. What does not apply or nobody reviewed is skipped, with its reason. A scan that proves nothing is an error in a
 * suite of its own, which no count of controls contains.
 */
export function renderJUnit(reports: readonly ScanReport[]): string {
  const suites = reports.flatMap((report) => [...controlSuites(report), ...verdictSuite(report)])
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites name="Sidecar Scan">',
    ...suites,
    '</testsuites>',
    '',
  ].join('\n')
}

function controlSuites({ judgement, scan }: ScanReport): string[] {
  return [...Map.groupBy(judgement.controls, ({ profile }) => profile)].map(([profile, controls]) => {
    const cases = controls.map((control) => testCase(control))
    return suite(`${profile} (${scan.image})`, scan.startedAt, cases, {
      failures: count(controls, 'failed'),
      errors: count(controls, 'error'),
      skipped: count(controls, 'skipped') + count(controls, 'no_impact'),
    })
  })
}

function count(controls: readonly Control[], status: Control['status']): number {
  return controls.filter((control) => control.status === status).length
}

function verdictSuite({ judgement, failure, scan }: ScanReport): string[] {
  if (judgement.verdict !== 'inconclusive') return []
  const said = failure?.message ?? judgement.inconclusive ?? 'the results prove nothing'
  const hint = failure?.hint ? `What to do: ${failure.hint}` : ''
  const error = `<error type="inconclusive" message="${attribute(said)}">${content(hint)}</error>`
  const one = `    <testcase classname="Sidecar Scan" name="verdict">${error}</testcase>`
  return [suite(`verdict (${scan.image})`, scan.startedAt, [one], { failures: 0, errors: 1, skipped: 0 })]
}

function suite(
  name: string,
  startedAt: string,
  cases: readonly string[],
  counts: { failures: number; errors: number; skipped: number },
): string {
  const when = startedAt === '' ? '' : ` timestamp="${attribute(startedAt.replace(/\.\d+Z$/, ''))}"`
  const figures = `tests="${cases.length}" failures="${counts.failures}" errors="${counts.errors}" skipped="${counts.skipped}"`
  return [`  <testsuite name="${attribute(name)}" ${figures}${when}>`, ...cases, '  </testsuite>'].join('\n')
}

function testCase(control: Control): string {
  const name = `${control.id}${control.title ? `: ${control.title}` : ''}`
  return `    <testcase classname="${attribute(control.profile)}" name="${attribute(name)}">${outcome(control)}</testcase>`
}

function outcome(control: Control): string {
  const { status, severity } = control
  const reason = reasonOf(control)
  if (status === 'passed') return ''
  if (status === 'skipped' || status === 'no_impact') return `<skipped message="${attribute(reason)}"/>`
  const found = findings(control).map(({ test, said }) => [test, said].filter(Boolean).join('\n'))
  const element = status === 'failed' ? 'failure' : 'error'
  return `<${element} type="${severity}" message="${attribute(reason)}">${content(found.join('\n\n') || reason)}</${element}>`
}

function attribute(value: string): string {
  return content(shorten(value.replace(/\s+/g, ' ').trim(), 1000)).replaceAll('"', '&quot;')
}

/** Without terminal escapes, and without what XML 1.0 does not allow, not even escaped (2.2, Characters). */
function content(value: string): string {
  return shorten(plainText(value), LETTERS)
    .toWellFormed()
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}
