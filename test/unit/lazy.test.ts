import { execFile } from 'node:child_process'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from '@jest/globals'

const LIMIT = 300_000
const root = join(import.meta.dirname, '..', '..')
const results = join(root, 'test', 'data', 'threshold', 'hdf', 'real-one-of-each.json')

/** What Node is given to say which modules it loads, on stderr. */
const WATCH = `data:text/javascript,${encodeURIComponent(
  "import { registerHooks } from 'node:module'; registerHooks({ load(url, context, next) { process._rawDebug('loaded ' + url); return next(url, context) } })",
)}`

/** The files of src/ that a program loads, by their paths there. */
async function loaded(script: string, ...argv: string[]): Promise<string[]> {
  const { stderr } = await promisify(execFile)(process.execPath, ['--import', WATCH, script, ...argv], {
    cwd: root,
    maxBuffer: 1 << 26,
  })
  const urls = [...stderr.matchAll(/^loaded (file:\S+)$/gm)].map(([, url]) => new URL(url!).pathname)
  return urls.map((path) => relative(join(root, 'src'), path)).filter((path) => !path.startsWith('..'))
}

const cli = (...argv: string[]) => loaded('scripts/dev.ts', ...argv)

/** What is loaded only when it is asked for: by the format that needs it. */
const FORMATS = {
  sarif: 'render/sarif.ts',
  junit: 'render/junit.ts',
  html: 'render/html/page.ts',
  gitlab: 'render/gitlab.ts',
} as const
const LAZY = /^render\/(sarif|junit|gitlab|comment|html\/)|^publish\/(comment|github-api)/

describe('code that is not asked for is not loaded', () => {
  test.each([['--version'], ['run', '--help'], ['judge', results, '--threshold', 'none']])(
    'of formats and comments: %s',
    async (...argv) => {
      const files = await cli(...argv)
      expect(files).toContain('commands/run.ts')
      expect(files.filter((path) => LAZY.test(path))).toEqual([])
    },
    LIMIT,
  )

  test.each(Object.entries(FORMATS))(
    'of other formats: %s',
    async (format, file) => {
      const files = await cli('report', '--results', results, '--format', format, '--output-dir', '-')
      expect(files).toContain(file)
      expect(Object.values(FORMATS).filter((path) => files.includes(path))).toEqual([file])
    },
    LIMIT,
  )

  test(
    'of formats and comments: the Action',
    async () => {
      const files = await loaded('--input-type=module', '--eval', "await import('./src/main.ts')")
      expect(files).toContain('publish/github.ts')
      expect(files.filter((path) => LAZY.test(path))).toEqual([])
    },
    LIMIT,
  )
})
