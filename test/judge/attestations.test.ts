import { describe, expect, test } from '@jest/globals'
import { UNANSWERED_PREFIX } from '../../src/protocol/sentences.ts'
import { control, judged } from './hdf-fixture.ts'

const ATTESTED = 'Manually verified status provided through attestation'

/** A skipped control that was attested, as SAF writes it; by its status, its attestation and its first skip message. */
function attested(status: string, attestation: Record<string, unknown>, skip_message = 'manual') {
  const more = {
    attestation_data: { control_id: 'a', explanation: 'by hand', status, updated_by: 'someone', ...attestation },
    results: [
      { status: 'skipped', skip_message },
      { status, code_desc: ATTESTED, message: 'x' },
    ],
  }
  return control('a', null, more as never)
}

/** Status and warnings of the attested control at noon of a day. */
function at(day: string, ...given: Parameters<typeof attested>) {
  const { controls, warnings } = judged([attested(...given), control('z', 'passed')], 'min-controls: 1', {
    now: new Date(`${day}T12:00:00Z`),
  })
  return [controls[0]!.status, ...warnings]
}

describe('attestations in the results', () => {
  test.each([
    ['3m', '2026-04-30'],
    ['quarterly', '2026-04-30'],
    ['monthly', '2026-02-28'],
    ['annually', '2027-01-31'],
    ['semiannually', '2026-07-31'],
    ['every2weeks', '2026-02-14'],
    ['fortnightly', '2026-02-14'],
    ['weekly', '2026-02-07'],
    ['every3days', '2026-02-03'],
    ['daily', '2026-02-01'],
    ['30d', '2026-03-02'],
    ['2 weeks', '2026-02-14'],
    ['1y', '2027-01-31'],
    ['1.5w', '2026-02-11'],
  ])('made on 2026-01-31 for %s: counts until %s', (frequency, end) => {
    const dayBefore = new Date(Date.parse(`${end}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10)
    const attestation = { updated: '2026-01-31', frequency }
    expect(at(dayBefore, 'passed', attestation)).toEqual(['passed'])
    expect(at(end, 'passed', attestation)).toEqual([
      'skipped',
      `a: the attestation of 2026-01-31 expired on ${end}: it no longer counts`,
    ])
  })

  test.each([
    { updated: 'soon', frequency: '1y' },
    { updated: '2026-01-31', frequency: 'now and then' },
    { updated: '2026-01-31', frequency: '1h' },
    { updated: '2026-01-31' },
    { frequency: '1y' },
    { updated: '2026-01-31', frequency: '1y', expiration_date: 'x' },
  ])('an end that cannot be read counts as none: %j', (attestation) => {
    expect(at('2026-02-01', 'passed', attestation)).toEqual(['skipped', expect.stringContaining('cannot be read')])
  })

  test('an expiration date, as InSpec writes it', () => {
    expect(at('2026-02-01', 'passed', { expiration_date: '2026-03-01' })).toEqual(['passed'])
    expect(at('2026-03-01', 'passed', { expiration_date: '2026-03-01' })[0]).toBe('skipped')
    expect(at('2026-03-01', 'passed', {})).toEqual(['passed'])
  })

  test('an attested failure keeps counting, with a warning', () => {
    const attestation = { updated: '2020-01-01', frequency: '1m' }
    expect(at('2026-02-01', 'failed', attestation)).toEqual(['failed', expect.stringContaining('expired on')])
  })

  test('an attested control is answered, until the attestation expires', () => {
    const unanswered = (updated: string) =>
      judged(
        [attested('passed', { updated, frequency: '1m' }, `${UNANSWERED_PREFIX}no shell`), control('z', 'passed')],
        'unanswered.max: 0',
      )
    expect(unanswered('2026-06-01')).toMatchObject({ verdict: 'passed', unanswered: { total: 0 } })
    expect(unanswered('2026-01-01')).toMatchObject({ verdict: 'failed', unanswered: { total: 1 } })
  })

  test('a waiver and an attestation both end', () => {
    const both = {
      ...attested('passed', { updated: '2020-01-01', frequency: '1m' }),
      waiver_data: { skipped_due_to_waiver: true, justification: 'x', expiration_date: '2020-01-01' },
    }
    expect(judged([both, control('z', 'passed')], 'skipped.total.max: 0').violations).toMatchObject([{ actual: 1 }])
  })
})
