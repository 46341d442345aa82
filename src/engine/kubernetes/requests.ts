import { setTimeout as sleep } from 'node:timers/promises'
import { type ConfigurationOptions, Observable, type ObservableMiddleware } from '@kubernetes/client-node'
import { isTimeLimit } from '../../errors.ts'
import { explainApiError, httpStatus, isPassing } from './errors.ts'

/** Time limit of one request. */
export const REQUEST_TIMEOUT_MS = 15_000

/** Calls the API with a time limit and again after passing failures; `attempt` counts from 0. */
export type Call = <T>(
  doing: string,
  signal: AbortSignal,
  request: (options: ConfigurationOptions, attempt: number) => Promise<T>,
) => Promise<T>

/** A `Call` that waits so long between its attempts, and explains what fails for good; `grant` helps where a right is missing. */
export function retrying(pausesMs: readonly number[], grant: string): Call {
  return async (doing, signal, request) => {
    for (let attempt = 0; ; attempt++) {
      if (signal.aborted) throw abortReason(signal, doing, grant)
      const limit = AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)])
      try {
        return await request(withSignal(limit), attempt)
      } catch (error) {
        if (signal.aborted) throw abortReason(signal, doing, grant)
        const pause = pausesMs[attempt]
        if (pause === undefined || !isPassing(error)) throw explainApiError(error, doing, grant)
        await sleep(pause, undefined, { signal }).catch(() => {})
      }
    }
  }
}

/** What a read found; undefined when the object does not exist (a missing namespace is an error). */
export async function undefinedIf404<T>(read: Promise<T>): Promise<T | undefined> {
  return await read.catch((error: unknown) => {
    if (httpStatus(error) === 404 && !/namespaces "/.test(String((error as { body?: unknown }).body))) return undefined
    throw error
  })
}

/** The created object, or the one that exists already under its name: an earlier attempt arrived after all. */
export async function createOrRead<T>(creation: Promise<T>, read: () => Promise<T>): Promise<T> {
  return await creation.catch((error: unknown) => {
    if (httpStatus(error) !== 409 || !/already exists/.test(String((error as { body?: unknown }).body))) throw error
    return read()
  })
}

/** The signal's reason; a plain time limit means that the server did not answer. */
function abortReason(signal: AbortSignal, doing: string, grant: string): unknown {
  const { reason } = signal
  return isTimeLimit(reason) ? explainApiError(reason, doing, grant) : reason
}

function withSignal(signal: AbortSignal): ConfigurationOptions {
  const middleware: ObservableMiddleware = {
    pre: (context) => {
      context.setSignal(signal)
      return new Observable(Promise.resolve(context))
    },
    post: (context) => new Observable(Promise.resolve(context)),
  }
  return { middleware: [middleware], middlewareMergeStrategy: 'append' }
}
