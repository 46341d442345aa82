import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { FAULTS } from '../faults/rows.ts'
import { committedPage, faultsPage } from '../faults/table.ts'

const root = join(import.meta.dirname, '..', '..')
const folder = join(root, 'test', 'faults')
const rows = FAULTS.flatMap(({ rows }) => rows)

test('docs/faults.md is what the rows say', () => {
  expect(committedPage()).toBe(faultsPage())
})

test('there are at least 60 rows, each with a name of its own', () => {
  expect(rows.length).toBeGreaterThanOrEqual(60)
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
})

test('every row is shown by a test, or says why not here', () => {
  const own = readdirSync(folder)
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n')
  const unshown = rows.filter(({ id, shownBy, notHere }) => !shownBy && !notHere && !own.includes(`'${id}'`))
  expect(unshown.map(({ id }) => id)).toEqual([])
  for (const { shownBy } of rows) if (shownBy) expect(readFileSync(join(root, shownBy), 'utf8')).toContain('test')
})
