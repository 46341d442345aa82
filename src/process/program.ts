import { exec } from '@actions/exec'

/** What a program that ended left. */
export interface ProgramResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export interface ProgramOptions {
  readonly signal: AbortSignal
  /** Standard input. */
  readonly input?: string | Buffer
  /** Environment of the program; this process's own, when it is not given. */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Takes standard output as it comes, instead of collecting it. */
  readonly onOutput?: (chunk: Buffer) => void
  /** Of what is collected, roughly so many bytes are kept of each stream: the last. All, when it is not given. */
  readonly keepBytes?: number
}

/**
 * Says its process id before it becomes the program: the exec library offers no other way to end a command it started. By its
 * path: that library prints what it finds wrong with the folders of PATH.
 */
const ANNOUNCED = ['/bin/sh', '-c', 'echo $$ >&2; exec "$0" "$@"'] as const

/**
 * Runs a program to its end, whatever its exit code; 127 when there is none. An aborted signal ends the process and rejects
 * with the signal's reason.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  { signal, input, env, cwd, onOutput, keepBytes = Number.POSITIVE_INFINITY }: ProgramOptions,
): Promise<ProgramResult> {
  signal.throwIfAborted()
  const stdout = lastBytes(keepBytes)
  const stderr = lastBytes(keepBytes)
  const announced = announcement(stderr.push)
  const stop = () => {
    try {
      if (announced.pid !== undefined) process.kill(announced.pid, 'SIGTERM')
    } catch {
      // it has ended by itself
    }
  }
  signal.addEventListener('abort', stop, { once: true })
  try {
    const exitCode = await exec(ANNOUNCED[0], [...ANNOUNCED.slice(1), program, ...args], {
      silent: true,
      ignoreReturnCode: true,
      ...(input === undefined ? {} : { input: Buffer.from(input) }),
      ...(env === undefined ? {} : { env: { ...env } }),
      ...(cwd === undefined ? {} : { cwd }),
      listeners: { stdout: onOutput ?? stdout.push, stderr: announced.push },
    })
    signal.throwIfAborted()
    return { exitCode, stdout: stdout.text(), stderr: stderr.text() }
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** Takes the first line, the process id, out of a stream; the rest goes on. */
function announcement(next: (chunk: Buffer) => void) {
  let line = Buffer.alloc(0)
  let pid: number | undefined
  return {
    get pid() {
      return pid
    },
    push(chunk: Buffer): void {
      if (pid !== undefined) {
        next(chunk)
        return
      }
      line = Buffer.concat([line, chunk])
      const end = line.indexOf('\n')
      if (end === -1) return
      pid = Number(line.subarray(0, end))
      next(line.subarray(end + 1))
    },
  }
}

/** Collects a stream; what is older than the last `limit` bytes goes, chunk by chunk. */
function lastBytes(limit: number) {
  const chunks: Buffer[] = []
  let bytes = 0
  return {
    push(chunk: Buffer): void {
      chunks.push(chunk)
      bytes += chunk.length
      while (bytes - chunks[0]!.length >= limit) bytes -= chunks.shift()!.length
    },
    text: () => Buffer.concat(chunks).toString('utf8'),
  }
}
