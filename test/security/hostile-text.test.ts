import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { loggedText, plainLine, plainText } from '../../src/log/plain.ts'
import { terminalLog } from '../../src/log/terminal.ts'
import { block, code, details, table, text } from '../../src/render/markdown.ts'
import { podmanEngine } from '../action/engines.ts'
import { commands, Runner, type StepResult } from '../action/runner.ts'
import { installPackages, run } from '../bed/shell.ts'
import { SCANNER } from '../scenario/scan.ts'

beforeAll(() => installPackages(['cmark-gfm']), 300_000)

/** The Markdown as GitHub's own renderer makes HTML of it, with raw HTML let through to be seen. */
const html = (markdown: string): Promise<string> =>
  run('cmark-gfm', ['--unsafe', '-e', 'table', '-e', 'autolink', '-e', 'strikethrough', '-e', 'tasklist'], {
    input: markdown,
  })

/** Elements that a summary of ours has; everything else came from outside. */
const OURS =
  /^<\/?(h1|h2|h3|h4|p|table|thead|tbody|tr|th|td|code|strong|ul|li|pre|details|summary|blockquote)( align="(left|right)"| open)?>$/

const foreignElements = (page: string): string[] => (page.match(/<[^>]*>/g) ?? []).filter((tag) => !OURS.test(tag))

/** What GitHub makes links and notifications of after rendering, in the text that is left. */
function live(page: string): string[] {
  // GitHub links nothing inside <pre>
  const shown = page.replace(/<pre>[\s\S]*?<\/pre>/g, ' ').replace(/<[^>]*>/g, ' ')
  return shown.match(/@[\w-]|(?<![&\w])#\d|\bGH-\d|:\/\/|\bwww\.\w/gi) ?? []
}

describe('text from outside in Markdown', () => {
  const strings = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.string({ unit: fc.constantFrom(...'<>[]()!`*_~|#@:/.-+=\\&;"\'\n\r\t ax1'), maxLength: 60 }),
  )

  test('is only ever text: no element, link, mention or reference comes of it', async () => {
    const seed = Date.now()
    const indented = ['    code', '\tcode', '  \t  - a', '\u001b[0m    code', '     1) a', 'a@.a']
    const samples = [...indented, ...fc.sample(strings, { numRuns: 20_000, seed })]
    const rows = samples.map((sample) => [text(sample), code(sample)])
    const lines = samples.map((sample) => text(sample)).filter((line) => line !== '')
    const list = lines.map((line) => `- ${line}`)
    const blocks = samples.map((sample, index) => details(code(sample), block(`a${index}\n${sample}`)))
    const page = await html([table('ll', ['a', 'b'], rows), ...lines, list.join('\n'), ...blocks].join('\n\n'))
    expect(page.match(/<pre>/g)).toHaveLength(samples.length)
    expect({ seed, foreign: foreignElements(page), live: live(page) }).toEqual({ seed, foreign: [], live: [] })
    // every sample has its row, none more
    expect(page.match(/<tr>/g)).toHaveLength(samples.length + 1)
  }, 300_000)

  test('the check sees what gets through', async () => {
    const page = await html('[a](https://evil.example) <img src=x> @everyone\n')
    expect(foreignElements(page).length).toBeGreaterThan(1)
    expect(live(page)).toContain('@e')
  })

  test('lines of the log hold no command, no escape and no line break', () => {
    fc.assert(
      fc.property(fc.oneof(strings, fc.constantFrom('::error::x', ' ::x::', '##[x]')), (value) => {
        const line = plainLine(value)
        expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/)
        expect(line).not.toMatch(/^\s*::|##\[/)
        expect(plainText(value)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/)
      }),
      { numRuns: 5_000 },
    )
  })
})

describe('a hostile profile through the bundle', () => {
  const engine = podmanEngine()
  let runner: Runner
  let step: StepResult
  beforeAll(async () => {
    await engine.prepare()
    runner = await Runner.start()
    await cp(join(import.meta.dirname, 'hostile'), join(runner.workspace, 'hostile'), { recursive: true })
    const inputs = {
      image: 'localhost/target-scratch:1',
      profile: 'hostile',
      'scanner-image': SCANNER,
      upload: 'false',
    }
    step = await runner.main({ ...inputs, ...engine.inputs }, { env: engine.env })
  }, 300_000)
  afterAll(async () => {
    await runner[Symbol.asyncDispose]()
  })

  test('is judged for what it is', () => {
    expect([step.exitCode, step.outputs['verdict'], step.outputs['failed']]).toEqual([1, 'failed', '36'])
  })

  test('gives the runner no commands but ours', () => {
    const names = [...step.log.matchAll(/^\s*::([\w-]+)/gm)].map(([, name]) => name)
    const known = ['group', 'endgroup', 'error', 'warning', 'add-mask']
    expect(names.filter((name) => !known.includes(name!))).toEqual([])
    expect(commands(step, 'error').filter((message) => message.startsWith('injected'))).toEqual([])
    expect(commands(step, 'add-mask')).toEqual([])
    expect(step.log).not.toContain('##[')
    expect(step.log).not.toMatch(/[\u001b\u202e\u2066]/)
  })

  test('gives the summary no element, link or mention, and stays within its limit', async () => {
    const page = await html(step.summary)
    expect(foreignElements(page)).toEqual([])
    expect(live(page)).toEqual([])
    expect(Buffer.byteLength(step.summary)).toBeLessThan(1024 * 1024)
    expect(step.summary).toContain('Failed controls (36)')
  })

  test('gives no output a line it should not have', () => {
    expect(Object.keys(step.outputs)).not.toContain('injected')
    expect(step.outputs['run-id']).toMatch(/^[\d-]+-[0-9a-f]{6}$/)
    expect(JSON.parse(step.outputs['violations']!)).toHaveLength(2)
  })
})

describe('a line without end', () => {
  const spaces = `a${' '.repeat(1_000_000)}b`

  test('is cut in a log and on a terminal, with "…" for the rest', () => {
    expect(plainLine(spaces)).toMatch(/^a +…$/)
    expect(plainLine(spaces)).toHaveLength(8192)
    const lines = loggedText(`first\n${spaces}\nlast`).split('\n')
    expect(lines.map((line) => line.length)).toEqual([5, 8192, 4])
  })

  test('is cut between characters, never within one', () => {
    for (const start of ['', 'a']) expect(plainLine(start + '😀'.repeat(10_000)).isWellFormed()).toBe(true)
  })

  test('stays whole where it is evidence', () => {
    expect(plainText(spaces)).toBe(spaces)
  })

  test('of a warning and of a foreign text is cut on the way to the terminal', () => {
    const lines: string[] = []
    const log = terminalLog(
      (text) => lines.push(text),
      () => 0,
    )
    log.warn(spaces)
    log.foreign('the scanner', spaces)
    expect(lines.join('').length).toBeLessThan(16_500)
    expect(lines.join('')).toContain('…')
  })
})
