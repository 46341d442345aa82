import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { liveLines } from '../../src/log/live.ts'
import { prefixedLog, terminalLog } from '../../src/log/terminal.ts'
import { renderText } from '../../src/render/text.ts'
import { progressLines } from '../../src/scan/progress.ts'
import { installPackages, run } from '../bed/shell.ts'
import { failedReport, reportOn, resultsOf, rhel9 } from '../report/reports.ts'

const ESCAPES = /\u001b\[[0-9;]*[A-Za-z]/g
const report = () => reportOn(rhel9('baseline'), { threshold: 'compliance.min: 60, failed.high.max: 0' })

let folder: string
beforeAll(async () => {
  await installPackages(['tmux'])
  folder = await mkdtemp(join(tmpdir(), 'terminal-'))
}, 300_000)
afterAll(() => rm(folder, { recursive: true }))

/** What is on the screen of a real terminal of a width after a text was written to it. */
async function screen(text: string, columns: number): Promise<string[]> {
  const file = join(folder, 'text')
  await writeFile(file, text)
  return (await screenOf(`cat ${file}; sleep 60`, columns)).split('\n')
}

/** What is on the screen once a command has written something that matches; with `-e` its colours too. */
async function screenOf(command: string, columns: number, until = /\S/, ...capture: string[]): Promise<string> {
  const socket = join(folder, 'socket')
  const tmux = (...args: string[]) => run('tmux', ['-S', socket, ...args])
  await tmux('-f', '/dev/null', 'new-session', '-d', '-x', String(columns), '-y', '60', command)
  try {
    for (let tries = 0; tries < 300; tries++) {
      const shown = (await tmux('capture-pane', '-p', ...capture)).trimEnd()
      if (until.test(shown)) return shown
      await sleep(200)
    }
    return ''
  } finally {
    await tmux('kill-server')
  }
}

describe('the result of a run', () => {
  test.each([80, 200])(
    'at %i columns: the verdict, bar, gate and ten worst controls, no line of them wrapped',
    async (width) => {
      const text = renderText([report()], { html: 'scan-report.html' }, { color: true, width })
      const lines = await screen(text, width)
      const plain = lines.join('\n')
      expect(plain).toContain('registry.example/org/app:1.2: Failed: 2 limits breached')
      expect(plain).toMatch(/gate {7}✗ compliance\.min +≥ 60 %/)
      expect(lines.filter((line) => /^ {2}(worst)? +failed high +SV-/.test(line))).toHaveLength(4)
      expect(lines.filter((line) => /^ {2}(worst)? +failed /.test(line))).toHaveLength(10)
      expect(plain).toContain('and 259 more: see scan-summary.md')
      expect(plain).toContain('html       scan-report.html')
      expect(plain).toContain('█')
    },
    60_000,
  )

  test('without colours has no escape, and a bar of signs', () => {
    const text = renderText([report()])
    expect(text).not.toContain('\u001b')
    expect(text).toMatch(/\[=+x+!+\?+\.+\]/)
    const coloured = renderText([report()], {}, { color: true, width: 120 })
    expect(coloured).toContain('\u001b[31m')
    expect(coloured.replace(ESCAPES, '')).not.toContain('\u001b')
  })

  test('of a scan that failed says why and what to do, and no figures', () => {
    const text = renderText([failedReport('the image cannot be pulled', 'check `image`')])
    expect(text).toContain('the image cannot be pulled')
    expect(text).toMatch(/what to do +check/)
    expect(text).not.toContain('compliance')
  })

  test('hostile text is one line of text', () => {
    const evil = 'a\u001b[2J\n::error::x\u202e'
    const text = renderText([
      reportOn(resultsOf([{ id: evil, title: evil, impact: 1, results: [{ status: 'failed', message: evil }] }]), {
        image: evil,
      }),
    ])
    expect(text).not.toMatch(/\u001b|\u202e|^::/m)
  })
})

describe('the CLI', () => {
  const root = join(import.meta.dirname, '..', '..')
  const results = join(root, 'test', 'data', 'threshold', 'hdf', 'real-one-of-each.json')
  const argv = [join(root, 'scripts', 'dev.ts'), 'judge', results]
  // the engine of these tests sets some of them itself
  const bare = 'env -u NO_COLOR -u FORCE_COLOR -u CI -u TERM'

  test.each<[string, string, boolean]>([
    ['a pipe', 'TERM=xterm', false],
    ['NO_COLOR in a pipe', 'NO_COLOR=1 FORCE_COLOR=1', false],
    ['FORCE_COLOR in a pipe', 'FORCE_COLOR=1', true],
    ['FORCE_COLOR=0', 'FORCE_COLOR=0', false],
    ['a CI', 'CI=true TERM=xterm', false],
  ])(
    'colours in %s',
    async (_, set, coloured) => {
      const out = await run('sh', ['-c', `${bare} ${set} "$@" || true`, 'sh', process.execPath, ...argv])
      expect(out).toContain('real-one-of-each.json: Failed')
      expect(out.includes('\u001b[')).toBe(coloured)
    },
    60_000,
  )

  test.each([
    [80, '', true],
    [200, '', true],
    [80, 'NO_COLOR=1', false],
  ])(
    'at a terminal of %i columns %s',
    async (width, set, coloured) => {
      const command = `${bare} TERM=xterm ${set} ${[process.execPath, ...argv].join(' ')}; sleep 60`
      const shown = await screenOf(command, width, /Next: /, '-e')
      const lines = shown.replace(ESCAPES, '').split('\n')
      expect(lines.filter((line) => /^ {2}gate {7}[✗✓] /.test(line))).toHaveLength(1)
      expect(lines.filter((line) => /^ {2}worst {6}(failed|error)/.test(line))).toHaveLength(1)
      expect(/\u001b\[\d*3[15]m/.test(shown)).toBe(coloured)
      expect(shown.includes('█')).toBe(coloured)
      // what is cut ends with the sign for it, within the width
      for (const line of lines) expect([...line].length).toBeLessThanOrEqual(width)
    },
    90_000,
  )
})

describe('live lines', () => {
  const log = (columns: number) => {
    let written = ''
    let now = 0
    const write = (text: string) => {
      written += text
    }
    const clock = () => (now += 700)
    return {
      log: terminalLog(
        write,
        clock,
        liveLines(write, () => columns),
      ),
      clock,
      written: () => written,
    }
  }

  test('show control, count and time in place while controls run, and leave the log without them', async () => {
    const { log: terminal, clock, written } = log(80)
    terminal.phase('Scan')
    const progress = progressLines(terminal, clock)
    for (let n = 1; n < 30; n++) progress(`${n}/30 SV-${n}`)
    const during = await screen(written(), 80)
    expect(during.filter((line) => line.includes(' of 30 controls'))).toHaveLength(1)
    expect(during.at(-1)).toMatch(/\[#+\.\] 29 of 30 controls, \d+ s: SV-29$/)
    progress('30/30 SV-30')
    terminal.end()
    const after = await screen(written(), 80)
    expect(after.map((line) => line.trim())).toEqual(['Scan', '30 of 30 controls', expect.stringMatching(/^[\d.]+ s$/)])
  }, 60_000)

  test('are one for each of several images, below what is said meanwhile, and never wrap', async () => {
    const { log: terminal, clock, written } = log(40)
    const logs = ['1/2', '2/2'].map((name) => prefixedLog(terminal, name))
    const [one, two] = logs.map((log) => progressLines(log, clock))
    one!(`1/9 ${'long-'.repeat(30)}`)
    two!('2/9 b')
    logs[0]!.info('something is said')
    one!('3/9 c')
    const lines = await screen(written(), 40)
    expect(lines.map((line) => line.trim().slice(0, 24))).toEqual([
      '[1/2] something is said',
      expect.stringMatching(/^\[1\/2\] \[#+\.+/),
      expect.stringMatching(/^\[2\/2\] \[#+\.+/),
    ])
  }, 60_000)

  test('are lines of the log where there is no terminal', () => {
    let written = ''
    const write = (text: string) => {
      written += text
    }
    const terminal = terminalLog(write, () => 0)
    const progress = progressLines(terminal, () => 0)
    for (let n = 1; n <= 30; n++) progress(`${n}/30 SV-${n}`)
    expect(written).toBe('  30 of 30 controls\n')
  })
})
