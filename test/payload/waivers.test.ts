import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { parseWaivers } from '../../src/judge/waivers.ts'
import { waiversForInSpec } from '../../src/payload/waivers.ts'

/** What every InSpec of the transport's matrix takes. */
const accepted = readFileSync(join(import.meta.dirname, '..', 'transport', 'matrix', 'waivers.json'), 'utf8')

const CSV = `control_id,run,justification,expiration_date,ticket
account,no,,,
file,FALSE,until the next release,2020-01-31,T-1
1.10,,by number,2099-12-31,
`
const YAML = `account:
  run: false
file:
  run: no
  justification: until the next release
  expiration_date: 2020-01-31
  ticket: T-1
1.10:
  justification: by number
  expiration_date: 2099-12-31
`

test.each([
  ['CSV', 'w.csv', CSV],
  ['YAML', 'w.yml', YAML],
])('waivers travel in the one form that every InSpec reads alike: from %s', (_, name, text) => {
  const sent = JSON.parse(waiversForInSpec(parseWaivers(text, name)).toString('utf8')) as object
  expect(sent).toEqual(JSON.parse(accepted))
})

test('a list beside what InSpec knows does not travel', () => {
  const sent = waiversForInSpec(parseWaivers('a:\n  run: false\n  hosts: [x, y]\n  count: 3\n', 'w.yml'))
  expect(JSON.parse(sent.toString('utf8'))).toEqual({ a: { justification: '', run: false, hosts: null, count: '3' } })
})
