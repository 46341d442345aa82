import type { LiveLines } from '../log/live.ts'
import type { Home } from '../payload/payload.ts'

/** The world as a command sees it: files, streams, environment and clock, all handed in. */
export interface Io {
  /** @throws what node:fs throws when the file cannot be read. */
  readonly readFile: (path: string) => string | Promise<string>
  readonly writeFile: (path: string, text: string) => void | Promise<void>
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
  readonly env: Readonly<Record<string, string | undefined>>
  readonly now: Date
  /** What stdout is; without it a file or pipe. */
  readonly terminal?: Terminal
}

/** How text is shown. */
interface Terminal {
  readonly color: boolean
  readonly width: number
}

/** What `run` needs beyond other commands. */
export interface RunIo extends Io {
  readonly home: Home
  readonly signal: AbortSignal
  /** To be called before anything is created: from then on `signal` aborts instead of the process ending. */
  readonly protect: () => void
  readonly clock: () => number
  /** Lines that change in place, where stderr is a terminal. */
  readonly live?: LiveLines
}

/** One subcommand of the CLI. `run` returns the exit code and throws ScanError for what it cannot do. */
export interface Command<Needs extends Io = Io> {
  readonly name: string
  readonly summary: string
  readonly help: string
  readonly run: (argv: readonly string[], io: Needs) => Promise<number>
}
