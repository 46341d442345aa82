import { EXIT, ScanError } from '../errors.ts'

/** What a scan waits for, and what helps where more time would not. */
export interface Waiting {
  readonly why: string
  readonly hint?: string | undefined
}

/** Aborts when time is up, with an error that says what was waited for. */
export function timeLimit(seconds: number, waiting: () => Waiting): Disposable & { signal: AbortSignal } {
  const controller = new AbortController()
  const abort = () => {
    const { why, hint = 'raise `timeout`, or see above in which phase the time went' } = waiting()
    const last = why === '' ? '' : ` while waiting for ${why}`
    controller.abort(new ScanError(`scan timed out after ${seconds} s${last}`, { exitCode: EXIT.engine, hint }))
  }
  const timer = setTimeout(abort, seconds * 1000)
  return { signal: controller.signal, [Symbol.dispose]: () => clearTimeout(timer) }
}
