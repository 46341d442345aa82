import { exec } from '@actions/exec'

export interface CommandResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export interface CommandOptions {
  readonly signal: AbortSignal
  /** Standard input. */
  readonly input?: string
  /** Takes standard output as it comes, instead of collecting it. */
  readonly onOutput?: (chunk: Buffer) => void
}

/** Says its process id before it becomes podman: the exec library offers no other way to end a command it started. */
const ANNOUNCED = ['sh', '-c', 'echo $$ >&2; exec podman "$@"', 'podman'] as const

/**
 * Runs podman to its end, whatever its exit code; 127 when there is none. An aborted signal ends the process and rejects
 * with the signal's reason.
 */
export async function podmanCommand(
  args: readonly string[],
  { signal, input, onOutput }: CommandOptions,
): Promise<CommandResult> {
  signal.throwIfAborted()
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  const pid = () => /^\d+/.exec(Buffer.concat(stderr).toString('latin1'))?.[0]
  const stop = () => {
    try {
      if (pid()) process.kill(Number(pid()), 'SIGTERM')
    } catch {
      // it has ended by itself
    }
  }
  signal.addEventListener('abort', stop, { once: true })
  try {
    const exitCode = await exec(ANNOUNCED[0], [...ANNOUNCED.slice(1), ...args], {
      silent: true,
      ignoreReturnCode: true,
      ...(input === undefined ? {} : { input: Buffer.from(input) }),
      listeners: {
        stdout: (chunk) => (onOutput ? onOutput(chunk) : stdout.push(chunk)),
        stderr: (chunk) => stderr.push(chunk),
      },
    })
    signal.throwIfAborted()
    return {
      exitCode,
      stdout: Buffer.concat(stdout).toString('utf8'),
      stderr: Buffer.concat(stderr)
        .toString('utf8')
        .replace(/^\d+\n/, ''),
    }
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
