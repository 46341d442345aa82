import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { reportCommand } from '../../src/commands/report.ts'
import { ScanError } from '../../src/errors.ts'
import { INPUTS } from '../../src/inputs/table.ts'
import { FORMATS } from '../../src/render/formats.ts'
import { NOW } from '../report/reports.ts'

const DATA = join(import.meta.dirname, '..', 'data', 'threshold', 'hdf')

/** The command on real files; what it writes stays in memory. */
async function report(...argv: string[]) {
  const files: Record<string, string> = {}
  const out: string[] = []
  const io = {
    readFile: (path: string) => readFileSync(join(DATA, path), 'utf8'),
    writeFile: (path: string, text: string) => {
      if (path.startsWith('no/')) throw Object.assign(new Error('no'), { code: 'ENOENT' })
      files[path] = text
    },
    stdout: (text: string) => void out.push(text),
    stderr: () => {},
    env: {},
    now: NOW,
  }
  try {
    return { code: await reportCommand.run(argv, io), out: out.join(''), files, error: null }
  } catch (error) {
    if (!(error instanceof ScanError)) throw error
    return { code: error.exitCode, out: out.join(''), files, error }
  }
}

test('makes every format from a results file, without a cluster; the same file gives the same bytes', async () => {
  const line = [
    '--results',
    'real-one-of-each.json',
    '--format',
    INPUTS.formats.choices.join(','),
    '--output-dir',
    'out',
  ]
  const first = await report(...line)
  expect(first.code).toBe(0)
  expect(Object.keys(first.files).sort()).toEqual(
    Object.values(FORMATS)
      .map(({ file }) => join('out', file))
      .sort(),
  )
  expect((await report(...line)).files).toEqual(first.files)
})

test('prints one format, of several results as several images', async () => {
  const two = [
    '--results',
    'real-one-of-each.json',
    '--results',
    'real-minimal.json',
    '--image',
    'app',
    '--image',
    'db',
  ]
  const { out, files } = await report(
    ...two,
    '--format',
    'summary',
    '--output-dir',
    '-',
    '--threshold',
    'compliance.min: 50',
  )
  expect(files).toEqual({})
  expect(out).toMatch(/^# ❌ Sidecar Scan: failed\n\n2 images: 2 failed/)
  expect(out).toContain('<code>app</code> · ')
  expect(out).not.toMatch(/\| (Engine|Pod Security|Target|Run) \|/)
})

test('refuses what it cannot make, and says what it can', async () => {
  const refused = async (...argv: string[]) => {
    const { code, error } = await report(...argv)
    return [code, error?.message, error?.hint]
  }
  const results = ['--results', 'real-minimal.json']
  expect(await refused()).toEqual([2, 'report: no results were given', 'name a results file with --results'])
  expect((await refused(...results))[2]).toContain(INPUTS.formats.choices.join(', '))
  expect((await refused(...results, '--format', 'sraif'))[2]).toContain('did you mean `sarif`?')
  expect((await refused(...results, '--format', 'sarif,junit', '--output-dir', '-'))[0]).toBe(2)
  expect((await refused(...results, '--format', 'sarif', '--output-dir', 'no'))[1]).toContain('cannot write no/')
  expect((await refused('--results', 'bad-truncated-a.json', '--format', 'sarif'))[0]).toBe(4)
  expect((await refused(...results, '--image', 'a', '--image', 'b', '--format', 'sarif'))[0]).toBe(2)
})
