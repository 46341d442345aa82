import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from '@jest/globals'

/** Whether a text is what a golden file beside the tests holds; `UPDATE_GOLDENS=1` writes it. */
export function expectGolden(name: string, actual: string): void {
  expectFile(join(import.meta.dirname, 'golden', name), actual)
}

/** The same with a golden file beside the results from which the text is made, in `test/data`. */
export function expectBeside(results: string, ending: string, actual: string): void {
  expectFile(join(import.meta.dirname, '..', 'data', results.replace(/\.json(?:\.gz)?$/, ending)), actual)
}

function expectFile(path: string, actual: string): void {
  if (process.env['UPDATE_GOLDENS'] === '1' && actual !== (existsSync(path) ? readFileSync(path, 'utf8') : undefined)) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, actual)
  }
  expect(actual).toBe(readFileSync(path, 'utf8'))
}
