import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ScanError } from '../../src/errors.ts'
import { readInputsFile } from '../../src/payload/inputs-file.ts'
import { psych } from './psych.ts'

const folder = mkdtempSync(join(tmpdir(), 'inputs-file-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function accepts(data: Buffer): Promise<string> {
  const path = join(folder, 'inputs.yml')
  writeFileSync(path, data)
  try {
    return (await readInputsFile(path)).equals(data) ? 'as it is' : 'changed'
  } catch (error) {
    if (error instanceof ScanError) return error.message
    throw error
  }
}

const line = fc.constantFrom(
  ...[
    'a: 1',
    'a: [\nx, y\n]',
    'a: {b: c,\nd: e}',
    'b: yes',
    ':c: d',
    'd: 2026-01-01',
    'e: 2026-01-01 10:00:00',
    'f: |\n  [x',
  ],
  ...[
    'g: "x\ny"',
    'h:\n- a\n- b',
    '# c',
    '',
    'i: !x y',
    'j: &a [1]\nk: *a',
    'l: 0777',
    'm:\tn',
    "n: 'it''s'",
    'o: ]',
    'p: "q',
    'q: [r',
  ],
)

test('inputs files travel as they are, and are refused only where Psych refuses them', async () => {
  const documents = fc
    .sample(fc.array(line, { minLength: 1, maxLength: 6 }), 400)
    .map((lines) => Buffer.from(`${lines.join('\n')}\n`))
  const truth = psych(documents, { erb: false })
  const wrong: unknown[] = []
  for (const [index, data] of documents.entries()) {
    const { value } = truth[index] as { value?: unknown }
    if (typeof value !== 'object' || value === null) continue
    const said = await accepts(data)
    if (said !== 'as it is') wrong.push({ text: data.toString(), said })
  }
  expect(wrong).toEqual([])
}, 60_000)

test('what holds no inputs is refused, and the message does not quote it', async () => {
  expect(await accepts(Buffer.from('- secret\n'))).toContain('holds no inputs')
  expect(await accepts(Buffer.from('# none yet\n'))).toBe('as it is')
  expect(await accepts(Buffer.from('a: 1\nb: "secret\n'))).toMatch(/is not valid YAML, line 3$/)
})
