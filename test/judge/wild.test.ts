import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { judgeCommand } from '../../src/commands/judge.ts'
import { ScanError } from '../../src/errors.ts'

/** Shapes of results, waivers and thresholds as InSpec and people write them: one folder each, made for these tests. */
const data = join(import.meta.dirname, '..', 'data', 'judge')
const TODAY = '2026-11-26T09:00:00Z'

interface Row {
  readonly name: string
  /** Words of the command; paths are relative to the folder of this name. */
  readonly args: readonly string[]
  readonly exit: number
  /** `passed failed skipped error no_impact`, in all. */
  readonly counts?: readonly number[]
  readonly said?: string
  readonly unsaid?: string
  readonly violations?: readonly string[]
}

const limits = (text: string) => ['--threshold', text]
const ROWS: readonly Row[] = [
  {
    name: 'overlay-own-result-dropped',
    args: ['--results', 'redefined.json'],
    exit: 1,
    counts: [0, 1, 0, 0, 0],
    violations: ['compliance.min', 'failed.critical.max'],
  },
  {
    name: 'overlay-own-result-dropped',
    args: ['--results', 'library-with-same-id.json'],
    exit: 1,
    counts: [3, 1, 0, 0, 0],
    violations: ['failed.critical.max'],
  },
  {
    name: 'overlay-renamed-dependency',
    args: ['--results', 'results.json', ...limits('error.total.max: 0')],
    exit: 0,
    counts: [1, 1, 0, 0, 0],
  },
  {
    name: 'overlay-renamed-dependency',
    args: ['--results', 'unused-library.json', ...limits('error.total.max: 0')],
    exit: 0,
    counts: [1, 0, 0, 0, 0],
  },
  {
    name: 'overlay-renamed-dependency',
    args: ['--results', 'two-level-old-inspec.json', ...limits('error.total.max: 0')],
    exit: 0,
    counts: [1, 1, 0, 0, 0],
  },
  {
    name: 'two-overlays-one-base',
    args: ['--results', 'results.json', ...limits('error.total.max: 0')],
    exit: 0,
    counts: [2, 1, 0, 0, 0],
  },
  {
    name: 'overlay-no-parent-inspec2',
    args: ['--results', 'results.json', ...limits('error.total.max: 0')],
    exit: 0,
    counts: [1, 1, 0, 0, 0],
  },
  {
    name: 'waiver-key-expiry',
    args: ['--results', 'results.json', '--waiver-file', 'waivers.yml'],
    exit: 2,
    said: 'expiry_date',
  },
  {
    name: 'waiver-end-unreadable',
    args: ['--results', 'results.json', ...limits('failed.total.max: 0, skipped.total.max: 0')],
    exit: 1,
    counts: [1, 0, 1, 0, 0],
  },
  {
    name: 'anonymous-control-baseline',
    args: ['--results', 'now.json', '--baseline', 'then.json', ...limits('new-failures: 0')],
    exit: 0,
    said: '1 still failing: (generated from a.rb:1)',
    unsaid: 'gone',
  },
  {
    name: 'anonymous-control-baseline',
    args: [
      '--results',
      'now.json',
      ...limits('{"failed.medium.controls": ["(generated from a.rb:1 00000000000000000000000000000000)"]}'),
    ],
    exit: 0,
  },
  {
    name: 'attestation-expired',
    args: ['--results', 'results.json'],
    exit: 1,
    counts: [1, 0, 1, 0, 0],
    said: 'k-2: the attestation of 2021-01-01 expired on 2021-04-01',
  },
  { name: 'attestation-unanswered', args: ['--results', 'results.json', ...limits('unanswered.max: 0')], exit: 0 },
  {
    name: 'only-applicable-if',
    args: ['--results', 'results.json', ...limits('error.total.max: 0')],
    exit: 0,
    counts: [1, 0, 0, 0, 1],
  },
  {
    name: 'nothing-applicable',
    args: ['--results', 'results.json'],
    exit: 4,
    said: 'nothing was applicable',
    violations: [],
  },
  {
    name: 'waiver-last-day',
    args: ['--results', 'results.json', '--waiver-file', 'waivers.yml'],
    exit: 1,
    counts: [1, 1, 0, 0, 0],
  },
  {
    name: 'threshold-missing-total',
    args: ['--results', 'results.json', '--threshold-file', 'threshold.yml'],
    exit: 2,
    said: 'did you mean error.total.max?',
    unsaid: 'error.low',
  },
  {
    name: 'load-error-message',
    args: ['--results', 'results.json'],
    exit: 4,
    said: "undefined local variable or method `foo'",
    unsaid: '#<',
  },
  { name: 'utf16', args: ['--results', 'results.json'], exit: 4, said: 'UTF-16' },
  {
    name: 'utf16',
    args: ['--results', '../waiver-last-day/results.json', '--waiver-file', 'waivers.csv'],
    exit: 2,
    said: 'UTF-16',
  },
  {
    name: 'waiver-csv-blank-row',
    args: ['--results', 'results.json', '--waiver-file', 'waivers.csv'],
    exit: 0,
    counts: [1, 0, 0, 0, 1],
  },
]

async function judge(folder: string, args: readonly string[]): Promise<{ exit: number; said: string }> {
  const said: string[] = []
  const io = {
    readFile: (path: string) => readFileSync(join(data, folder, path), 'utf8'),
    writeFile: () => {},
    stdout: (text: string) => void said.push(text),
    stderr: () => {},
    env: {},
    now: new Date(TODAY),
  }
  try {
    return { exit: await judgeCommand.run(args, io), said: said.join('') }
  } catch (error) {
    if (!(error instanceof ScanError)) throw error
    return { exit: error.exitCode, said: `${error.message}\n${error.hint}` }
  }
}

describe('results, waivers and thresholds from the wild', () => {
  test.each(ROWS.map((row) => [`${row.name}: ${row.args.join(' ')}`, row] as const))('%s', async (_, row) => {
    const { exit, said } = await judge(row.name, row.args)
    expect({ exit, said }).toMatchObject({ exit: row.exit, said: expect.stringContaining(row.said ?? '') })
    if (row.unsaid) expect(said).not.toContain(row.unsaid)
    expect(said.length).toBeLessThan(2_000)
    if (!row.counts && !row.violations) return
    const { said: json } = await judge(row.name, [...row.args, '--json'])
    const judgement = JSON.parse(json)
    const totals = ['passed', 'failed', 'skipped', 'error', 'no_impact'].map((status) => judgement.counts[status].total)
    if (row.counts) expect(totals).toEqual(row.counts)
    if (row.violations) expect(judgement.violations.map(({ path }: { path: string }) => path)).toEqual(row.violations)
  })

  test('every folder of the data has a row', () => {
    expect([...new Set(ROWS.map(({ name }) => name))].sort()).toEqual(readdirSync(data).sort())
  })
})
