import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from '@jest/globals'

/** Whether a text is what a golden file beside the tests holds; `UPDATE_GOLDENS=1` writes it. */
export function expectGolden(name: string, actual: string): void {
  const path = join(import.meta.dirname, 'golden', name)
  if (process.env['UPDATE_GOLDENS'] === '1' && actual !== (existsSync(path) ? readFileSync(path, 'utf8') : undefined)) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, actual)
  }
  expect(actual).toBe(readFileSync(path, 'utf8'))
}
