import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from '@jest/globals'
import type { ValidateFunction } from 'ajv'
import Ajv from 'ajv-draft-04'
import fc from 'fast-check'
import { validateXML } from 'xmllint-wasm'
import { renderGitLab } from '../../src/render/gitlab.ts'
import { renderJUnit } from '../../src/render/junit.ts'
import { renderSarif } from '../../src/render/sarif.ts'
import type { ScanReport } from '../../src/report/report.ts'
import { failedReport, many, realResults, reportOn, resultsOf, rhel9 } from '../report/reports.ts'
import { expectGolden } from './golden.ts'

const schema = (name: string) => readFileSync(join(import.meta.dirname, '..', 'data', 'schemas', name), 'utf8')
const xsd = schema('junit-10.xsd')
let sarifSchema: ValidateFunction
beforeAll(() => {
  const { default: Draft04 } = Ajv as unknown as { default: typeof Ajv.default }
  const ajv = new (Draft04 ?? (Ajv as unknown as typeof Ajv.default))({ strict: false, validateFormats: false })
  sarifSchema = ajv.compile(JSON.parse(schema('sarif-2.1.0.json')) as object)
})

interface Sarif {
  runs: {
    tool: {
      driver: {
        rules: {
          id: string
          help: { text: string; markdown: string }
          properties: { tags: string[]; 'security-severity': string }
        }[]
      }
    }
    invocations: { executionSuccessful: boolean; toolExecutionNotifications: { message: { text: string } }[] }[]
    results: {
      ruleId: string
      ruleIndex: number
      level: string
      message: { text: string }
      locations: { physicalLocation: { artifactLocation: { uri: string }; region: { startLine: number } } }[]
      partialFingerprints: Record<string, string>
      suppressions?: object[]
    }[]
  }[]
}

function sarif(...reports: ScanReport[]): Sarif['runs'][0] {
  const text = renderSarif(reports)
  const document = JSON.parse(text) as Sarif
  // the schema wants unique items, which ajv compares each with each: of thousands the first hundreds
  const [{ tool, results, ...rest }] = document.runs as [Sarif['runs'][0]]
  const rules = tool.driver.rules.slice(0, 600)
  const some = {
    ...document,
    runs: [{ ...rest, tool: { driver: { ...tool.driver, rules } }, results: results.slice(0, 600) }],
  }
  expect({ valid: sarifSchema(some), errors: sarifSchema.errors }).toEqual({ valid: true, errors: null })
  expect(gzipSync(text).length).toBeLessThan(10_000_000)
  const run = document.runs[0]!
  expect(run.results.length).toBeLessThanOrEqual(25_000)
  for (const { properties } of run.tool.driver.rules) expect(properties.tags.length).toBeLessThanOrEqual(20)
  for (const { ruleId, ruleIndex } of run.results) expect(run.tool.driver.rules[ruleIndex]!.id).toBe(ruleId)
  return run
}

async function junit(...reports: ScanReport[]): Promise<{ xml: string; suites: Record<string, number>[] }> {
  const xml = renderJUnit(reports)
  const { valid, errors } = await validateXML({
    xml: [{ fileName: 'junit.xml', contents: xml }],
    schema: [xsd],
    maxMemoryPages: 4096,
  })
  expect({ valid, errors: errors.map(({ message }) => message) }).toEqual({ valid: true, errors: [] })
  const suites = [
    ...xml.matchAll(/<testsuite name="[^"]*" tests="(\d+)" failures="(\d+)" errors="(\d+)" skipped="(\d+)"/g),
  ].map(([, tests, failures, errors, skipped]) => ({
    tests: Number(tests),
    failures: Number(failures),
    errors: Number(errors),
    skipped: Number(skipped),
  }))
  const elements = (name: string) => xml.match(new RegExp(`<${name}[ >]`, 'g'))?.length ?? 0
  const sum = (key: string) => suites.reduce((total, suite) => total + suite[key as 'tests'], 0)
  expect([elements('testcase'), elements('failure'), elements('error'), elements('skipped')]).toEqual(
    ['tests', 'failures', 'errors', 'skipped'].map(sum),
  )
  return { xml, suites }
}

interface Issue {
  description: string
  check_name: string
  fingerprint: string
  severity: string
  location: { path: string; lines: { begin: number } }
}

function gitlab(...reports: ScanReport[]): Issue[] {
  const text = renderGitLab(reports)
  expect(Buffer.byteLength(text)).toBeLessThan(20_000_000)
  const issues = JSON.parse(text) as Issue[]
  for (const issue of issues) {
    expect(Object.keys(issue)).toEqual(['description', 'check_name', 'fingerprint', 'severity', 'location'])
    expect(['info', 'minor', 'major', 'critical', 'blocker']).toContain(issue.severity)
    expect(issue.location.path).not.toMatch(/^(\/|\.\/|$)/)
  }
  expect(new Set(issues.map(({ fingerprint }) => fingerprint)).size).toBe(issues.length)
  return issues
}

const REAL: readonly [string, () => ReturnType<typeof realResults>][] = [
  ['RHEL 9 STIG at baseline', () => rhel9('baseline')],
  ['RHEL 9 STIG at restricted', () => rhel9('restricted')],
  ['a triple overlay', () => realResults('real-triple-overlay.json')],
  ['Trivy', () => realResults('real-trivy.json')],
  ['a database audit', () => realResults('real-dbprotect.json')],
  ['two profiles with the same ids', () => realResults('two-profiles-sameids-a.json')],
  ['waivers', () => realResults('waivers-a.json')],
  ['5,000 controls', () => many(5000)],
]

describe.each(REAL)('%s', (_, results) => {
  let report: ScanReport
  beforeAll(() => {
    report = reportOn(results())
  })
  const count = (status: 'failed' | 'error' | 'skipped' | 'no_impact') => report.judgement.counts[status].total

  test('as SARIF: valid, a rule per control, the verdict’s numbers', () => {
    const run = sarif(report)
    const { controls } = report.judgement
    expect(run.tool.driver.rules.length).toBe(new Set(controls.map(({ profile, id }) => `${profile}/${id}`)).size)
    const unwaived = run.results.filter(({ suppressions }) => suppressions === undefined)
    expect(unwaived.length).toBe(count('failed') + count('error'))
    const waived = controls.filter((control) => control.waived && control.status === 'no_impact')
    expect(run.results.length - unwaived.length).toBe(waived.length)
    expect(run.invocations[0]!.executionSuccessful).toBe(report.judgement.verdict !== 'inconclusive')
  })

  test('as JUnit: valid, a case per control, the verdict’s numbers', async () => {
    const { suites } = await junit(report)
    const own = report.judgement.verdict === 'inconclusive' ? suites.slice(0, -1) : suites
    const sum = (key: string) => own.reduce((total, suite) => total + suite[key]!, 0)
    expect(sum('tests')).toBe(report.judgement.controls.length)
    expect([sum('failures'), sum('errors'), sum('skipped')]).toEqual([
      count('failed'),
      count('error'),
      count('skipped') + count('no_impact'),
    ])
  }, 60_000)

  test('as GitLab code quality: the verdict’s numbers', () => {
    const extra = report.judgement.verdict === 'inconclusive' ? 1 : 0
    expect(gitlab(report).length).toBe(count('failed') + count('error') + extra)
  })
})

test('goldens of one control of each status', () => {
  const report = reportOn(realResults('real-one-of-each.json'))
  expectGolden('one-of-each.sarif', renderSarif([report]))
  expectGolden('one-of-each.junit.xml', renderJUnit([report]))
  expectGolden('one-of-each.gitlab.json', renderGitLab([report]))
})

test('severity comes from the impact and stays in GitHub’s band of the severity', () => {
  const control = (impact: number, severity?: string) => ({
    id: `c-${impact}-${severity}`,
    impact,
    ...(severity ? { tags: { severity } } : {}),
    results: [{ status: 'failed', code_desc: 'a', message: 'b' }],
  })
  const made = [
    control(1),
    control(0.9),
    control(0.7),
    control(0.5),
    control(0.3),
    control(0.5, 'high'),
    control(0.7, 'low'),
  ]
  const run = sarif(reportOn(resultsOf(made)))
  expect(run.tool.driver.rules.map(({ properties }) => properties['security-severity'])).toEqual([
    '10.0',
    '9.1',
    '7.0',
    '5.0',
    '3.0',
    '7.0',
    '3.9',
  ])
  expect(run.results.map(({ level }) => level)).toEqual(['error', 'error', 'error', 'error', 'warning', 'note', 'note'])
})

describe('where a finding stands', () => {
  const control = (ref: string) => ({
    id: 'a',
    impact: 0.5,
    source_location: { ref, line: 7 },
    results: [{ status: 'failed', message: 'no' }],
  })
  const placed = (ref: string, repository: ScanReport['scan']['repository']) => {
    const report = reportOn(resultsOf([control(ref)]), { repository })
    const [result] = sarif(report).results
    const [issue] = gitlab(report)
    const place = result!.locations[0]?.physicalLocation
    return [place?.artifactLocation.uri, place?.region.startLine, issue!.location.path, issue!.location.lines.begin]
  }

  test('is the profile’s source where the profile lies in the repository, else the threshold or workflow', () => {
    const fallback = 'ci/threshold.yml'
    expect(placed('/scan/profile/controls/my file.rb', { profile: 'profiles/mine', fallback })).toEqual([
      'profiles/mine/controls/my%20file.rb',
      7,
      'profiles/mine/controls/my file.rb',
      7,
    ])
    expect(placed('/scan/profile/controls/a.rb', { profile: '', fallback })[0]).toBe('controls/a.rb')
    for (const ref of ['/home/x/.inspec/cache/1/controls/a.rb', '/scan/profile/../../etc/passwd', ''])
      expect(placed(ref, { profile: 'p', fallback })).toEqual([fallback, 1, fallback, 1])
    expect(placed('/scan/profile/controls/a.rb', { profile: undefined, fallback: undefined })).toEqual([
      undefined,
      undefined,
      '.gitlab-ci.yml',
      1,
    ])
  })
})

test('fingerprints stay over runs, tags and messages, and tell images and profiles apart', () => {
  const at = (image: string, message = 'x') =>
    reportOn(resultsOf([{ id: 'a', impact: 0.5, results: [{ status: 'failed', message }] }]), { image })
  const prints = (...reports: ScanReport[]) => gitlab(...reports).map(({ fingerprint }) => fingerprint)
  const [one] = prints(at('registry.example:5000/app:1'))
  expect(prints(at(`registry.example:5000/app:2@sha256:${'a'.repeat(64)}`, 'other'))).toEqual([one])
  expect(prints(at('registry.example:5000/other:1'))).not.toEqual([one])
  expect(new Set(prints(at('app:1'), at('app:2'))).size).toBe(2)
  const [result] = sarif(at('registry.example:5000/app:9')).results
  expect(result!.partialFingerprints['sidecarScan/v1']).toBe(one)
})

test('a waived control is a suppressed result, with its justification', () => {
  const waiver_data = { skipped_due_to_waiver: true, justification: 'until the move', expiration_date: '2030-01-01' }
  const made = resultsOf([
    { id: 'w', impact: 0.7, waiver_data, results: [{ status: 'skipped', skip_message: 'waived' }] },
  ])
  const [result] = sarif(reportOn(made)).results
  expect(result!.suppressions).toEqual([{ kind: 'external', status: 'accepted', justification: 'until the move' }])
})

test('what proves nothing is never silent', async () => {
  const broken = failedReport('the image cannot be pulled', 'check `image`')
  const run = sarif(broken)
  expect(run.invocations[0]).toMatchObject({ executionSuccessful: false })
  expect(run.invocations[0]!.toolExecutionNotifications[0]!.message.text).toContain('the image cannot be pulled')
  const { xml, suites } = await junit(broken)
  expect(suites).toEqual([{ tests: 1, failures: 0, errors: 1, skipped: 0 }])
  expect(xml).toContain('the image cannot be pulled')
  expect(gitlab(broken)).toMatchObject([{ severity: 'blocker', check_name: 'sidecar-scan/verdict' }])
  expect(gitlab(reportOn(resultsOf([{ id: 'a', impact: 0.5, results: [{ status: 'passed' }] }])))).toEqual([])
})

test('hostile text is text in every format', async () => {
  const odd = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({
      unit: fc.constantFrom(...'\u0000\u0001\u001b[]<>&"\'\ufffe\uffff\ud800\udc00]]><!-- \n\r\t{}$`'),
      maxLength: 40,
    }),
  )
  const samples = fc.sample(odd, { numRuns: 600, seed: 7 })
  const controls = samples.map((sample, n) => ({
    id: `${n}${sample}`,
    title: sample,
    desc: sample,
    impact: 0.5,
    tags: { gid: sample, nist: [sample] },
    code: sample,
    descriptions: [{ label: 'fix', data: sample }],
    results: [
      {
        status: ['failed', 'skipped', 'error'][n % 3],
        code_desc: sample,
        message: sample,
        skip_message: sample,
        backtrace: n % 3 === 2 ? ['x'] : null,
      },
    ],
  }))
  const report = reportOn(resultsOf(controls), { image: 'a"<b>&\u0001' })
  expect(sarif(report).results.length).toBe(report.judgement.counts.failed.total + report.judgement.counts.error.total)
  const { suites } = await junit(report)
  expect(suites[0]!['tests']).toBe(samples.length)
  expect(gitlab(report).length).toBe(report.judgement.counts.failed.total + report.judgement.counts.error.total)
}, 60_000)
