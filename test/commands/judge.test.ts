import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import type { Command } from '../../src/commands/command.ts'
import { judgeCommand } from '../../src/commands/judge.ts'
import { thresholdCommand } from '../../src/commands/threshold.ts'
import { ScanError } from '../../src/errors.ts'
import { parseHdf } from '../../src/judge/hdf.ts'
import { renderText } from '../../src/render/text.ts'
import { control, hdfText, NOW, profile } from '../judge/hdf-fixture.ts'
import { reportOn } from '../report/reports.ts'

const results = hdfText(
  profile('p', [
    control('a', 'passed'),
    control('b', 'passed'),
    control('c', 'failed', { impact: 0.9 }),
    control('d', 'skipped'),
  ]),
)
const matrix = readFileSync(new URL('../data/threshold/hdf/matrix-a.json', import.meta.url), 'utf8')
const FILES = {
  'r.json': results,
  'matrix.json': matrix,
  'cut.json': results.slice(0, 90),
  'ok.yml': 'compliance.min: 50\n',
  'empty.yml': '',
  'typo.yml': 'failed:\n  critcal:\n    max: 0\n',
}

interface Outcome {
  code: number
  out: string
  error: ScanError | null
  files: Record<string, string>
}

/** A command run on files in memory. */
async function run(
  command: Command,
  line: string | string[],
  more: Record<string, string> = {},
  terminal?: { color: boolean; width: number },
): Promise<Outcome> {
  const files: Record<string, string> = { ...FILES, ...more }
  const out: string[] = []
  const io = {
    readFile: (path: string) => {
      if (!Object.hasOwn(files, path)) throw Object.assign(new Error(`no such file ${path}`), { code: 'ENOENT' })
      return files[path]!
    },
    writeFile: (path: string, text: string) => {
      files[path] = text
    },
    stdout: (text: string) => void out.push(text),
    stderr: () => {},
    env: {},
    now: NOW,
    ...(terminal ? { terminal } : {}),
  }
  try {
    const code = await command.run(typeof line === 'string' ? line.split(' ').filter(Boolean) : line, io)
    return { code, out: out.join(''), error: null, files }
  } catch (error) {
    if (!(error instanceof ScanError)) throw error
    return { code: error.exitCode, out: out.join(''), error, files }
  }
}

const judge = (line: string | string[], more?: Record<string, string>) => run(judgeCommand, line, more)
const threshold = (line: string, more?: Record<string, string>) => run(thresholdCommand, line, more)

describe('judge', () => {
  test.each([
    ['--results r.json --threshold-file ok.yml', 0],
    ['--results r.json', 1],
    ['--results r.json --threshold none', 0],
    ['--results r.json --threshold-file empty.yml', 2],
    ['--results r.json --threshold-file missing.yml', 2],
    ['--results r.json --threshold-file ok.yml --threshold none', 2],
    ['--results r.json --min-controls many', 2],
    ['--results r.json --treshold none', 2],
    ['--results r.json extra', 2],
    ['', 2],
    ['--results cut.json', 4],
    ['--results missing.json', 4],
    ['--results r.json --results cut.json --threshold-file ok.yml', 4],
    ['--results r.json --min-controls 5 --threshold-file ok.yml', 4],
    ['--results r.json --baseline cut.json --threshold-file ok.yml', 4],
    ['--help', 0],
  ])('%s → exit code %d', async (line, code) => {
    const outcome = await judge(line)
    expect(outcome.code).toBe(code)
    if (outcome.error) expect(outcome.error.hint).toBeTruthy()
  })

  test('--json prints one document that agrees with the exit code', async () => {
    const { out, code } = await judge('--results r.json --json')
    const document = JSON.parse(out)
    expect(code).toBe(1)
    expect(Object.keys(document)).toEqual(
      expect.arrayContaining(['verdict', 'compliance', 'counts', 'violations', 'waivers', 'inconclusive']),
    )
    expect(document).toMatchObject({
      verdict: 'failed',
      compliance: 50,
      counts: { failed: { critical: 1 } },
      inconclusive: null,
    })
    expect(document.violations.map((one: { path: string }) => one.path)).toEqual([
      'compliance.min',
      'failed.critical.max',
    ])
    const cut = await judge('--results cut.json --json')
    expect(JSON.parse(cut.out)).toMatchObject({
      verdict: 'inconclusive',
      inconclusive: expect.stringContaining('ends too early'),
    })
  })

  test('for people: verdict, counts, each violation with its controls, waivers, changes, what next', async () => {
    const waivers = {
      'w.yml': 'd: {run: false, expiration_date: 2026-06-20}\n',
      'old.json': hdfText(profile('p', [control('c', 'passed'), control('gone', 'passed')])),
    }
    const { out } = await judge('--results r.json --waiver-file w.yml --baseline old.json', waivers)
    expect(
      out,
    ).toBe(`❌ r.json: Failed: 2 limits breached: compliance is 67 %, at least 70 % is required; 1 critical control failed, at most 0 allowed
  warning    waiver for d: expires at the start of 2026-06-20 (UTC); has no justification
  controls   67 % compliance, 1 failed (1 new, 0 fixed since the baseline), 0 errors, 0 not reviewed, 1 not applicable, 2 passed
             [==============================xxxxxxxxxxxxxxx...............]
  threshold  the default: compliance.min 70, failed.critical.max 0, error.critical.max 0
  gate       ✗ compliance.min       ≥ 70 %  67 %  3 percentage points below the limit: fix 1 control, or waive 1
             ✗ failed.critical.max     ≤ 0     1  1 above the limit: fix 1 critical control, or waive it
             ✓ error.critical.max      ≤ 0     0  at the limit
  worst      failed critical c  test of c

            total  critical  high  medium  low  none
passed          2         0     0       2    0     0
failed          1         1     0       0    0     0
skipped         0         0     0       0    0     0
error           0         0     0       0    0     0
no_impact       1         0     0       1    0     0
unanswered      0         0     0       0    0     0

Violations:
  compliance.min: compliance is 67 %, at least 70 % is required
    c
  failed.critical.max: 1 critical control failed, at most 0 allowed
    c

Waivers:
  d: expiring, until 2026-06-20, counts as no_impact: (no justification)

Since the baseline:
  1 newly failing: c
  1 gone: gone

Next: fix the controls named above, waive them with a date, or see sidecar-scan threshold --explain
`)
  })

  test('begins with the block that `run` prints, in the colours and the width of the terminal', async () => {
    const plain = (await judge('r.json')).out
    const { out } = await run(judgeCommand, ['r.json'], {}, { color: true, width: 80 })
    const block = renderText(
      [reportOn(parseHdf([{ name: 'r.json', text: results }]), { image: 'r.json', resultsDir: '' })],
      {},
      { color: true, width: 80 },
    )
    expect(out.startsWith(block)).toBe(true)
    expect(out).toContain('\u001b[31m█')
    expect(plain).not.toContain('\u001b')
    expect(plain).toContain('compliance is 50 %')
  })

  test('hostile ids cannot write to the terminal or give commands to a runner', async () => {
    const hostile = {
      'x.json': hdfText(profile('p', [control('\u001b[2J\n::set-output name=x::y', 'failed'), control('a', 'passed')])),
    }
    const { out } = await judge('--results x.json', hostile)
    expect(out).toContain('set-output')
    expect(out).not.toMatch(/\u001b|^\s*::/m)
  })

  test('an unknown key is an error with the line and the nearest key', async () => {
    const { error } = await judge('--results r.json --threshold-file typo.yml')
    expect(error?.message).toBe('typo.yml, line 2: unknown key failed.critcal.max (did you mean failed.critical.max?)')
  })
})

describe('threshold', () => {
  test('what it writes passes, and with --exact and --controls too', async () => {
    for (const flags of ['', '--exact', '--controls', '--exact --controls']) {
      const { files, code } = await threshold(`--results matrix.json --output t.yml ${flags}`)
      expect(code).toBe(0)
      expect((await judge('--results matrix.json --threshold-file t.yml', files)).code).toBe(0)
      expect((await judge('--results r.json --threshold-file t.yml', files)).code).toBe(1)
    }
    expect((await threshold('--results matrix.json')).out).toContain('compliance:\n  min: 27\n')
  })

  const mine = '# ours\ncompliance:\n  min: 20 # for now\nfailed: {critical: {max: 5}}\nmin-controls: 2\n'

  test('tightens in place, keeps comments and keys, and prints the diff', async () => {
    const { files, out } = await threshold('--results r.json --threshold-file t.yml', { 't.yml': mine })
    expect(files['t.yml']).toBe(
      '# ours\ncompliance:\n  min: 50 # for now\nfailed: {critical: {max: 1}}\nmin-controls: 4\n',
    )
    expect(out).toBe(
      '- compliance.min: 20\n+ compliance.min: 50\n- min-controls: 2\n+ min-controls: 4\n- failed.critical.max: 5\n+ failed.critical.max: 1\nwrote t.yml\n',
    )
    const again = await threshold('--results r.json --threshold-file t.yml', files)
    expect([again.code, again.out]).toEqual([0, 't.yml fits these results: nothing to tighten\n'])
  })

  test('refuses to loosen, writes nothing then, and loosens when told', async () => {
    const strict = { 't.yml': 'compliance.min: 20\nfailed.critical.max: 0\n' }
    const refused = await threshold('--results r.json --threshold-file t.yml', strict)
    expect([refused.code, refused.files['t.yml']]).toEqual([2, strict['t.yml']])
    expect(refused.error?.message).toContain('failed.critical.max would have to be loosened')
    expect(refused.out).toContain('+ failed.critical.max: 1   (looser)')
    const told = await threshold('--results r.json --threshold-file t.yml --loosen', strict)
    expect(told.files['t.yml']).toBe('compliance.min: 50\nfailed.critical.max: 1\n')
  })

  test('a number that an alias shares is not moved for both', async () => {
    const shared = 'failed:\n  critical: {max: &n 3}\n  high: {max: *n}\n'
    const { files } = await threshold('--results r.json --threshold-file t.yml', { 't.yml': shared })
    expect(files['t.yml']).toBe('failed:\n  critical:\n    max: 1\n  high:\n    max: 0\n')
  })

  test('takes nothing from results that prove nothing, and never replaces a broken file', async () => {
    const none = { 'none.json': hdfText(profile('p', [])) }
    expect((await threshold('--results none.json --output t.yml', none)).code).toBe(4)
    const broken = await threshold('--results r.json --threshold-file typo.yml')
    expect([broken.code, broken.files['typo.yml']]).toEqual([2, FILES['typo.yml']])
  })

  test('explains each line and the distance', async () => {
    const file = {
      't.yml':
        'compliance.min: 60\nfailed:\n  critical: {max: 0}\n  high: {max: 2, controls: []}\nskipped.total: 1\nnew-failures: 0\n',
    }
    const { out, code } = await threshold('--explain --threshold-file t.yml --results r.json', file)
    expect(code).toBe(0)
    expect(
      out,
    ).toBe(`compliance.min: 60 (line 1): controls that pass, of those that count: at least 60 %; now 50 %, 10 percentage points below the limit
new-failures: 0 (line 6): controls that fail and did not in the baseline: at most 0
skipped.total: 1 (line 5): controls that are skipped: exactly 1; 1 control was skipped, so it is
failed.critical.max: 0 (line 3): critical controls that fail: at most 0; 1 critical control failed, 1 too many
failed.high.max: 2 (line 4): high controls that fail: at most 2; 0 high controls failed, 2 to spare
failed.high.controls: [] (line 4): high controls that fail: none; so it is
`)
  })
})
