import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { explainCommand } from '../../src/commands/explain.ts'
import { ScanError } from '../../src/errors.ts'
import { expectGolden } from '../render/golden.ts'
import { NOW } from '../report/reports.ts'

const DATA = join(import.meta.dirname, '..', 'data', 'threshold', 'hdf')

async function explain(...argv: string[]) {
  const out: string[] = []
  const io = {
    readFile: (path: string) => readFileSync(join(DATA, path), 'utf8'),
    writeFile: () => {},
    stdout: (text: string) => void out.push(text),
    stderr: () => {},
    env: {},
    now: NOW,
  }
  try {
    return { code: await explainCommand.run(argv, io), out: out.join(''), error: null }
  } catch (error) {
    if (!(error instanceof ScanError)) throw error
    return { code: error.exitCode, out: out.join(''), error }
  }
}

const RESULTS = ['--results', 'real-one-of-each.json']

test('shows a control by its id or by a tag, with all that is known of it', async () => {
  const { code, out } = await explain('SV-230222', ...RESULTS)
  expect(code).toBe(0)
  expectGolden('explain.txt', out)
  for (const name of ['sv-230222', 'RHEL-08-010010', 'V-230222'])
    expect((await explain(name, ...RESULTS)).out).toBe(out)
})

test('refuses what it cannot show, and says the nearest', async () => {
  expect((await explain(...RESULTS)).error?.message).toBe('explain: no control was named')
  expect((await explain('SV-230222')).error?.message).toBe('explain: no results were given')
  const unknown = await explain('SV-23022', ...RESULTS)
  expect([unknown.code, unknown.error?.hint]).toEqual([2, expect.stringMatching(/did you mean `SV-23022\d`/)])
})
