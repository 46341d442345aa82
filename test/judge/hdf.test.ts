import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { parseHdf } from '../../src/judge/hdf.ts'
import { control, hdfText, judged, profile, refusal, resultsOf } from './hdf-fixture.ts'

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

  const outcome = (...profiles: unknown[]) =>
    resultsOf(...profiles).controls.map(({ id, status, severity }) => [id, status, severity])

  test('of all entries with results the strictest decides, in any order; those without never do', () => {
    const order = ['error', 'failed', 'skipped', 'passed']
    for (const [rank, own] of order.entries()) {
      for (const [other, below] of order.entries()) {
        const top = profile('top', [control('a', own, { impact: 0.9 })])
        const base = profile('base', [control('a', below)], { parent_profile: 'top' })
        const wanted = [['a', order[Math.min(rank, other)], 'critical']]
        expect([outcome(top, base), outcome(base, top)]).toEqual([wanted, wanted])
      }
      const empty = profile('base', [control('a', null)], { parent_profile: 'top' })
      const redefined = [control('a', null), control('a', own, { impact: 0.9 })]
      expect(outcome(profile('top', redefined), empty)).toEqual([['a', own, 'critical']])
    }
  })

  test('an expired waiver keeps the strictest of several entries', () => {
    const skipped = control('a', 'skipped', { waiver_data: { skipped_due_to_waiver: true, expiration_date: 'x' } })
    const profiles = [profile('top', [skipped]), profile('base', [skipped], { parent_profile: 'top' })]
    expect(outcome(...profiles)).toEqual([['a', 'no_impact', 'medium']])
    const { counts } = judged([], 'skipped.total.max: 0', { results: resultsOf(...profiles) })
    expect(counts.skipped.total).toBe(1)
  })

  const depends = (...names: string[]) => ({ depends: names.map((name) => ({ name, status: 'loaded' })) })
  const ran = [control('a', 'passed'), control('b', 'failed')]
  const listed = [control('a', null), control('b', null)]
  const seen = [
    ['a', 'passed', 'medium'],
    ['b', 'failed', 'medium'],
  ]
  const trees: [string, unknown[]][] = [
    [
      'three levels, each dependency renamed',
      [
        profile('top', listed, depends('x')),
        profile('mid', listed, { parent_profile: 'top', ...depends('y') }),
        profile('low', listed, { parent_profile: 'x', ...depends('z') }),
        profile('base', ran, { parent_profile: 'y' }),
      ],
    ],
    [
      'a dependency that is its own parent, as InSpec 3 writes it',
      [profile('top', listed, depends('base')), profile('base', ran, { parent_profile: 'base' })],
    ],
    ['a parent that nothing is called', [profile('top', listed), profile('base', ran, { parent_profile: 'lost' })]],
    [
      'a library that nothing uses, of a parent that nothing is called',
      [profile('top', ran), profile('lib', [control('l', null)], { parent_profile: 'lost' })],
    ],
  ]
  test.each(trees)('%s', (_, profiles) => {
    expect(outcome(...profiles)).toEqual(seen)
    expect(resultsOf(...profiles).profiles.filter(({ parent }) => parent === null).length).toBe(1)
  })

  test('results of a profile whose parent cannot be found are never lost', () => {
    const other = profile('other', [control('c', 'failed')], { parent_profile: 'lost' })
    expect(outcome(profile('top', ran), other)).toEqual([...seen, ['c', 'failed', 'medium']])
  })

  test('a dependency that profiles share has its results once; two top-level profiles of one name are two', () => {
    const base = (parent: string, controls: unknown[]) => profile('base', controls, { parent_profile: parent })
    const shared = (controls: unknown[]) => [
      profile('top-a', listed, depends('base')),
      base('top-a', ran),
      profile('top-b', listed, depends('base')),
      base('top-b', controls),
    ]
    expect(outcome(...shared(listed))).toEqual([...seen, ...seen])
    expect(outcome(profile('base', ran), profile('top', listed, depends('base')), base('top', listed))).toEqual([
      ...seen,
      ...seen,
    ])
    expect(outcome(profile('p', ran), profile('p', listed)).slice(2)).toEqual([
      ['a', 'error', 'medium'],
      ['b', 'error', 'medium'],
    ])
    const changed = profile('base', listed, { parent_profile: 'top-b', sha256: 'bb' })
    expect(
      outcome(...shared([]).slice(0, 3), changed)
        .slice(2)
        .map(([, status]) => status),
    ).toEqual(['error', 'error'])
  })

  test('InSpec 1 and 2 write no parents: they are inferred, by name or by whose results are missing', () => {
    const old = (...profiles: unknown[]) =>
      parse(hdfText(...profiles).replace('5.22.3', '2.1.84')).controls.map(({ id, status }) => [id, status])
    const wanted = seen.map(([id, status]) => [id, status])
    expect(old(profile('top', listed, depends('base')), profile('base', ran))).toEqual(wanted)
    expect(
      old(profile('top', listed, depends('mid')), profile('mid', listed, depends('base')), profile('base', ran)),
    ).toEqual(wanted)
    expect(old(profile('top', listed, depends('site-base')), profile('base', ran))).toEqual(wanted)
    expect(old(profile('one', ran), profile('two', ran))).toEqual([...wanted, ...wanted])
    // 2.1 writes no depends either
    expect(old(profile('top', listed), profile('base', ran))).toEqual(wanted)
    const text = hdfText(profile('top', listed), profile('base', ran)).replace('5.22.3', '2.1.10')
    expect(parse(text).warnings).toEqual([expect.stringContaining('InSpec 2.1.10 does not write which profile')])
  })

  test('what only_applicable_if writes is not applicable; the same with an impact is an error', () => {
    const noop = { status: 'failed', backtrace: ['rule.rb:1'], exception: 'RuntimeError', resource_class: 'noop' }
    const status = (impact: number, result: Record<string, unknown>) =>
      outcome(profile('p', [control('a', null, { impact, results: [result] })]))[0]![1]
    expect(status(0, noop)).toBe('no_impact')
    expect(status(0.5, noop)).toBe('error')
    expect(status(0, { ...noop, resource_class: 'file' })).toBe('error')
  })

  test('a Ruby object in a status message is cut off', () => {
    const message = `undefined method 'x' for an instance of #<Foo ${'@x=1 '.repeat(2_000)}>`
    const { profiles } = resultsOf(profile('p', [], { status: 'failed', status_message: message }))
    expect(profiles[0]!.statusMessage).toBe("undefined method 'x'")
    const long = resultsOf(profile('p', [], { status: 'failed', status_message: `a\nb ${'c'.repeat(500)}` }))
    expect(long.profiles[0]!.statusMessage).toMatch(/^a b c{100,}…$/)
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
