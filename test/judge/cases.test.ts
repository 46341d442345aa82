import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { ScanError } from '../../src/errors.ts'
import { parseHdf } from '../../src/judge/hdf.ts'
import { judge } from '../../src/judge/judge.ts'
import { parseThreshold } from '../../src/judge/threshold.ts'
import type { Results, Threshold } from '../../src/judge/types.ts'

const data = new URL('../data/threshold/', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, data), 'utf8')
const lines = (path: string) => read(path).trimEnd().split('\n')

interface Case {
  id: string
  hdf: string
  form: 'file' | 'inline'
  threshold: string
  expect: { verdict: string; violations: string[]; also?: string[] }
  tag: string
}

const cases = lines('cases.jsonl').map((line) => JSON.parse(line) as Case)
const hdf = new Map<string, Results | ScanError>()

/** Results of a corpus file, or the error it gives; parsed once. */
function resultsOf(path: string): Results | ScanError {
  const known = hdf.get(path)
  if (known) return known
  const parsed = attempt(() => parseHdf([{ name: path.replace('hdf/', ''), text: read(path) }]))
  hdf.set(path, parsed)
  return parsed
}

function attempt<T>(run: () => T): T | ScanError {
  try {
    return run()
  } catch (error) {
    if (error instanceof ScanError) return error
    throw error
  }
}

/** The corpus's words for what we say: pass, fail, invalid. */
function judgeCase({ hdf, form, threshold }: Case): { verdict: string; violations: string[] } {
  const results = resultsOf(hdf)
  if (results instanceof ScanError) {
    expect(results.exitCode).toBe(4)
    return { verdict: 'invalid', violations: [] }
  }
  const limits: Threshold | ScanError = attempt(() => parseThreshold(threshold, { name: 'threshold.yml', form }))
  if (limits instanceof ScanError) {
    expect(limits.exitCode).toBe(2)
    return { verdict: 'invalid', violations: [] }
  }
  const { verdict, violations } = judge({ results, threshold: limits, now: new Date('2026-01-01') })
  const words = { passed: 'pass', 'not judged': 'pass', failed: 'fail', inconclusive: 'invalid' }
  return {
    verdict: words[verdict],
    violations: verdict === 'failed' ? violations.map((violation) => violation.path) : [],
  }
}

describe('recorded cases', () => {
  test('the corpus is whole', () => {
    expect(cases.length).toBe(738)
  })

  for (const tag of new Set(cases.map((one) => one.tag))) {
    test(`family ${tag}`, () => {
      const wrong: unknown[] = []
      for (const one of cases.filter((candidate) => candidate.tag === tag)) {
        const actual = judgeCase(one)
        const same = actual.verdict === one.expect.verdict
        const violations = JSON.stringify(actual.violations.sort()) === JSON.stringify(one.expect.violations.sort())
        if (same ? !violations : !one.expect.also?.includes(actual.verdict))
          wrong.push({ id: one.id, actual, expect: one.expect })
      }
      expect(wrong).toEqual([])
    })
  }
})

describe('recorded summaries', () => {
  for (const line of lines('summary/index.jsonl')) {
    const row = JSON.parse(line) as {
      name: string
      hdf: string[]
      expect: { invalid: string } | Record<string, unknown>[]
    }
    test(row.name, () => {
      const files = row.hdf.map((path) => ({ name: path.replace('hdf/', ''), text: read(path) }))
      const results = attempt(() => parseHdf(files))
      if (!Array.isArray(row.expect)) {
        expect(results).toBeInstanceOf(ScanError)
        return
      }
      if (results instanceof ScanError) throw results
      const { profiles } = judge({ results, threshold: { source: 'none', limits: [] }, now: new Date('2026-01-01') })
      const summary = profiles.map(({ name, files, compliance, counts }) => ({
        profileName: name,
        results: files,
        compliance,
        ...counts,
      }))
      expect(summary).toEqual(row.expect)
    })
  }
})
