/** Exit codes of the CLI, one meaning each; 0 is passed, 1 a breached threshold (a verdict, not an error). */
export type ErrorCode = 2 | 3 | 4 | 130 | 143

/** 2 wrong usage or input · 3 cluster, pod or engine failure · 4 no trustworthy results · 130, 143 interrupted. */
export const EXIT = { usage: 2, engine: 3, results: 4, sigint: 130, sigterm: 143 } as const

/** What can be had another way: the access to the target's files, or a folder that the image lacks. */
type Retryable = 'target-access' | 'command-root'

/**
 * The one error of this project. `message` says what failed and why, in one sentence; `hint` what to do next, naming the
 * input or command that helps; `exitCode` what the CLI ends with.
 */
export class ScanError extends Error {
  override readonly name = 'ScanError'
  readonly exitCode: ErrorCode
  readonly hint: string | undefined
  /** What a caller may try another way. */
  readonly about: Retryable | undefined

  constructor(message: string, options: { exitCode: ErrorCode; hint?: string; cause?: unknown; about?: Retryable }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.exitCode = options.exitCode
    this.hint = options.hint
    this.about = options.about
  }
}

/** Whether something ended by `AbortSignal.timeout`, and not for a reason that was given. */
export function isTimeLimit(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === 'TimeoutError'
}
