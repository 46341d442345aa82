import { readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { cleanupCommand } from './commands/cleanup.ts'
import type { Command, RunIo } from './commands/command.ts'
import { explainCommand } from './commands/explain.ts'
import { judgeCommand } from './commands/judge.ts'
import { preflightCommand } from './commands/preflight.ts'
import { renderCommand } from './commands/render.ts'
import { reportCommand } from './commands/report.ts'
import { runCommand } from './commands/run.ts'
import { thresholdCommand } from './commands/threshold.ts'
import { EXIT, ScanError } from './errors.ts'
import { makeFolders } from './folders.ts'
import { nearest } from './inputs/nearest.ts'
import { ignoreBrokenPipe } from './log/broken-pipe.ts'
import { liveLines } from './log/live.ts'
import { plainLine } from './log/plain.ts'
import type { Home } from './payload/payload.ts'
import { interruption } from './signals.ts'

/** @internal Their help is held to what a terminal shows. */
export const COMMANDS: readonly Command<RunIo>[] = [
  runCommand,
  judgeCommand,
  thresholdCommand,
  reportCommand,
  explainCommand,
  renderCommand,
  preflightCommand,
  cleanupCommand,
]

/** Columns where nothing says how many: logs, where lines may be long. */
const WIDTH = 200

/** https://no-color.org and FORCE_COLOR as Node knows it; else a terminal that is not dumb has colours. */
function colored(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env
  if (NO_COLOR) return false
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false'
  return stream.isTTY === true && TERM !== 'dumb'
}

/** The CLI's entry: a command's name, its flags; sets the exit code. */
export async function cli(home: Home, version: string): Promise<void> {
  using interrupted = interruption()
  ignoreBrokenPipe()
  const io: RunIo = {
    readFile: (path) => readFile(path, 'utf8'),
    writeFile: writeInto,
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    env: process.env,
    now: new Date(),
    clock: () => performance.now(),
    home,
    signal: interrupted.signal,
    protect: interrupted.protect,
    terminal: { color: colored(process.stdout), width: process.stdout.columns ?? WIDTH },
    ...(process.stderr.isTTY && process.env['TERM'] !== 'dumb' && !process.env['CI']
      ? {
          live: liveLines(
            (text) => void process.stderr.write(text),
            () => process.stderr.columns ?? WIDTH,
          ),
        }
      : {}),
  }
  try {
    process.exitCode = await dispatch(process.argv.slice(2), io, version)
  } catch (error) {
    process.exitCode = explain(error, io)
  }
}

/** A file, and the folders on the way to it. */
async function writeInto(path: string, text: string): Promise<void> {
  await makeFolders(dirname(path))
  await writeFile(path, text)
}

async function dispatch([name, ...argv]: readonly string[], io: RunIo, version: string): Promise<number> {
  if (name === undefined || name === '--help' || name === 'help' || name === '-h') {
    io.stdout(usage())
    return name === undefined ? EXIT.usage : 0
  }
  if (name === '--version' || name === '-V') {
    io.stdout(`${version}\n`)
    return 0
  }
  const command = COMMANDS.find((one) => one.name === name)
  if (!command) {
    const meant = nearest(
      name,
      COMMANDS.map((one) => one.name),
    )
    const judging = ['validate', 'check', 'evaluate', 'gate'].includes(name)
    throw new ScanError(`there is no command \`${name}\``, {
      exitCode: EXIT.usage,
      hint: judging
        ? 'results are judged with `sidecar-scan judge RESULTS --threshold-file FILE`'
        : meant
          ? `did you mean \`${meant}\`?`
          : '`sidecar-scan --help` lists them',
    })
  }
  if (argv.includes('--help') || argv.includes('-h')) {
    io.stdout(command.help)
    return 0
  }
  return await command.run(argv, io)
}

function usage(): string {
  const list = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`).join('\n')
  return `Usage: sidecar-scan COMMAND [flags]

Runs InSpec profiles against container images inside your own cluster and gates on the results.

${list}

\`sidecar-scan COMMAND --help\` explains a command's flags.
`
}

function explain(error: unknown, io: RunIo): number {
  if (error instanceof ScanError) {
    io.stderr(`error: ${plainLine(error.message)}\n${error.hint ? `  what to do: ${plainLine(error.hint)}\n` : ''}`)
    return error.exitCode
  }
  io.stderr(`unexpected error: ${error instanceof Error ? error.stack : String(error)}\n`)
  return EXIT.engine
}
