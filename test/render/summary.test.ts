import { describe, expect, test } from '@jest/globals'
import { renderRunSummary, renderSummary } from '../../src/render/summary.ts'
import { failedReport, realResults, reportOn, resultsOf, rhel9 } from '../report/reports.ts'
import { expectBeside } from './golden.ts'

const MIB = 1024 * 1024
const bytes = (text: string) => Buffer.byteLength(text)
const headings = (markdown: string) => markdown.split('\n').filter((line) => /^#/.test(line))
/** The part of a summary below a heading, to the next one of its kind. */
const section = (markdown: string, heading: string) => markdown.split(`\n### ${heading}`)[1]?.split('\n### ')[0] ?? ''
/** Ids in `<code>` of the real profiles. */
const ids = (markdown: string) => new Set(markdown.match(/(?<=<code>)SV-\d+(?=<\/code>)/g) ?? [])

const failedControl = (id: string, fields: object = {}) => ({
  id,
  title: `Title of ${id}`,
  impact: 0.7,
  tags: {},
  results: [{ status: 'failed', code_desc: 'a test', message: 'expected 1\n got 2' }],
  ...fields,
})

describe('the summary of real results', () => {
  test.each([
    ['one control of each status', 'real-one-of-each.json'],
    ['an overlay on an overlay', 'real-triple-overlay.json'],
    ['waived controls', 'waivers-a.json'],
    ['nothing that applies', 'all-na-a.json'],
  ])('%s: the summary beside %s', (_, name) => {
    expectBeside(`threshold/hdf/${name}`, '.summary.md', renderSummary(reportOn(realResults(name))))
  })

  test('the RHEL 9 STIG: first screen and headings', () => {
    const summary = renderSummary(reportOn(rhel9('baseline'), { threshold: 'compliance.min: 60, failed.high.max: 0' }))
    const head = summary.split('\n### ')[0]!
    expectBeside(
      'results/rhel9-stig-baseline.json.gz',
      '.summary-head.md',
      `${head}\n${headings(summary).join('\n')}\n`,
    )
    expect(bytes(summary)).toBeLessThan(MIB)
  })

  test('every failed control and every one with errors has an entry with all its failed tests and the fix', () => {
    const report = reportOn(rhel9('baseline'))
    const summary = renderSummary(report)
    for (const [status, heading] of [
      ['failed', 'Failed controls'],
      ['error', 'Controls with errors'],
    ] as const) {
      const wanted = report.judgement.controls.filter((control) => control.status === status)
      expect([...ids(section(summary, heading))].sort()).toEqual(wanted.map(({ id }) => id).sort())
    }
    const entry = summary.split('<code>SV-257784</code>')[1]!.split('</details>')[0]!
    expect(entry).toContain('**Found** (2 of 2 tests)')
    expect(entry).toContain('exit_status is expected to eq 0')
    expect(entry).toContain('stdout is expected to match')
    expect(entry).toContain('sudo mkdir -p /etc/systemd/system.conf.d')
    expect(entry).toContain('RHEL-09-211045')
    expect(entry).toContain('controls/SV-257784.rb:1')
  })

  test.each(['baseline', 'restricted'] as const)('every control that was not reviewed has its reason (%s)', (level) => {
    const report = reportOn(rhel9(level), { podSecurity: level })
    const summary = renderSummary(report)
    const below = section(summary, 'Not reviewed') + section(summary, 'Not answered')
    const skipped = report.judgement.controls.filter(({ status }) => status === 'skipped').map(({ id }) => id)
    expect(skipped.filter((id) => !ids(below).has(id))).toEqual([])
    expect(below).not.toMatch(/^\|\s*\|/m)
    const notApplicable = report.judgement.controls.filter(({ status }) => status === 'no_impact').map(({ id }) => id)
    expect(notApplicable.filter((id) => !ids(section(summary, 'Not applicable')).has(id))).toEqual([])
  })

  test('what was not answered names the input that answers it, and what passed in part is said to', () => {
    const report = reportOn(rhel9('restricted'), { podSecurity: 'restricted' })
    const summary = renderSummary(report)
    expect(section(summary, 'Not answered')).toContain('`pod-security: baseline`')
    const partly = report.judgement.controls.filter(
      ({ status, unanswered }) => status === 'passed' && unanswered,
    ).length
    expect(partly).toBeGreaterThan(0)
    expect(summary).toContain(`60 passed, ${partly} of them not in full`)
  })
})

describe('the gate', () => {
  const controls = [
    ...Array.from({ length: 6 }, (_, n) => failedControl(`f-${n}`, { impact: n === 0 ? 0.9 : 0.5 })),
    ...Array.from({ length: 4 }, (_, n) => ({ id: `p-${n}`, impact: 0.5, results: [{ status: 'passed' }] })),
  ]

  test('says what would make each breached limit pass, and it does', () => {
    const threshold = 'compliance.min: 80, failed.critical.max: 0, failed.total.max: 4, passed.total.min: 5'
    const summary = renderSummary(reportOn(resultsOf(controls), { threshold }))
    expect(summary).toContain('40 percentage points below the limit | fix 4 controls, or waive 5')
    expect(summary).toContain('fix 1 critical control, or waive it')
    expect(summary).toContain('fix 2 controls, or waive them')
    expect(summary).toContain('make 1 more control pass')
    const passing = (fixed: number, waived: number) =>
      reportOn(
        resultsOf(
          controls
            .map((control, n) => (n < fixed ? { ...control, results: [{ status: 'passed' }] } : control))
            .map((control, n) => (n >= fixed && n < fixed + waived ? { ...control, impact: 0 } : control)),
        ),
        { threshold: 'compliance.min: 80' },
      ).judgement.verdict
    expect([passing(4, 0), passing(3, 0), passing(0, 5), passing(0, 4)]).toEqual([
      'passed',
      'failed',
      'passed',
      'failed',
    ])
  })

  test('does not contradict an inconclusive verdict', () => {
    const skipped = [{ id: 'a', impact: 0.5, results: [{ status: 'skipped', skip_message: 'no reason at all' }] }]
    const summary = renderSummary(reportOn(resultsOf(skipped)))
    expect(summary).toContain('inconclusive')
    expect(summary).toContain('do not decide the verdict')
  })
})

describe('within the limit', () => {
  const many = (count: number, letters: number) =>
    resultsOf(
      Array.from({ length: count }, (_, n) =>
        failedControl(`c-${n}`, {
          desc: 'é'.repeat(letters),
          descriptions: [{ label: 'fix', data: 'ö\n'.repeat(letters / 2) }],
        }),
      ),
    )

  test('detail is dropped step by step, never in the middle', () => {
    for (const [count, letters] of [
      [50, 100],
      [400, 2000],
      [5000, 2000],
      [5000, 20],
    ] as const) {
      const summary = renderSummary(reportOn(many(count, letters)))
      expect(bytes(summary)).toBeLessThan(900 * 1024)
      expect(summary.match(/<details/g)).toHaveLength(summary.match(/<\/details>/g)!.length)
      expect(summary).toContain(`### Failed controls (${count})`)
      expect(summary).toContain('Where this comes from')
    }
  })

  test('fits whatever is left to it', () => {
    const report = reportOn(many(300, 200))
    let before = 0
    for (const limit of [600, 2_000, 20_000, 60_000, 200_000, 600_000]) {
      const summary = renderSummary(report, limit)
      expect(bytes(summary)).toBeLessThanOrEqual(limit)
      expect(bytes(summary)).toBeGreaterThanOrEqual(before)
      before = bytes(summary)
    }
  })

  test('several images: one table, worst first, a section each; what a short one leaves, a long one has', () => {
    const long = reportOn(many(2000, 1000), { image: 'long' })
    const short = reportOn(resultsOf([failedControl('a')]), { image: 'short' })
    const fine = reportOn(resultsOf([{ id: 'a', impact: 0.5, results: [{ status: 'passed' }] }]), { image: 'fine' })
    const broken = failedReport('the image cannot be pulled', 'check `image`', { image: 'broken' })
    const summary = renderRunSummary([fine, short, long, broken])
    expect(bytes(summary)).toBeLessThan(900 * 1024)
    expect(bytes(summary)).toBeGreaterThan(bytes(renderSummary(long)) * 0.9)
    const rows = summary.split('\n').filter((line) => /^\| [❌✅⚠]/u.test(line) && line.includes(' % |'))
    expect(rows.slice(0, 3).map((row) => /<code>(\w+)/.exec(row)?.[1])).toEqual(['long', 'short', 'fine'])
    expect(headings(summary).slice(0, 2)).toEqual(['# ⚠️ Sidecar Scan: inconclusive', '## ⚠️ Sidecar Scan: inconclusive'])
    expect(summary).toContain('**What to do:** check')
  })

  test('200 images share it', () => {
    const reports = Array.from({ length: 200 }, (_, n) => reportOn(many(n % 40, 400), { image: `image-${n}` }))
    const summary = renderRunSummary(reports)
    expect(bytes(summary)).toBeLessThan(900 * 1024)
    for (let n = 0; n < 200; n++) expect(summary).toContain(`image-${n}</code> · `)
  })
})

test('every known digest of the image is named, and that none is known is said', () => {
  const [one, other] = ['a', 'b'].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string]
  const report = reportOn(resultsOf([]))
  const image = (imageDigest: string | undefined, imageDigests: string[]) =>
    /\| Image \|.*/.exec(renderSummary({ ...report, evidence: { ...report.evidence!, imageDigest, imageDigests } }))![0]
  expect(image(one, [one, other])).toContain(`at <code>${one}</code>, also known as <code>${other}</code>`)
  expect(image(one, [one])).not.toContain('also known')
  expect(image(undefined, [])).toContain('digest unknown')
  expect(image(undefined, [other])).toContain('digest unknown')
})

test('a description that only repeats the title is not given as the reason', () => {
  const control = (desc: string) => ({ id: 'a', title: 'Use TLS', desc, impact: 0.5, results: [{ status: 'failed' }] })
  const summary = (desc: string) => renderSummary(reportOn(resultsOf([control(desc)])))
  expect(summary('Use  TLS\n')).not.toContain('**Why**')
  expect(summary('Text on the wire can be read')).toContain('**Why** Text on the wire can be read')
})

test('the same report gives the same bytes', () => {
  const once = renderSummary(reportOn(rhel9('restricted')))
  expect(renderSummary(reportOn(rhel9('restricted')))).toBe(once)
})
