import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import * as inspecjs from 'inspecjs'
import { parseHdf } from '../../src/judge/hdf.ts'
import { judge } from '../../src/judge/judge.ts'
import { parseThreshold } from '../../src/judge/threshold.ts'
import type { Severity, Status } from '../../src/judge/types.ts'

const data = new URL('../data/threshold/', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, data), 'utf8')

/** Where SAF is known to be wrong, and why: these must differ, or the entry is out of date. */
const DIFFERENT: Record<string, string> = {
  'dup-ids-a.json': 'a repeated id counts by its first entry',
  'overlay-basefirst-a.json': 'a dependency listed first hides the overlay',
  'two-profiles-a.json': 'only the first profile counts',
  'two-profiles-sameids-a.json': 'ids shared by profiles vanish',
  'sevtags-case-a.json': 'a severity in mixed case is no severity',
  'real-grype-trim.json': 'a severity in mixed case is no severity',
}

const STATUS: Record<string, Status> = {
  Passed: 'passed',
  Failed: 'failed',
  'Not Reviewed': 'skipped',
  'Not Applicable': 'no_impact',
  'Profile Error': 'error',
}

/** Controls as SAF counts them through inspecjs: those of the first profile that nothing extends, each by its root. */
function bySaf(text: string): { id: string; status: Status; severity: Severity }[] {
  const evaluation = inspecjs.convertFile(text)['1_0_ExecJson']!
  return inspecjs
    .contextualizeEvaluation(evaluation)
    .contains[0]!.contains.filter((control) => control.extendedBy.length === 0)
    .map(({ root }) => ({
      id: root.data.id,
      status: STATUS[root.hdf.status]!,
      severity: root.hdf.severity as Severity,
    }))
    .sort(byId)
}

function byUs(text: string): { id: string; status: Status; severity: Severity }[] {
  const { controls } = parseHdf([{ name: 'r', text }])
  return controls.map(({ id, status, severity }) => ({ id, status, severity })).sort(byId)
}

function byId(a: { id: string }, b: { id: string }): number {
  return a.id < b.id ? -1 : Number(a.id > b.id)
}

describe('control by control against inspecjs', () => {
  const files = readdirSync(new URL('hdf/', data)).filter(
    (name) => name.endsWith('.json') && !/^(bad|bom|lenient)-/.test(name),
  )
  test.each(files)('%s', (name) => {
    const text = read(`hdf/${name}`)
    if (DIFFERENT[name]) expect(byUs(text)).not.toEqual(bySaf(text))
    else expect(byUs(text)).toEqual(bySaf(text))
  })

  test('the list of differences names files of the corpus', () => {
    expect(Object.keys(DIFFERENT).filter((name) => !files.includes(name))).toEqual([])
  })
})

test('cases that do not deviate: the verdict SAF gave, and its only violation among ours', () => {
  const cases = read('cases.jsonl')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const agreeing = cases.filter(
    (one) => one.deviates === null && ['pass', 'fail'].includes(one.saf.verdict) && !one.expect.also,
  )
  const results = new Map<string, ReturnType<typeof parseHdf>>()
  const wrong = agreeing.flatMap(({ id, hdf, form, threshold, saf }) => {
    if (!results.has(hdf)) results.set(hdf, parseHdf([{ name: hdf, text: read(hdf) }]))
    const limits = parseThreshold(threshold, { name: 't', form })
    const { verdict, violations } = judge({
      results: results.get(hdf)!,
      threshold: limits,
      now: new Date('2026-01-01'),
    })
    const found = violations.some(({ path }) => path === saf.stdout_first_violation)
    const same = saf.verdict === 'pass' ? verdict === 'passed' : verdict === 'failed' && found
    return same ? [] : [{ id, saf, verdict, violations }]
  })
  expect(wrong).toEqual([])
  expect(agreeing.length).toBeGreaterThan(450)
})
