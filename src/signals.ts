import { EXIT, ScanError } from './errors.ts'

/** Turns SIGINT and SIGTERM into an abort. Before `protect()` and after disposal, the default (exit) applies. */
interface Interruption extends Disposable {
  /** Aborted by the first of them after `protect`, with a ScanError of that signal's exit code. */
  readonly signal: AbortSignal
  /** Something is about to be created: from now on there must be time to clean up. A second signal does not wait for it. */
  protect(): void
}

export function interruption(): Interruption {
  const controller = new AbortController()
  const stop = (name: 'SIGINT' | 'SIGTERM') => () => {
    const exitCode = name === 'SIGINT' ? EXIT.sigint : EXIT.sigterm
    if (controller.signal.aborted) process.exit(exitCode)
    controller.abort(new ScanError(`interrupted by ${name}`, { exitCode }))
  }
  const handlers = { SIGINT: stop('SIGINT'), SIGTERM: stop('SIGTERM') }
  return {
    signal: controller.signal,
    protect() {
      process.on('SIGINT', handlers.SIGINT)
      process.on('SIGTERM', handlers.SIGTERM)
    },
    [Symbol.dispose]() {
      process.off('SIGINT', handlers.SIGINT)
      process.off('SIGTERM', handlers.SIGTERM)
    },
  }
}
