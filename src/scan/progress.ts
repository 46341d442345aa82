import type { Log } from '../log/log.ts'

/** Milliseconds between two lines of progress. */
const PAUSE = 2_000

/**
 * Turns the transport's lines (`done/total control-id`) into a line in the log every two seconds: "34 of 120 controls".
 * A line that comes again after a cut connection is passed over. `awaiting` is a target that does not run yet.
 */
export function progressLines(log: Log, clock: () => number): (text: string) => void {
  let most = 0
  let awaiting = false
  let saidAt = clock()
  return (text) => {
    if (text === 'awaiting' && !awaiting) {
      awaiting = true
      log.info('waiting: the target’s container does not run yet; its image may still have to be pulled')
    }
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
