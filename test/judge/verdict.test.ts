import { describe, expect, test } from '@jest/globals'
import { judge, VERDICT_EXIT } from '../../src/judge/judge.ts'
import { defaultThreshold, noThreshold } from '../../src/judge/threshold.ts'
import { worstVerdict } from '../../src/judge/verdict.ts'
import { UNANSWERED_PREFIX } from '../../src/protocol/sentences.ts'
import { renderThresholdResult } from '../../src/render/threshold-result.ts'
import { verdictHead } from '../../src/render/words.ts'
import { control, judged, NOW, profile, resultsOf } from './hdf-fixture.ts'

const passing = [control('a', 'passed'), control('b', 'passed')]
const unanswered = (id: string, ...statuses: string[]) =>
  control(id, null, {
    results: [
      ...statuses.map((status) => ({ status })),
      { status: 'skipped', skip_message: `${UNANSWERED_PREFIX}no shell` },
    ],
  })

describe('results that prove nothing', () => {
  test.each([1, 2, 3, 102, 172, 137, -1])('scanner exit code %d is inconclusive', (scannerExitCode) => {
    expect(judged(passing, 'compliance.min: 0', { scannerExitCode })).toMatchObject({
      verdict: 'inconclusive',
      inconclusive: expect.stringContaining(`exit code ${scannerExitCode}`),
    })
  })

  test.each([0, 100, 101, undefined])('scanner exit code %p is judged', (scannerExitCode) => {
    expect(judged(passing, 'compliance.min: 0', { scannerExitCode }).verdict).toBe('passed')
  })

  test('fewer controls than the profile lists, or than asked for', () => {
    expect(judged(passing, 'compliance.min: 0', { expectedControls: 2, minControls: 2 }).verdict).toBe('passed')
    expect(judged(passing, 'compliance.min: 0', { expectedControls: 3 }).inconclusive).toContain('2 of the 3 controls')
    expect(judged(passing, 'compliance.min: 0', { minControls: 3 }).inconclusive).toContain('min-controls')
  })

  test('a profile that failed to load or was skipped for its platform; a skipped dependency is ordinary', () => {
    const run = (more: Record<string, unknown>) =>
      judge({
        results: resultsOf(profile('p', passing), profile('q', [control('c', 'passed')], more)),
        threshold: defaultThreshold,
        now: NOW,
      })
    expect(run({}).verdict).toBe('passed')
    // beside others that ran it is named, and the floor of controls can forbid it; alone it is a scan that did not happen
    const skipped = { status: 'skipped', status_message: "Skipping profile: 'q' on unsupported platform." }
    expect(run(skipped).verdict).toBe('passed')
    expect(run(skipped).warnings.join()).toMatch(/the profile q was skipped, and nothing of it was judged .*: Skipping/)
    const alone = resultsOf(profile('q', [control('c', 'passed')], skipped))
    const judged = judge({ results: alone, threshold: defaultThreshold, now: NOW })
    expect(judged.inconclusive).toContain('q was skipped: Skipping')
    expect(run({ status: 'failed', parent_profile: 'p' }).inconclusive).toContain('q failed to load')
    expect(run({ status: 'skipped', parent_profile: 'p' }).verdict).toBe('passed')
    expect(run({ status: 'exploded' }).verdict).toBe('inconclusive')
  })

  test('a profile for another platform: which it is for, which the target is, and what to do', () => {
    const skipped = {
      status: 'skipped',
      status_message: "Skipping profile: 'q' on unsupported platform: 'debian/12.5'.",
      supports: [{ 'platform-name': 'centos', release: '8.*' }, { 'platform-family': 'windows' }],
    }
    const judged = judge({ results: resultsOf(profile('q', [], skipped)), threshold: defaultThreshold, now: NOW })
    expect(judged.inconclusive).toContain(
      'the profile q was skipped: it supports platform-name centos, release 8.* or platform-family windows, and the target is debian 12.5. Use a profile for that platform',
    )
    const nowhere = judge({
      results: resultsOf(profile('q', [], { ...skipped, supports: 'windows' })),
      threshold: defaultThreshold,
      now: NOW,
    })
    expect(nowhere.inconclusive).toContain("q was skipped: Skipping profile: 'q' on unsupported platform")
  })

  test('a critical control that ends in an error breaches the default threshold; one of another severity does not', () => {
    const many = Array.from({ length: 9 }, (_, index) => control(`p${index}`, 'passed'))
    const run = (impact: number) =>
      judge({
        results: resultsOf(profile('p', [...many, control('e', 'error', { impact })])),
        threshold: defaultThreshold,
        now: NOW,
      })
    expect(run(1).violations).toMatchObject([{ path: 'error.critical.max', actual: 1, controls: ['e'] }])
    expect(run(1).verdict).toBe('failed')
    expect(run(0.7).verdict).toBe('passed')
  })

  test('skips only, unless the threshold bounds them', () => {
    const skips = [control('a', 'skipped'), control('b', 'skipped'), control('c', null, { impact: 0 })]
    expect(judged(skips, 'failed.total.max: 0').verdict).toBe('inconclusive')
    expect(judged(skips, 'compliance.min: 70').verdict).toBe('inconclusive')
    expect(judged(skips, 'skipped.total.max: 2').verdict).toBe('inconclusive')
    expect(judged(skips, 'skipped.total.max: 2, no_impact.total.max: 1').verdict).toBe('passed')
    expect(judged(skips, 'skipped.total.max: 1, no_impact.total.max: 1').verdict).toBe('failed')
    expect(judged([unanswered('a')], 'unanswered.max: 1').verdict).toBe('passed')
    expect(judged([unanswered('a'), control('b', 'skipped')], 'unanswered.max: 1').verdict).toBe('inconclusive')
  })

  test('errors only, or nothing applicable, breaching no limit', () => {
    expect(judged([control('a', 'error')], 'failed.total.max: 0').verdict).toBe('inconclusive')
    expect(judged([control('a', 'error')], 'error.total.max: 1').verdict).toBe('passed')
    expect(judged([control('a', 'passed', { impact: 0 })], 'failed.total.max: 0').verdict).toBe('inconclusive')
    expect(judged([control('a', 'passed', { impact: 0 })], 'compliance.min: 1').verdict).toBe('failed')
  })

  test('nothing applicable is inconclusive under the default threshold, without its 0 %; a threshold of one’s own decides', () => {
    const none = [control('a', 'skipped', { impact: 0 }), control('b', 'failed', { impact: 0 })]
    const results = resultsOf(profile('p', none))
    const { verdict, violations, inconclusive } = judge({ results, threshold: defaultThreshold, now: NOW })
    expect([verdict, violations, inconclusive]).toEqual([
      'inconclusive',
      [],
      'nothing was applicable: all 2 controls are not applicable or waived',
    ])
    expect(judged(none, 'compliance.min: 70').verdict).toBe('failed')
    const waived = [control('a', 'skipped', { waiver_data: { skipped_due_to_waiver: true, justification: 'x' } })]
    const judgement = judge({ results: resultsOf(profile('p', waived)), threshold: defaultThreshold, now: NOW })
    expect(judgement.verdict).toBe('inconclusive')
    const skips = judge({
      results: resultsOf(profile('p', [control('a', 'skipped')])),
      threshold: defaultThreshold,
      now: NOW,
    })
    expect(skips.verdict).toBe('inconclusive')
  })

  test('an untrustworthy run stays inconclusive when limits are breached', () => {
    const { verdict, violations } = judged([control('a', 'failed')], 'failed.total.max: 0', { scannerExitCode: 1 })
    expect([verdict, violations.length]).toEqual(['inconclusive', 1])
  })
})

describe('limits', () => {
  test('threshold none reports and says so', () => {
    const judgement = judge({
      results: resultsOf(profile('p', [control('a', 'failed')])),
      threshold: noThreshold,
      now: NOW,
    })
    expect([judgement.verdict, judgement.violations, judgement.warnings]).toEqual([
      'not judged',
      [],
      [expect.stringContaining('not judged')],
    ])
  })

  test('violations carry path, limit, actual, a sentence and the controls, in canonical order', () => {
    const controls = [control('z', 'failed', { impact: 0.9 }), control('b', 'failed'), control('a', 'passed')]
    expect(judged(controls, 'failed.critical.max: 0, passed.total: 2, compliance.min: 50').violations).toEqual([
      {
        path: 'compliance.min',
        limit: 50,
        actual: 33,
        message: 'compliance is 33 %, at least 50 % is required',
        controls: ['b', 'z'],
      },
      {
        path: 'passed.total',
        limit: 2,
        actual: 1,
        message: '1 control passed, exactly 2 required',
        controls: ['b', 'z'],
      },
      {
        path: 'failed.critical.max',
        limit: 0,
        actual: 1,
        message: '1 critical control failed, at most 0 allowed',
        controls: ['z'],
      },
    ])
  })

  test('a partly answered control passes and is unanswered; a failed one is decided', () => {
    const controls = [
      unanswered('part', 'passed'),
      unanswered('none'),
      unanswered('failed', 'failed'),
      unanswered('error', 'error'),
      control('c', 'passed'),
    ]
    const { counts, unanswered: tally } = judged(controls, 'compliance.min: 0')
    expect([
      counts.passed.total,
      counts.skipped.total,
      counts.failed.total,
      counts.error.total,
      tally.total,
      tally.medium,
    ]).toEqual([2, 1, 1, 1, 2, 2])
    expect(judged(controls, 'unanswered.max: 1').violations.map(({ path, controls }) => [path, controls])).toEqual([
      ['unanswered.max', ['none', 'part']],
    ])
    expect(judged(controls, 'unanswered.medium.max: 2, unanswered.total: 2').verdict).toBe('passed')
  })

  test('min-controls as a key is a limit', () => {
    expect(judged(passing, 'min-controls: 3').violations).toMatchObject([{ path: 'min-controls', limit: 3, actual: 2 }])
    expect(judged(passing, 'min-controls: 2').verdict).toBe('passed')
  })

  test('a verdict is an exit code', () => {
    expect(VERDICT_EXIT).toEqual({ passed: 0, 'not judged': 0, failed: 1, inconclusive: 4 })
  })
})

describe('baseline', () => {
  const before = resultsOf(
    profile('p', [
      control('fixed', 'failed'),
      control('still', 'error'),
      control('hidden', 'failed'),
      control('gone', 'passed'),
      control('broke', 'passed'),
      control('same', 'passed'),
      control('dim', 'passed'),
    ]),
  )
  const after = resultsOf(
    profile('p', [
      control('fixed', 'passed'),
      control('still', 'failed'),
      control('hidden', 'skipped'),
      control('broke', 'failed'),
      control('new', 'failed'),
      control('same', 'passed'),
      unanswered('dim', 'passed'),
    ]),
  )

  test('says what changed', () => {
    expect(judged([], 'compliance.min: 0', { results: after, baseline: before }).changes).toEqual({
      fixed: ['fixed'],
      newlyFailing: ['broke', 'new'],
      stillFailing: ['still'],
      noLongerTested: ['hidden'],
      newlyUnanswered: ['dim'],
      gone: ['gone'],
    })
  })

  test('new-failures limits it, and needs it', () => {
    expect(judged([], 'new-failures: 0', { results: after, baseline: before }).violations).toMatchObject([
      { path: 'new-failures', actual: 2, controls: ['broke', 'new'] },
    ])
    expect(judged([], 'new-failures: 2', { results: after, baseline: before }).verdict).toBe('passed')
    expect(judged([], 'new-failures: 2', { results: after }).inconclusive).toContain('no baseline')
  })

  test('describe blocks outside a control are the same without their random number', () => {
    const id = (place: string, digit: string) => `(generated from ${place} ${digit.repeat(32)})`
    const run = (...controls: unknown[]) => resultsOf(profile('p', controls))
    const then = run(
      control(id('a.rb:1', '0'), 'failed'),
      control(id('a.rb:1', '1'), 'passed'),
      control(id('b.rb:2', '2'), 'passed'),
      control('(generated by hand)', 'failed'),
    )
    const now = run(
      control(id('a.rb:1', 'a'), 'failed'),
      control(id('a.rb:1', 'b'), 'failed'),
      control(id('b.rb:2', 'c'), 'passed'),
      control('(generated by hand)', 'failed'),
    )
    expect(judged([], 'new-failures: 0', { results: now, baseline: then }).changes).toMatchObject({
      newlyFailing: ['(generated from a.rb:1 #2)'],
      stillFailing: ['(generated by hand)', '(generated from a.rb:1)'],
      gone: [],
      fixed: [],
    })
    const listed = (ids: string[]) => judged([], JSON.stringify({ 'failed.medium.controls': ids }), { results: now })
    const ids = [id('a.rb:1', '7'), '(generated by hand)', id('a.rb:1', '8')]
    expect(listed(ids).verdict).toBe('passed')
    expect(listed(['(generated by hand)', '(generated from a.rb:1)', '(generated from a.rb:1 #2)']).verdict).toBe(
      'passed',
    )
    expect(listed(ids.slice(0, 2)).verdict).toBe('failed')
  })

  test('the same id in another profile is another control', () => {
    const other = resultsOf(profile('q', [control('same', 'failed')]), profile('p', [control('same', 'passed')]))
    expect(judged([], 'compliance.min: 0', { results: other, baseline: before }).changes?.newlyFailing).toEqual([
      'same',
    ])
  })
})

describe('nothing to judge by', () => {
  const judgement = judge({
    results: resultsOf(profile('p', [control('a', 'passed')])),
    threshold: noThreshold,
    now: NOW,
  })

  test('is never “passed”, and no failure either', () => {
    expect(judgement.verdict).toBe('not judged')
    expect(VERDICT_EXIT['not judged']).toBe(0)
    expect(renderThresholdResult(judgement)).toMatch(/^THRESHOLD_RESULT=not-judged\nVERDICT=not judged\n/)
    expect(verdictHead(judgement).word).toBe('not judged')
  })

  test('results that prove nothing stay inconclusive', () => {
    const results = resultsOf(profile('p', [control('a', 'skipped')]))
    expect(judge({ results, threshold: noThreshold, now: NOW }).verdict).toBe('inconclusive')
  })

  test('of several images it hides neither a breach nor what proves nothing', () => {
    expect(worstVerdict(['passed', 'not judged'])).toBe('not judged')
    expect(worstVerdict(['not judged', 'failed'])).toBe('failed')
    expect(worstVerdict(['not judged', 'inconclusive'])).toBe('inconclusive')
  })
})
