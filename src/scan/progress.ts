import type { Log } from '../log/log.ts'

/** Milliseconds between two lines of progress. */
const PAUSE = 2_000

/**
 * Turns the transport's lines (`done/total control-id`) into a line in the log every two seconds: "34 of 120 controls".
 * A line that comes again after a cut connection is passed over.
 */
export function progressLines(log: Log, clock: () => number): (text: string) => void {
  let most = 0
  let saidAt = clock()
  return (text) => {
    const match = /^(\d+)\/(\d+)/.exec(text)
    if (!match) return
    const [done, total] = [Number(match[1]), Number(match[2])]
    if (done <= most) return
    most = done
    if (done < total && clock() - saidAt < PAUSE) return
    saidAt = clock()
    log.info(`${done} of ${total} controls`)
  }
}
