import { EXIT, ScanError } from './errors.ts'

/**
 * A signal that aborts when the process is told to end (SIGINT, SIGTERM); its reason is a ScanError with that signal's
 * exit code. What runs then has the time to clean up; a second SIGINT ends the process at once.
 */
export function interruption(): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController()
  const stop = (name: 'SIGINT' | 'SIGTERM') => () => {
    if (controller.signal.aborted) process.exit(name === 'SIGINT' ? EXIT.sigint : EXIT.sigterm)
    controller.abort(
      new ScanError(`interrupted by ${name}`, { exitCode: name === 'SIGINT' ? EXIT.sigint : EXIT.sigterm }),
    )
  }
  const handlers = { SIGINT: stop('SIGINT'), SIGTERM: stop('SIGTERM') }
  process.on('SIGINT', handlers.SIGINT)
  process.on('SIGTERM', handlers.SIGTERM)
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      process.off('SIGINT', handlers.SIGINT)
      process.off('SIGTERM', handlers.SIGTERM)
    },
  }
}
