import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { parseHdf } from '../../src/judge/hdf.ts'
import { control, hdfText, profile, refusal, resultsOf } from './hdf-fixture.ts'

const parse = (text: string) => parseHdf([{ name: 'r.json', text }])
const messageOf = (text: string) => {
  const { exitCode, message } = refusal(() => parse(text))
  expect(exitCode).toBe(4)
  return message
}

describe('a broken file names the place and the reason', () => {
  const broken: [string, string, string][] = [
    ['empty', ' \n', 'r.json is empty'],
    ['cut off', hdfText(profile('p', [])).slice(0, 60), 'it ends too early'],
    ['not JSON', '{"profiles":\n  oops}', 'unexpected "o" at line 2, column 3'],
    ['a list', '[]', 'is not InSpec results'],
    ['json-min', '{"controls":[{"id":"a","profile_id":"p","status":"failed"}],"version":"5"}', 'json-min'],
    ['inspec json', '{"name":"p","controls":[]}', '`inspec json` output'],
    ['no profiles', '{"profiles":[]}', 'has no profiles'],
    ['a word for profiles', '{"profiles":"x"}', 'profiles must be a list; it is "x"'],
    ['no controls', hdfText({ name: 'p' }), 'profiles[0].controls must be a list; it is missing'],
    ['no name', hdfText({ controls: [] }), 'profiles[0].name must be a text; it is missing'],
    [
      'a word for impact',
      hdfText(profile('p', [control('a', 'passed', { impact: 'high' as never })])),
      'profiles[0].controls[0] (a).impact must be a number; it is "high"',
    ],
    [
      'endless impact',
      hdfText(profile('p', [control('a', 'passed', { impact: 7 })])).replace('7', '1e999'),
      'impact must be a number',
    ],
    [
      'no results',
      hdfText(profile('p', [{ id: 'a', impact: 1, tags: {} }])),
      '(a).results must be a list; it is missing',
    ],
    [
      'unknown status',
      hdfText(profile('p', [control('a', 'passed'), control('b', 'PASSED')])),
      'controls[1] (b).results[0].status must be passed, failed, skipped or error; it is "PASSED"',
    ],
    ['our own word for no status', hdfText(profile('p', [control('a', 'no_status')])), 'it is "no_status"'],
    [
      'tags as a list',
      hdfText(profile('p', [control('a', 'passed', { tags: [] as never })])),
      '(a).tags must be an object; it is a list',
    ],
    [
      'a circle',
      hdfText(profile('a', [], { parent_profile: 'b' }), profile('b', [], { parent_profile: 'a' })),
      'includes itself',
    ],
  ]
  test.each(broken)('%s', (_, text, reason) => {
    expect(messageOf(text)).toContain(reason)
  })

  test('one bad file among good ones is refused by its name', () => {
    const good = { name: 'good.json', text: hdfText(profile('p', [control('a', 'passed')])) }
    expect(refusal(() => parseHdf([good, { name: 'bad.json', text: '{' }])).message).toContain('bad.json')
  })
})

describe('what is read', () => {
  test('the head of a file, and the title of a real control', () => {
    const text = readFileSync(new URL('../data/threshold/hdf/real-one-of-each.json', import.meta.url), 'utf8')
    const { controls, inspecVersion, platform } = parse(text)
    const first = controls[0]!
    expect({ inspecVersion, platform: platform.name, count: controls.length }).toEqual({
      inspecVersion: '5.22.40',
      platform: 'redhat',
      count: 4,
    })
    expect(first.title.length).toBeGreaterThan(20)
  })

  test('repeated ids are one control by the strictest reading, in any order', () => {
    const lax = control('a', 'passed', { impact: 0, waiver_data: { skipped_due_to_waiver: true } })
    const strict = control('a', 'failed', { impact: 0.9 })
    for (const pair of [
      [lax, strict],
      [strict, lax],
    ]) {
      const { controls } = resultsOf(profile('p', pair))
      expect(controls.map(({ status, severity, waived }) => [status, severity, waived])).toEqual([
        ['failed', 'critical', false],
      ])
    }
  })

  test('an id in two dependencies is decided by both, in any order', () => {
    const top = profile('top', [control('a', null)])
    const dependencies = ['passed', 'failed'].map((status, i) =>
      profile(`d${i}`, [control('a', status)], { parent_profile: 'top' }),
    )
    for (const order of [
      [top, ...dependencies],
      [...dependencies.toReversed(), top],
    ]) {
      expect(resultsOf(...order).controls.map(({ id, status, profile }) => [id, status, profile])).toEqual([
        ['a', 'failed', 'top'],
      ])
    }
  })

  test('results written in an overlay that do not count are mentioned', () => {
    const { warnings } = resultsOf(
      profile('top', [control('a', 'failed')]),
      profile('base', [control('a', 'passed')], { parent_profile: 'top' }),
    )
    expect(warnings).toEqual([expect.stringContaining('the overlay top do not count')])
  })

  test('names from the prototype are ordinary names', () => {
    const { controls } = resultsOf(
      profile('__proto__', [control('__proto__', 'passed'), control('constructor', 'failed')]),
    )
    expect(controls.map(({ id, status }) => [id, status])).toEqual([
      ['__proto__', 'passed'],
      ['constructor', 'failed'],
    ])
    expect(
      parse(
        hdfText(profile('p', [control('a', 'failed')])).replace('"tags":{}', '"tags":{"__proto__":{"severity":"low"}}'),
      ).controls[0]!.severity,
    ).toBe('medium')
  })
})

describe('hostile files end quickly', () => {
  test('deep nesting', () => {
    expect(messageOf(`{"profiles":${'['.repeat(2_000_000)}`)).toContain('ends too early')
    const deep = `${'['.repeat(500_000)}${']'.repeat(500_000)}`
    expect(
      parse(hdfText(profile('p', [control('a', 'passed')])).replace('"tags":{}', `"tags":{"x":${deep}}`)).controls
        .length,
    ).toBe(1)
  })

  test('a long chain and a wide fan of dependencies, an id repeated 200,000 times', () => {
    const chain = Array.from({ length: 20_000 }, (_, i) =>
      profile(`p${i}`, [control('a', i === 19_999 ? 'failed' : null)], i > 0 ? { parent_profile: `p${i - 1}` } : {}),
    )
    expect(resultsOf(...chain).controls.map(({ status }) => status)).toEqual(['failed'])
    const layer = (depth: number) =>
      Array.from({ length: 300 }, () =>
        profile(`l${depth}`, [control('a', 'passed')], depth > 0 ? { parent_profile: `l${depth - 1}` } : {}),
      )
    expect(resultsOf(...[0, 1, 2, 3].flatMap(layer)).controls.length).toBe(300)
    const many = Array.from({ length: 200_000 }, () => ({ id: 'a', impact: 1, results: [] }))
    expect(resultsOf(profile('p', many)).controls.length).toBe(1)
  })
})
