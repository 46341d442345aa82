import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { controlDetails, described, profileInputs, tagValues } from '../../src/judge/details.ts'
import { parseHdf } from '../../src/judge/hdf.ts'

const real = (name: string) => {
  const path = join(import.meta.dirname, '..', 'data', 'threshold', 'hdf', name)
  return parseHdf([{ name, text: readFileSync(path, 'utf8') }])
}

const control = (fields: object) => ({ id: 'a', impact: 0.5, results: [], ...fields })
const hdf = (profiles: object[]) => parseHdf([{ name: 'a.json', text: JSON.stringify({ profiles, version: '5' }) }])

describe('what a control says about itself', () => {
  test('is kept from a real profile: texts, tags, code and place', () => {
    const details = controlDetails(real('real-rhel8-hardened.json').controls[0]!)
    expect(details.desc).toMatch(/^An operating system release is considered "supported"/)
    expect(details.descriptions.map(({ label }) => label)).toEqual(['check', 'fix'])
    expect(described(details, 'fix')).toBe('Upgrade to a supported version of RHEL 8.')
    expect(tagValues(details, 'stig_id')).toEqual(['RHEL-08-010000'])
    expect(tagValues(details, 'container')).toEqual([])
    expect(details.code).toMatch(/^control 'SV-230221' do/)
    expect(details.location?.file).toMatch(/controls\/SV-230221\.rb$/)
  })

  test('comes from the overlay first and from what it overlays where it says nothing', () => {
    const details = controlDetails(real('real-triple-overlay.json').controls[0]!)
    expect(tagValues(details, 'gid')).not.toEqual([])
    expect(described(details, 'fix')).not.toBe('')
    const [overlaid] = hdf([
      { name: 'top', controls: [control({ desc: 'ours', tags: { a: '1' }, code: 'over', title: '' })] },
      {
        name: 'base',
        parent_profile: 'top',
        controls: [
          control({ desc: 'theirs', tags: { a: '2', b: ['3', null] }, code: 'base', results: [{ status: 'passed' }] }),
        ],
      },
    ]).controls
    expect(controlDetails(overlaid!)).toMatchObject({
      desc: 'ours',
      tags: [
        { name: 'a', values: ['1'] },
        { name: 'b', values: ['3'] },
      ],
      code: 'over\n\nbase',
    })
  })

  test('is taken whatever its shape', () => {
    const odd = fc.anything({ withNullPrototype: false })
    fc.assert(
      fc.property(fc.record({ desc: odd, descriptions: odd, code: odd, source_location: odd, refs: odd }), (fields) => {
        const text = JSON.stringify({ profiles: [{ name: 'p', controls: [control(fields)] }] })
        const [one] = parseHdf([{ name: 'a.json', text }]).controls
        const details = controlDetails(one!)
        expect(typeof details.desc).toBe('string')
        for (const { text } of details.descriptions) expect(typeof text).toBe('string')
        for (const ref of details.refs) expect(typeof ref).toBe('string')
      }),
    )
  })
})

test('the inputs of a profile are kept, but never a sensitive one', () => {
  const attributes = [
    { name: 'path', options: { value: ['/etc', 1] } },
    { name: 'plain', options: { value: 'x', sensitive: false } },
    { name: 'password', options: { value: 'secret', sensitive: true } },
    { name: 'token', sensitive: 'true', options: { value: 'secret' } },
    { name: 'unset', options: { type: 'String' } },
    'odd',
  ]
  const [profile] = hdf([{ name: 'p', attributes, controls: [control({})] }]).profiles
  expect(profileInputs(profile!)).toEqual([
    { name: 'path', value: '["/etc",1]' },
    { name: 'plain', value: 'x' },
    { name: 'unset', value: '' },
  ])
})
