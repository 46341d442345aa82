import { describe, expect, test } from '@jest/globals'
import { parseMoment } from '../../src/judge/day.ts'
import { parseWaivers } from '../../src/judge/waivers.ts'
import { control, judged, refusal } from './hdf-fixture.ts'

const YAML = `# waivers
a:
  justification: known
  run: false
  expiration_date: 2026-06-20
b: {justification: "no longer, alas", run: no}
`

describe('reading waiver files', () => {
  const wanted = [
    { controlId: 'a', justification: 'known', run: false, expirationDate: '2026-06-20' },
    { controlId: 'b', justification: 'no longer, alas', run: false, expirationDate: null },
  ]

  test('YAML, JSON and CSV say the same', () => {
    const json =
      '{"a":{"justification":"known","run":false,"expiration_date":"2026-06-20"},\n"b":{"justification":"no longer, alas","run":"no"}}'
    const csv =
      '\ufeffcontrol_id,justification,run,expiration_date\r\na,known,false,2026-06-20\r\n\r\nb,"no longer, alas",FALSE,\r\n'
    expect(parseWaivers(YAML, 'w.yaml')).toMatchObject(wanted)
    expect(parseWaivers(json, 'w.json')).toMatchObject(wanted)
    expect(parseWaivers(csv, 'W.CSV')).toMatchObject(wanted)
    expect(parseWaivers(YAML, 'w.yml').map(({ line }) => line)).toEqual([2, 6])
  })

  test('a control whose id looks like a number is that control, and no other', () => {
    const text = '1.10: {justification: x, run: false}\n0x1F: {justification: y, run: false}\n'
    expect(parseWaivers(text, 'w.yml').map(({ controlId }) => controlId)).toEqual(['1.10', '0x1F'])
    const { counts } = judged([control('1.1', 'failed'), control('1.10', 'failed')], 'min-controls: 1', {
      waivers: parseWaivers(text, 'w.yml'),
    })
    expect([counts.failed.total, counts.no_impact.total]).toEqual([1, 1])
  })

  test('quoted cells hold commas, quotes and line ends', () => {
    expect(parseWaivers('control_id,justification\na,"x ""y"",\nz"\nb,k', 'w.csv')).toMatchObject([
      { controlId: 'a', justification: 'x "y",\nz', line: 2 },
      { controlId: 'b', justification: 'k', line: 4 },
    ])
  })

  const bad: [string, string, string, string][] = [
    [
      'a misspelt date',
      'w.yml',
      'a:\n  run: false\n  expiraton_date: 2026-01-01\n',
      'line 3: unknown key expiraton_date of the waiver for a (did you mean expiration_date?)',
    ],
    ['no date', 'w.yml', 'a:\n  expiration_date: soon\n', 'line 2: the expiration_date of a'],
    ['a day that is none', 'w.yml', 'a:\n  expiration_date: 2026-02-30\n', 'line 2: the expiration_date of a'],
    ['run as a word', 'w.yml', 'a:\n  run: maybe\n', 'line 2: run of a must be true or false'],
    ['a control twice', 'w.yml', 'a: {run: true}\na: {run: false}\n', 'line 2'],
    ['a list', 'w.json', '[]', 'line 1: must be a mapping'],
    ['a waiver that is text', 'w.yml', 'b: {}\na: yes\n', 'line 2: the waiver for a must be a mapping'],
    ['a list for an id', 'w.yml', 'b: {}\n? [a]\n: {}\n', 'line 2: a control id must be text'],
    [
      'a mapping for a justification',
      'w.yml',
      'a:\n  run: no\n  justification: {b: c}\n',
      'line 3: the justification of a',
    ],
    ['broken YAML', 'w.yml', 'a: [\n', 'line'],
    ['CSV without ids', 'w.csv', 'id,justification\na,b\n', 'line 1: the first row must name a column control_id'],
    ['CSV with a control twice', 'w.csv', 'control_id\na\nb\na\n', 'line 4: a is waived twice (first in line 2)'],
    ['CSV with an open quote', 'w.csv', 'control_id,justification\na,b\nb,"x\n', 'line 3: a quote is not closed'],
    ['CSV with too many cells', 'w.csv', 'control_id\na,b\n', 'line 2: the row has 2 cells'],
  ]
  test.each(bad)('%s is refused with the line', (_, name, text, message) => {
    const error = refusal(() => parseWaivers(text, name))
    expect(error.exitCode).toBe(2)
    expect(error.message).toContain(message)
  })

  test('moments: what Ruby reads, where it can mean one thing only', () => {
    const read: [string, string | null][] = [
      ['2026-06-20', '2026-06-20T00:00:00.000Z'],
      ['2026-6-5', '2026-06-05T00:00:00.000Z'],
      ['2026/06/20', '2026-06-20T00:00:00.000Z'],
      ['20260620', '2026-06-20T00:00:00.000Z'],
      ['20 June 2026', '2026-06-20T00:00:00.000Z'],
      ['20-Jun-2026', '2026-06-20T00:00:00.000Z'],
      ['June 5, 2026', '2026-06-05T00:00:00.000Z'],
      ['Sat, 20 Jun 2026 23:30:00 GMT', '2026-06-20T23:30:00.000Z'],
      ['2026-06-20T23:30:00Z', '2026-06-20T23:30:00.000Z'],
      ['2026-06-20 23:30:00 -0100', '2026-06-21T00:30:00.000Z'],
      ['2026-06-20 00:00:00 +0000', '2026-06-20T00:00:00.000Z'],
      ['2026-06-20 00:00:00 UTC', '2026-06-20T00:00:00.000Z'],
      ['2026-06-20T00:00:00.000000000+02:00', '2026-06-19T22:00:00.000Z'],
      ['2026-06-20 12:00', '2026-06-20T12:00:00.000Z'],
      ['20.6.2026', null],
      ['06/05/2026', null],
      ['2026-13-01', null],
      ['2026-02-30', null],
      ['2026-06-20T25:00Z', null],
      ['20 Jule 2026', null],
      ['soon', null],
      ['', null],
    ]
    const at = (text: string) => {
      const moment = parseMoment(text)
      return moment && new Date(moment.at).toISOString()
    }
    expect(read.map(([text]) => [text, at(text)])).toEqual(read)
  })

  test.each([
    ...[
      'expiry_date',
      'expires',
      'expiration',
      'expires_on',
      'expire_date',
      'expirationDate',
      'Expires',
      'valid_until',
    ],
    ...['valid-to', 'until', 'end', 'end_date', 'due', 'exp_date', 'date', 'ablaufdatum', 'review_date_due'],
  ])('an end under another name is refused: %s', (key) => {
    const { exitCode, message } = refusal(() => parseWaivers(`a:\n  run: false\n  ${key}: 2020-01-01\n`, 'w.yml'))
    expect([exitCode, message]).toEqual([2, expect.stringContaining(`line 3: unknown key ${key}`)])
    expect(refusal(() => parseWaivers(`control_id,run,${key}\na,no,2020-01-01\n`, 'w.csv')).exitCode).toBe(2)
  })

  test('what says when a waiver began, and other notes, are taken with a warning', () => {
    const text =
      'a:\n  run: false\n  approved_on: 2020-01-01\n  created: 2020-01-01\n  ticket: T-1\n  owner: x\n  expiration_date: 2030-01-01\n  date: 2020-01-01\n'
    expect([...parseWaivers(text, 'w.yml')[0]!.extra.keys()]).toEqual([
      'approved_on',
      'created',
      'ticket',
      'owner',
      'date',
    ])
  })
})

describe('judging by waivers', () => {
  const failed = [control('a', 'failed'), control('z', 'passed')]
  const at = (now: string, text: string, controls = failed) =>
    judged(controls, 'failed.total.max: 0', { waivers: parseWaivers(text, 'w.yml'), now: new Date(now) })

  test('ends at the start of its day, UTC, as in InSpec, and warns in the 14 days before', () => {
    expect(at('2026-06-05T23:59:59.999Z', YAML).waivers[0]).toMatchObject({
      state: 'active',
      applied: true,
      warning: null,
    })
    expect(at('2026-06-06T00:00:00Z', YAML).waivers[0]).toMatchObject({
      state: 'expiring',
      warning: 'expires at the start of 2026-06-20 (UTC)',
    })
    expect(at('2026-06-19T23:59:59.999Z', YAML)).toMatchObject({
      verdict: 'passed',
      counts: { no_impact: { total: 1 } },
    })
    expect(at('2026-06-20T00:00:00Z', YAML)).toMatchObject({
      verdict: 'failed',
      waivers: [
        {
          state: 'expired',
          applied: false,
          warning: expect.stringContaining('expired at the start of 2026-06-20 (UTC)'),
        },
        {},
      ],
    })
  })

  test('ends at its time where one is written', () => {
    const text = 'a: {justification: x, run: false, expiration_date: "2026-06-20 12:30:00 +0200"}'
    expect(at('2026-06-20T10:29:59Z', text)).toMatchObject({
      verdict: 'passed',
      waivers: [{ warning: 'expires on 2026-06-20 10:30 UTC' }],
    })
    expect(at('2026-06-20T10:30:00Z', text).verdict).toBe('failed')
  })

  test('has expired where the results say so, unless it was renewed since', () => {
    const ran = [
      control('a', 'failed', {
        waiver_data: {
          skipped_due_to_waiver: false,
          run: false,
          justification: 'x',
          expiration_date: '2026-06-20',
          message: 'Waiver expired on 2026-06-20 00:00:00 +1400, evaluating control normally',
        },
      }),
      control('z', 'passed'),
    ]
    const text = (day: string) => `a: {justification: x, run: false, expiration_date: ${day}}`
    expect(at('2026-06-19T18:00:00Z', text('2026-06-20'), ran)).toMatchObject({
      verdict: 'failed',
      waivers: [{ state: 'expired', applied: false }],
    })
    expect(at('2026-06-19T18:00:00Z', text('2026-12-31'), ran)).toMatchObject({
      verdict: 'passed',
      waivers: [{ state: 'active', applied: true }],
    })
  })

  test.each(['2025/01/31', '31.12.2099', '12/31/2099', 'never', '99999-01-01', 20991231, ['2099-12-31']])(
    'an end in the results that has passed or cannot be read waives nothing: %p',
    (expiration_date) => {
      const waived = control('a', 'skipped', {
        waiver_data: { skipped_due_to_waiver: true, run: false, justification: 'x', expiration_date },
      })
      expect(judged([waived, control('z', 'passed')], 'skipped.total.max: 0')).toMatchObject({
        verdict: 'failed',
        waivers: [{ state: 'expired', applied: false, warning: expect.stringMatching(/waives nothing|counts again/) }],
      })
    },
  )

  test('an expired waiver counts again whatever the scanner made of it', () => {
    const skipped = [
      control('a', 'skipped', {
        waiver_data: { skipped_due_to_waiver: true, run: false, justification: 'x', expiration_date: '2026-06-20' },
      }),
      control('z', 'passed'),
    ]
    const text = 'a: {justification: x, run: false, expiration_date: 2026-06-20}'
    expect(at('2026-06-19T00:00:00Z', text, skipped).counts.no_impact.total).toBe(1)
    expect(at('2026-06-22T00:00:00Z', text, skipped).counts.skipped.total).toBe(1)
    const carried = (now: string) => judged(skipped, 'skipped.total.max: 0', { now: new Date(now) })
    expect(carried('2026-06-19T12:00:00Z')).toMatchObject({
      verdict: 'passed',
      waivers: [{ state: 'expiring', applied: true }],
    })
    expect(carried('2026-06-20T00:00:00Z')).toMatchObject({
      verdict: 'failed',
      waivers: [{ state: 'expired', applied: false }],
    })
  })

  test('run: true, and no run, waive nothing', () => {
    for (const text of ['a: {justification: x, run: true}', 'a: {justification: x}']) {
      expect(at('2026-06-01T00:00:00Z', text)).toMatchObject({
        verdict: 'failed',
        waivers: [{ state: 'active', applied: false }],
      })
    }
  })

  test('an error outranks a waiver', () => {
    const { counts, waivers } = at('2026-06-01T00:00:00Z', 'a: {justification: x, run: false}', [
      control('a', 'error'),
      control('z', 'passed'),
    ])
    expect([counts.error.total, waivers[0]?.applied]).toEqual([1, false])
  })

  test('warns of waivers that match nothing, have no justification or unknown keys, or stand in no file', () => {
    const controls = [
      ...failed,
      control('c', 'skipped', { waiver_data: { skipped_due_to_waiver: true, justification: 'x' } }),
    ]
    const { warnings } = at('2026-06-01T00:00:00Z', 'q: {justification: x}\na: {run: false, ticket: T-1}\n', controls)
    expect(warnings).toEqual([
      'waiver for q: matches no control of the results',
      'waiver for a: has no justification; has keys InSpec does not know (ticket)',
      'waiver for c: is in the results but in no waiver file',
    ])
  })
})
