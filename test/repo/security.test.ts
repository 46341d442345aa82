import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { commitFiles, root } from './files.ts'

const text = readFileSync(join(root, 'SECURITY.md'), 'utf8')
const rubyTests = commitFiles('test/transport/*.rb').flatMap((path) =>
  [...readFileSync(join(root, path), 'utf8').matchAll(/def test_(\w+)/g)].map(([, name]) => name!),
)

/** Names of tests and of their files; the middle or an end of a name may be left out as `…`. */
const files = [...text.matchAll(/`(test\/[\w./-]+)`/g)].map(([, path]) => path!)
const names = [...text.matchAll(/`(…?[a-z]+(?:_[a-z]+){4,}…?)`/g)].map(([, name]) => name!)

const isThere = (name: string) => {
  const pattern = new RegExp(`^${name.split('…').join('.*')}$`)
  return rubyTests.some((one) => pattern.test(one))
}

describe('SECURITY.md', () => {
  test('names tests that there are', () => {
    expect(files.length).toBeGreaterThan(10)
    expect(files.filter((path) => !existsSync(join(root, path)))).toEqual([])
    expect(names.length).toBeGreaterThan(10)
    expect(names.filter((name) => !isThere(name))).toEqual([])
    expect(isThere('nobody_looks_into_another_thing')).toBe(false)
  })

  test('every row of what an attacker tries names the test that shows what stops it', () => {
    const tables = [...text.matchAll(/^\|.*\| test \|\n\|[-|]+\|\n((?:\|.*\n)+)/gm)]
    expect(tables.length).toBe(2)
    for (const [, rows] of tables)
      for (const row of rows!.trim().split('\n')) expect(row.split(' | ').at(-1)).toMatch(/^`.*` \|$/)
  })
})
