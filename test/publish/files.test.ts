import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { parseInputs } from '../../src/inputs/inputs.ts'
import { INPUTS } from '../../src/inputs/table.ts'
import {
  foldersOf,
  imageFiles,
  makeResultsDir,
  runFiles,
  writeReport,
  writeRunReports,
} from '../../src/publish/files.ts'
import { outputs } from '../../src/publish/outputs.ts'
import { FORMATS } from '../../src/render/formats.ts'
import { realResults, reportOn } from '../report/reports.ts'

test('`formats` takes the names of the table, by commas or lines, each once, and says the nearest of a misspelt one', () => {
  expect([...INPUTS.formats.choices].sort()).toEqual(Object.keys(FORMATS).sort())
  const parse = (formats: string) => parseInputs({ image: 'a', formats }).formats
  expect(parse('')).toEqual([])
  expect(parse('threshold, summary\nthreshold')).toEqual(['summary', 'threshold'])
  expect(() => parse('summery')).toThrow('input `formats` is `summery`')
})

test('file names are unique, and lower case', () => {
  const files = Object.values(FORMATS).map(({ file }) => file)
  expect(new Set(files).size).toBe(files.length)
  for (const file of files) expect(file).toMatch(/^[a-z-]+\.[a-z]+$/)
})

test('digests of an image are on its line, in the same order', () => {
  const digests = ['a', 'b'].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string]
  const report = reportOn(realResults('real-minimal.json'))
  const multi = {
    ...report,
    evidence: { ...report.evidence!, imageDigest: digests[1], imageDigests: [...digests].reverse() },
  }
  const printed = outputs('r', [multi, report], { formats: [] })
  expect(printed['image-digest']).toBe(`${digests[1]}\n${digests[0]}`)
  expect(printed['image-digests']).toBe(`${digests[1]} ${digests[0]}\n${digests[0]}`)
})

test('what is written is what the maps of files say, for one image and for several', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'files-'))
  try {
    const results = realResults('real-minimal.json')
    const asked = [...INPUTS.formats.choices]
    const one = reportOn(results, { resultsDir: join(folder, 'scan-results-1') })
    await writeReport(one)
    await writeRunReports([one], asked)
    const { results: hdf, ...written } = { ...imageFiles(one), ...runFiles([one], asked) }
    expect(hdf).toBe(join(folder, 'scan-results-1', 'scan-results.json'))
    const names = Object.values(written)
    expect(
      (await readdir(join(folder, 'scan-results-1'))).map((name) => join(folder, 'scan-results-1', name)).sort(),
    ).toEqual(names.sort())
    const several = [1, 2].map((index) =>
      reportOn(results, { runId: 'r', resultsDir: join(folder, `scan-results-r-${index}`) }),
    )
    for (const report of several) await writeReport(report)
    await writeRunReports(several, asked)
    for (const path of Object.values(runFiles(several, asked))) expect(path).toMatch(/scan-results-r\/[a-z-.]+$/)
    for (const name of foldersOf(several, asked)) expect((await readdir(name)).length).toBeGreaterThan(0)
    const files = JSON.parse(outputs('r', several, { formats: asked }).files!) as Record<string, string>
    expect(files['summary']!.split('\n')).toEqual(
      [1, 2].map((n) => join(folder, `scan-results-r-${n}`, 'scan-summary.md')),
    )
    expect(Object.keys(files).sort()).toEqual(['results', ...asked].sort())
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a folder that cannot be made is refused immediately, with its cause and what to do', async () => {
  for (const folder of ['/proc/x', '/proc/x/y', '/sys/x/y']) {
    const refused = await makeResultsDir(folder, '1').catch((error: unknown) => error)
    expect(refused).toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(`^cannot write to ${folder}/scan-results-1: .`),
      hint: expect.stringContaining('set `output-dir` to a folder that can be written to'),
    })
  }
  const folder = await mkdtemp(join(tmpdir(), 'files-'))
  try {
    const deep = join(folder, 'a', 'b')
    expect(await makeResultsDir(deep, '1')).toBe(join(deep, 'scan-results-1'))
    expect(await makeResultsDir(deep, '1')).toBe(join(deep, 'scan-results-1'))
  } finally {
    await rm(folder, { recursive: true })
  }
})
