import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ScanError } from '../../src/errors.ts'
import { SEVERITIES, STATUSES } from '../../src/judge/counts.ts'
import { parseHdf } from '../../src/judge/hdf.ts'
import { judge } from '../../src/judge/judge.ts'
import { BUCKETS, KEYS } from '../../src/judge/keys.ts'
import { generateLimits } from '../../src/judge/ratchet.ts'
import { parseThreshold } from '../../src/judge/threshold.ts'
import type { Judgement, Limit, Results } from '../../src/judge/types.ts'
import { actualOf, measure } from '../../src/judge/violations.ts'
import { parseWaivers } from '../../src/judge/waivers.ts'
import { control, hdfText, NOW, profile } from './hdf-fixture.ts'

const status = fc.constantFrom('passed', 'failed', 'skipped', 'error', null)
const result = fc.record(
  {
    status,
    skip_message: fc.constantFrom('manual', 'Not available through the proc transport: x'),
    backtrace: fc.constant(['a.rb:1']),
  },
  { requiredKeys: ['status'] },
)
const rawControl = fc.record(
  {
    id: fc.constantFrom(...'abcdefgh'),
    impact: fc.constantFrom(0, 0.05, 0.3, 0.5, 0.7, 0.9, 1),
    results: fc.array(fc.oneof({ weight: 3, arbitrary: fc.record({ status }) }, result), { maxLength: 3 }),
    tags: fc.record({ severity: fc.constantFrom(...SEVERITIES, 'High', 'odd', 7) }, { requiredKeys: [] }),
    waiver_data: fc.constantFrom(
      null,
      {},
      { skipped_due_to_waiver: true },
      { skipped_due_to_waiver: false, run: true },
    ),
  },
  { requiredKeys: ['id', 'impact', 'results', 'tags'] },
)
const rawProfile = (index: number) =>
  fc
    .record({
      controls: fc.array(rawControl, { maxLength: 8 }),
      parent: fc.option(fc.integer({ min: 0, max: Math.max(0, index - 1) })),
    })
    .map(({ controls, parent }) =>
      profile(`p${index}`, controls, parent === null || index === 0 ? {} : { parent_profile: `p${parent}` }),
    )
/** Results with overlays, repeated ids, waivers, and at least one control that passed and one that failed. */
const rawProfiles = fc
  .tuple(rawProfile(0), rawProfile(1), rawProfile(2))
  .map((profiles) => [...profiles, profile('tested', [control('y', 'passed'), control('z', 'failed')])])

const parse = (profiles: unknown[]): Results => parseHdf([{ name: 'r', text: hdfText(...profiles) }])
const judgeBy = (results: Results, limits: Limit[]) => judge({ results, threshold: { source: 't', limits }, now: NOW })
const limit = (path: string, value: Limit['value']): Limit => ({ path, value, line: 1 })

describe('properties', () => {
  test('the verdict flips exactly at the true count, for every key', () => {
    fc.assert(
      fc.property(rawProfiles, fc.constantFrom(...KEYS.values()), (profiles, key) => {
        fc.pre(key.of !== 'new-failures')
        const results = parse(profiles)
        const measured = measure(judgeBy(results, []).controls, judgeBy(results, []).compliance, null)
        const actual = actualOf(key, measured)
        const verdict = (value: Limit['value']) => judgeBy(results, [limit(key.path, value)]).verdict
        if (typeof actual !== 'number') {
          expect(verdict([...actual].reverse())).toBe('passed')
          expect(verdict([...actual, 'more'])).toBe('failed')
          if (actual.length > 0) expect(verdict(actual.slice(1))).toBe('failed')
          return
        }
        const verdicts = [actual - 1, actual, actual + 1].map(verdict)
        const wanted = {
          min: ['passed', 'passed', 'failed'],
          max: ['failed', 'passed', 'passed'],
          exact: ['failed', 'passed', 'failed'],
        }
        expect(verdicts).toEqual(wanted[key.kind as 'min' | 'max' | 'exact'])
      }),
      { numRuns: 400 },
    )
  })

  test('the order of profiles, controls, results and keys changes nothing', () => {
    const facts = ({ verdict, compliance, counts, unanswered, violations, inconclusive }: Judgement) => ({
      verdict,
      compliance,
      counts,
      unanswered,
      violations,
      inconclusive,
    })
    const keys = fc.uniqueArray(fc.constantFrom(...[...KEYS.values()].filter((key) => key.kind !== 'controls')), {
      minLength: 1,
      maxLength: 6,
      selector: (key) => key.path,
    })
    fc.assert(
      fc.property(rawProfiles, keys, fc.integer(), (profiles, chosen, seed) => {
        const shuffled = reorder(profiles, seed) as unknown[]
        const lines = chosen.map((key) => `${key.path}: 2`)
        const threshold = (text: string[]) => parseThreshold(text.join('\n'), { name: 't', form: 'file' })
        const one = judge({ results: parse(profiles), threshold: threshold(lines), now: NOW })
        const other = judge({ results: parse(shuffled), threshold: threshold(lines.toReversed()), now: NOW })
        expect(facts(other)).toEqual(facts(one))
      }),
      { numRuns: 400 },
    )
  })

  test('counts add up: every control is in one status and one severity', () => {
    fc.assert(
      fc.property(rawProfiles, (profiles) => {
        const { counts, controls, unanswered } = judgeBy(parse(profiles), [])
        const cells = STATUSES.flatMap((one) => SEVERITIES.map((severity) => counts[one][severity]))
        expect(cells.reduce((sum, n) => sum + n, 0)).toBe(controls.length)
        expect(STATUSES.reduce((sum, one) => sum + counts[one].total, 0)).toBe(controls.length)
        expect(unanswered.total).toBeLessThanOrEqual(counts.passed.total + counts.skipped.total)
      }),
    )
  })

  test('one more failed control never turns failed into passed, under limits on the bad side', () => {
    const value = fc.integer({ min: 0, max: 8 })
    fc.assert(
      fc.property(
        rawProfiles,
        fc.array(value, { minLength: 60, maxLength: 60 }),
        fc.constantFrom(0.3, 0.5, 0.7, 1),
        (profiles, values, impact) => {
          const paths = generateLimits(measure([], 0, null), { exact: false, controls: false }).map(({ path }) => path)
          const limits = paths.map((path, index) =>
            limit(path, path === 'compliance.min' ? 10 * values[index]! : values[index]!),
          )
          const before = judgeBy(parse(profiles), limits).verdict
          const after = judgeBy(
            parse([...profiles, profile('more', [control('extra', 'failed', { impact })])]),
            limits,
          ).verdict
          expect([before, after]).not.toEqual(['failed', 'passed'])
        },
      ),
    )
  })

  test('a generated threshold passes its own results, and exactly one step tighter does not', () => {
    fc.assert(
      fc.property(rawProfiles, fc.boolean(), fc.boolean(), fc.nat(), (profiles, exact, controls, pick) => {
        const results = parse(profiles)
        const judgement = judgeBy(results, [])
        const limits = generateLimits(measure(judgement.controls, judgement.compliance, null), { exact, controls })
        expect(judgeBy(results, limits)).toMatchObject({ verdict: 'passed', violations: [] })
        const numbers = limits.filter(({ value }) => typeof value === 'number')
        const { path, value } = numbers[pick % numbers.length]!
        const tighter = limit(path, (value as number) + (path.endsWith('.min') ? 1 : -1))
        expect(judgeBy(results, [tighter]).violations.map((violation) => violation.path)).toEqual([path])
      }),
    )
  })
})

describe('no input makes a parser throw anything but its own error', () => {
  /** Runs a parser on hostile text: fine, or a ScanError with the code. Anything else fails the property. */
  const survives = (run: () => unknown, exitCode: number) => {
    try {
      run()
    } catch (error) {
      if (!(error instanceof ScanError)) throw error
      expect(error.exitCode).toBe(exitCode)
      expect(error.message).not.toMatch(/undefined|\[object/)
    }
  }
  const runs = { numRuns: 2_000 }
  const name = fc.constantFrom('w.yml', 'w.json', 'w.csv')
  const yamlish = fc
    .array(
      fc.constantFrom(
        'compliance',
        'failed',
        'min',
        'max',
        'total',
        '.',
        ':',
        ': ',
        '\n',
        '  ',
        '- ',
        '{',
        '}',
        '[',
        ']',
        ',',
        '"',
        "'",
        '&a ',
        '*a',
        '<<',
        '#',
        '|',
        '>',
        '!!int ',
        '0',
        '70',
        '.nan',
        '__proto__',
        '\t',
        '%',
        '---\n',
        '?',
        '\u0000',
        '\ud800',
        'run',
        'expiration_date',
        'control_id',
      ),
      { maxLength: 30 },
    )
    .map((parts) => parts.join(''))
  const text = fc.oneof(yamlish, fc.string({ unit: 'binary', maxLength: 60 }), fc.json({ maxDepth: 4 }))

  test('thresholds', () => {
    fc.assert(
      fc.property(text, fc.constantFrom('file', 'inline'), (input, form) =>
        survives(() => parseThreshold(input, { name: 't', form }), 2),
      ),
      runs,
    )
  })

  test('waivers', () => {
    fc.assert(
      fc.property(text, name, (input, file) => survives(() => parseWaivers(input, file), 2)),
      runs,
    )
  })

  test('results: any text, and whole results with one value replaced or the end cut off', () => {
    const poison = fc.oneof(
      fc.constantFrom(null, '', 'passed', 0, -1, 1e308, [], {}, true, '__proto__'),
      fc.jsonValue(),
    )
    const replaced = fc
      .tuple(rawProfiles, fc.nat(), poison)
      .map(([profiles, pick, value]) => JSON.stringify(poisoned(JSON.parse(hdfText(...profiles)), pick, value)))
    const cut = fc.tuple(rawProfiles, fc.nat()).map(([profiles, at]) => hdfText(...profiles).slice(0, at % 4_000))
    const input = fc.oneof(text, replaced, cut)
    const run = (hdf: string) =>
      judge({
        results: parseHdf([{ name: 'r', text: hdf }]),
        threshold: { source: 't', limits: [limit('failed.total.max', 0)] },
        now: NOW,
      })
    fc.assert(
      fc.property(input, (hdf) => survives(() => run(hdf), 4)),
      runs,
    )
  })
})

/** A copy with every list and every object's keys in another order. */
function reorder(value: unknown, seed: number): unknown {
  const order = <T>(items: T[]): T[] =>
    items
      .map((item, index) => ({ item, rank: Math.imul(index + 1, seed | 1) ^ (seed >> 3) }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ item }) => item)
  if (Array.isArray(value)) return order(value.map((item) => reorder(item, seed)))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(order(Object.entries(value)).map(([key, one]) => [key, reorder(one, seed)]))
}

/** A copy whose n-th value (in document order, round and round) is replaced. */
function poisoned(root: unknown, pick: number, value: unknown): unknown {
  const places: [Record<string, unknown>, string][] = []
  const walk = (node: unknown) => {
    if (typeof node !== 'object' || node === null) return
    for (const key of Object.keys(node)) {
      places.push([node as Record<string, unknown>, key])
      walk((node as Record<string, unknown>)[key])
    }
  }
  walk(root)
  const [holder, key] = places[pick % places.length]!
  holder[key] = value
  return root
}

test('the keys are those of every status, severity and kind', () => {
  expect([...KEYS.keys()].filter((path) => path.startsWith('passed.')).length).toBe(BUCKETS.length * 4)
})
