// npm test [-- SUITE…]: all suites, or those named. Installs and starts what they need, says what it does, and ends with
// one line over all of them: `N passed, N failed, N skipped`.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { bringUp, type EngineName } from '../test/bed/up.ts'

const root = join(import.meta.dirname, '..')

interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** A suite is a command; what it counts is read from its own report, or is the command itself: one check. */
interface Suite {
  readonly name: string
  readonly needs: readonly EngineName[]
  readonly run: (env: NodeJS.ProcessEnv) => Promise<Counts>
}

const NOTHING: Counts = { passed: 0, failed: 0, skipped: 0 }
const children = new Set<ChildProcess>()

/** Folders of test/ whose jest tests need engines; all other jest tests are the suite `unit`. */
const ENGINE_FOLDERS = ['action', 'cluster', 'scenario', 'security', 'faults', 'soak']

const SUITES: readonly Suite[] = [
  check('types', 'tsc', ['-p', '.', '--noEmit']),
  check('types of the tests', 'tsc', ['-p', 'test']),
  check('format and lint', 'biome', ['check', '.']),
  check('unused exports', 'node', ['scripts/unused-exports.ts']),
  check('lint of Ruby', 'node', ['scripts/rubocop.ts']),
  jest('unit', [], []),
  counted('profile', [], ['test/profile/run']),
  counted('transport', [], ['test/transport/run']),
  counted('differential', ['kubernetes', 'podman'], ['test/transport/differential/run']),
  ...ENGINE_FOLDERS.map((name) => jest(name, ['kubernetes', 'podman'], [name])),
]

/** Runs a program with its output shown; resolves to its exit code and last line. */
async function command(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ code: number; last: string }> {
  const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  children.add(child)
  let last = ''
  // indented, so that the totals of a suite are not taken for those of the whole
  const show = (line: string) => {
    process.stdout.write(`  ${line}\n`)
    if (line.trim() !== '') last = line.trim()
  }
  createInterface({ input: child.stdout! }).on('line', show)
  createInterface({ input: child.stderr! }).on('line', show)
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exitCode) => resolve(exitCode ?? 1))
  })
  children.delete(child)
  return { code, last }
}

function check(name: string, program: string, args: readonly string[]): Suite {
  return {
    name,
    needs: [],
    run: async (env) => {
      const { code } = await command(program, args, env)
      return code === 0 ? { ...NOTHING, passed: 1 } : { ...NOTHING, failed: 1 }
    },
  }
}

/** A program that says `N passed, N failed, N skipped` in its last line. */
function counted(
  name: string,
  needs: readonly EngineName[],
  [program, ...args]: readonly [string, ...string[]],
): Suite {
  return {
    name,
    needs,
    run: async (env) => {
      const { code, last } = await command(join(root, program), args, env)
      const match = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/.exec(last)
      if (!match) return { ...NOTHING, failed: 1 }
      const counts = { passed: Number(match[1]), failed: Number(match[2]), skipped: Number(match[3] ?? 0) }
      // a program that ends badly has failed, whatever it counted
      return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts
    },
  }
}

/** The jest tests of these folders of test/; of all that need no engine, when none is named. */
function jest(name: string, needs: readonly EngineName[], folders: readonly string[]): Suite {
  return {
    name,
    needs,
    run: async (env) => {
      const folder = await mkdtemp(join(tmpdir(), 'jest-'))
      const report = join(folder, 'report.json')
      try {
        const options = ['-c', 'test/jest.config.js', '--json', `--outputFile=${report}`, '--maxWorkers=2']
        const which =
          folders.length > 0
            ? folders.map((folder) => `test/${folder}/`)
            : ENGINE_FOLDERS.map((folder) => `--testPathIgnorePatterns=/test/${folder}/`)
        const node = [
          '--experimental-vm-modules',
          '--disable-warning=ExperimentalWarning',
          'node_modules/jest/bin/jest.js',
        ]
        const { code } = await command('node', [...node, ...options, ...which], env)
        const said = JSON.parse(await readFile(report, 'utf8')) as Record<string, number>
        const failed = (said['numFailedTests'] ?? 0) + (said['numRuntimeErrorTestSuites'] ?? 0)
        return {
          passed: said['numPassedTests'] ?? 0,
          failed: code !== 0 && failed === 0 ? 1 : failed,
          skipped: (said['numPendingTests'] ?? 0) + (said['numTodoTests'] ?? 0),
        }
      } catch (error) {
        console.log(`  no report: ${(error as Error).message}`)
        return { ...NOTHING, failed: 1 }
      } finally {
        await rm(folder, { recursive: true })
      }
    },
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

async function main(): Promise<void> {
  const wanted = process.argv.slice(2)
  const unknown = wanted.filter((name) => !SUITES.some((suite) => suite.name === name))
  if (unknown.length > 0) {
    say(`there is no suite ${unknown.join(', ')}; there are: ${SUITES.map(({ name }) => name).join(', ')}`)
    process.exitCode = 2
    return
  }
  const suites = wanted.length === 0 ? SUITES : SUITES.filter(({ name }) => wanted.includes(name))
  const engines = [...new Set(suites.flatMap(({ needs }) => needs))]
  let env: NodeJS.ProcessEnv = { ...process.env, FORCE_COLOR: '0' }
  if (engines.length > 0) {
    say(`== test bed: ${engines.join(' and ')}`)
    env = { ...env, ...(await bringUp(engines)) }
  }
  const totals = { ...NOTHING }
  const lines: string[] = []
  for (const { name, run } of suites) {
    say(`\n== ${name}`)
    const began = performance.now()
    const counts = await run(env)
    const seconds = ((performance.now() - began) / 1000).toFixed(0)
    for (const key of ['passed', 'failed', 'skipped'] as const)
      Object.assign(totals, { [key]: totals[key] + counts[key] })
    lines.push(`${name}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped in ${seconds} s`)
    say(`== ${lines.at(-1)}`)
  }
  say(`\n${lines.join('\n')}\n`)
  say(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`)
  // the cluster goes on running, so that the next run need not wait for it; `test/bed/cluster down` ends it
  process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    for (const child of children) child.kill(signal)
    process.exit(signal === 'SIGINT' ? 130 : 143)
  })
}
await main()
