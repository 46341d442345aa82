import { describe, expect, test } from '@jest/globals'
import { judgeCommand } from '../../src/commands/judge.ts'
import { thresholdCommand } from '../../src/commands/threshold.ts'
import { ScanError } from '../../src/errors.ts'
import { nearestKey } from '../../src/judge/keys.ts'
import { parseWaivers } from '../../src/judge/waivers.ts'
import { control, hdfText, NOW, profile, refusal } from './hdf-fixture.ts'

const good = hdfText(profile('p', [control('a', 'passed'), control('b', 'failed')]))
const utf16 = (text: string, bom = true) => Buffer.from((bom ? '\ufeff' : '') + text, 'utf16le').toString('utf8')

/** A command on files in memory: exit code, and what it said on which stream. */
async function run(command: typeof judgeCommand, args: readonly string[], files: Record<string, string> = {}) {
  const said = { out: '', err: '' }
  const all: Record<string, string> = { 'r.json': good, ...files }
  const io = {
    readFile: (path: string) => all[path]!,
    writeFile: () => {},
    stdout: (text: string) => {
      said.out += text
    },
    stderr: (text: string) => {
      said.err += text
    },
    env: {},
    now: NOW,
  }
  try {
    return { exit: await command.run(args, io), ...said }
  } catch (error) {
    if (!(error instanceof ScanError)) throw error
    return { exit: error.exitCode, out: '', err: `${error.message}; ${error.hint}` }
  }
}

const judge = (args: readonly string[], files?: Record<string, string>) => run(judgeCommand, args, files)

describe('a key without its severity means all of them', () => {
  test.each([
    ['error.max', 'error.total.max'],
    ['passed.min', 'passed.total.min'],
    ['failed.max', 'failed.total.max'],
    ['skipped.maximum', 'skipped.total.max'],
    ['Errors.Max', 'error.total.max'],
    ['no_impact.controls', 'no_impact.total.controls'],
  ])('%s → %s', (wrong, right) => {
    expect(nearestKey(wrong)).toBe(right)
  })
})

describe('a results file that is something else says what it is', () => {
  test.each([
    ['UTF-16', utf16(good), 'is in UTF-16'],
    ['UTF-16 without a mark', utf16(good, false), 'is in UTF-16'],
    ['UTF-16, big endian', Buffer.from(`\ufeff${good}`, 'utf16le').swap16().toString('utf8'), 'is in UTF-16'],
    ['HDF version 3', '{"baselines": [{"name": "p"}], "components": []}', 'is HDF version 3'],
    ['a YAML report', '---\nplatform:\n  name: debian\nprofiles:\n- name: p\n', 'is YAML, not JSON'],
    ['a YAML report with symbols', ':platform:\n  :name: debian\n', 'is YAML, not JSON'],
    ['a JUnit report', '<?xml version="1.0"?>\n<testsuites/>', 'is XML or HTML'],
    [
      'a log line first',
      `[2026-01-01T00:00:00+00:00] WARN: x\n${good}`,
      'has a log line before the JSON: "[2026-01-01T',
    ],
    ['log lines first', `+----+\nChef License\n+----+\n${good}`, 'has a log line before the JSON: "+----+"'],
    ['cut off', good.slice(0, 50), 'ends too early'],
  ])('%s', async (_, text, message) => {
    const { exit, out } = await judge(['--results', 'x'], { x: text })
    expect([exit, out]).toEqual([4, expect.stringContaining(message)])
    if (!message.includes('early')) expect(out).not.toContain('full disk')
  })
})

describe('a waivers file that is something else says what it is', () => {
  const top = 'must have control ids at the top level'
  test.each([
    ['UTF-16', 'w.csv', utf16('control_id,run\na,no\n'), 'is in UTF-16'],
    ['an Excel file', 'w.xlsx', 'PK\u0003\u0004x', 'is an Excel file'],
    ['an old Excel file', 'w.XLS', 'x', 'is an Excel file'],
    ['an Excel file by another name', 'w.csv', 'PK\u0003\u0004x', 'is an Excel file'],
    [
      'a wrapping key',
      'w.yml',
      'waivers:\n  a: {run: false}\n  b: {run: false}\n',
      `line 1: waivers is no control: the file ${top}`,
    ],
    ['a wrapping list', 'w.yml', 'waivers:\n  - control_id: a\n    run: false\n', top],
    ['a list', 'w.json', '[{"control_id": "a"}]', top],
  ])('%s', (_, name, text, message) => {
    expect(refusal(() => parseWaivers(text, name)).message).toContain(message)
  })

  test('rows of blanks are left out; one waiver is no wrapping key', () => {
    const text = 'control_id,justification,run\na,x,no\n,,\n ,  ,\t\nb,y,no\n'
    expect(parseWaivers(text, 'w.csv').map(({ controlId, line }) => [controlId, line])).toEqual([
      ['a', 2],
      ['b', 5],
    ])
    expect(parseWaivers('a: {run: no, contact: {name: x}}\n', 'w.yml').length).toBe(1)
    expect(parseWaivers('a: {\nrun: off,\njustification: x\n}\n', 'w.yml')[0]).toMatchObject({ run: false, line: 1 })
  })
})

describe('judge', () => {
  test('takes the results without a flag', async () => {
    expect((await judge(['r.json', '--threshold', 'failed.total.max: 1'])).exit).toBe(0)
  })

  test.each([
    [['-i', 'r.json'], '--results here'],
    [['-T', 't.yml'], '--threshold-file here'],
    [['-I', 'x'], '--threshold here'],
  ])('knows what SAF calls %j', async (args, hint) => {
    expect((await judge(args)).err).toContain(hint)
  })

  test('warnings stand above the counts, and the next step names them', async () => {
    const files = { 'w.yml': 'b: {run: false, expiration_date: 2026-06-20, justification: x}\n' }
    const { out } = await judge(['r.json', '--waiver-file', 'w.yml', '--threshold', 'failed.total.max: 0'], files)
    expect(out.indexOf('  warning  ')).toBeGreaterThan(0)
    expect(out.indexOf('  warning  ')).toBeLessThan(out.indexOf('total  critical'))
    expect(out).toContain('Next: read the warning above first: the verdict rests on what they say')
  })

  test('the next step speaks of controls only where some are named', async () => {
    const named = await judge(['r.json', '--threshold', 'failed.total.max: 0'])
    expect(named.out).toContain('Next: fix the controls named above')
    const unnamed = await judge(['r.json', '--threshold', 'min-controls: 9'])
    expect(unnamed.out).toContain('Next: see which limits are breached above')
  })

  test('inconclusive beside breached limits says which counts, and --json says why on stderr', async () => {
    const skipped = { s: hdfText(profile('p', [control('a', 'skipped')])) }
    const { out } = await judge(['s', '--threshold', 'passed.total.min: 1'], skipped)
    expect(out).toContain('Violations (they do not count: the results prove nothing):')
    const json = await judge(['s', '--json'], skipped)
    expect([json.exit, json.err]).toEqual([4, expect.stringMatching(/^inconclusive: every control was skipped/)])
    expect(JSON.parse(json.out).verdict).toBe('inconclusive')
    expect((await judge(['r.json', '--json'])).err).toBe('')
  })

  test('with no controls run there are no figures that alarm', async () => {
    const controls = Array.from({ length: 81 }, (_, index) => control(`c-${index}`, null, { impact: 0.9 }))
    const failed = { f: hdfText(profile('p', controls, { status: 'failed', status_message: 'no such file' })) }
    const { exit, out } = await judge(['f'], failed)
    expect([exit, out]).toEqual([4, expect.stringContaining('the profile p failed to load: no such file')])
    expect(out).not.toMatch(/\b81\b|\b0 %/)
  })
})

describe('threshold --explain', () => {
  test('takes a threshold inline, cuts long lists, speaks of percentage points', async () => {
    const ids = Array.from({ length: 30 }, (_, index) => `c-${index}`)
    const text = JSON.stringify({ 'compliance.min': 88, 'failed.total.controls': ids })
    const { exit, out } = await run(thresholdCommand, ['--explain', '--threshold', text, '--results', 'r.json'])
    expect(exit).toBe(0)
    expect(out).toContain('now 50 %, 38 percentage points below the limit')
    expect(out).toContain('and 20 more]')
    expect((await run(thresholdCommand, ['--threshold', 'none', '--results', 'r.json'])).exit).toBe(2)
  })
})
