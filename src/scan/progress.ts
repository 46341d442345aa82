import type { Log } from '../log/log.ts'
import { AWAITING, PROGRESS_LINE } from '../protocol/stream.ts'

const LIVE = 'progress'

/** Pause between two lines of progress. */
const PAUSE_MS = 2_000

/**
 * Turns the transport's lines (`done/total control-id`) into a line in the log every two seconds: "34 of 120 controls".
 * At a terminal a line that changes in place says it with each control, its id and the time, and the log only the end.
 * A line that comes again after a cut connection is skipped, and so is what is no such line. `awaiting` is a target that does not
 * run yet.
 */
export function progressLines(log: Log, clock: () => number): (text: string) => void {
  let most = 0
  let awaiting = false
  let complete = false
  const began = clock()
  let saidAt = began
  return (text) => {
    if (text === AWAITING && !awaiting) {
      awaiting = true
      log.info('waiting: the target’s container does not run yet; its image may still have to be pulled')
    }
    const match = PROGRESS_LINE.exec(text)
    if (!match) return
    const [done, total] = [Number(match[1]), Number(match[2])]
    if (done <= most || done > total || complete) return
    most = done
    if (log.live) {
      const seconds = Math.round((clock() - began) / 1000)
      const line = `${bar(done, total)} ${done} of ${total} controls, ${seconds} s: ${match[3] ?? ''}`
      log.live(LIVE, done < total ? line : undefined)
      if (done < total) return
    }
    complete = done === total
    if (!complete && clock() - saidAt < PAUSE_MS) return
    saidAt = clock()
    log.info(`${done} of ${total} controls`)
  }
}

const CELLS = 20

function bar(done: number, total: number): string {
  const filled = Math.round((CELLS * done) / Math.max(1, total))
  return `[${'#'.repeat(filled)}${'.'.repeat(CELLS - filled)}]`
}
