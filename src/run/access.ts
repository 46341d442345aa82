import { ScanError } from '../errors.ts'
import type { Inputs } from '../inputs/inputs.ts'
import type { Log } from '../log/log.ts'
import type { TargetAccess } from '../plan/pod.ts'
import { LOAD_WITHOUT_PROCESS } from '../protocol/sentences.ts'

/** How the images of a run are reached: decided once, by the first of them. */
export interface AccessChoice {
  /** The way as far as it is known. */
  readonly way: () => TargetAccess
  /**
   * Runs a scan that way, and once more the other way when this one is refused and another is allowed. `settled` is to
   * be called when the way has proven right: scans of other images wait for that.
   */
  /** The way to scan once more, where what came back was lost because the image was only mounted; undefined where it is final. */
  readonly again: (used: TargetAccess, scannerLog: string) => TargetAccess | undefined
  readonly use: <T>(scan: (way: TargetAccess, settled: () => void) => Promise<T>) => Promise<T>
}

/**
 * `auto` prefers the image volume for a target at rest and falls back to the sidecar, with one line in the log; `impossible`
 * is the engine's reason not even to try.
 */
export function accessChoice(
  inputs: Pick<Inputs, 'targetAccess' | 'targetMode'>,
  impossible: string | undefined,
  log: Log,
): AccessChoice {
  const fallBack = (why: string): TargetAccess => {
    log.info(`target-access: sidecar, because ${why}`)
    return 'sidecar'
  }
  let way: TargetAccess
  let undecided = false
  if (inputs.targetAccess !== 'auto') way = inputs.targetAccess
  else if (inputs.targetMode === 'run') way = 'sidecar'
  else if (impossible !== undefined) way = fallBack(impossible)
  else {
    way = 'volume'
    undecided = true
  }
  let probe: Promise<void> | undefined

  return {
    way: () => way,
    again(used, scannerLog) {
      const missing = used === 'volume' && inputs.targetAccess === 'auto' ? LOAD_WITHOUT_PROCESS.exec(scannerLog) : null
      return missing ? fallBack(`the profile does not load without a process: ${missing[1]}`) : undefined
    },
    async use(scan) {
      while (undecided && probe) await probe
      if (!undecided) return await scan(way, () => {})
      const { promise, resolve } = Promise.withResolvers<void>()
      probe = promise
      const release = () => {
        probe = undefined
        resolve()
      }
      const settled = () => {
        undecided = false
        release()
      }
      try {
        return await scan(way, settled)
      } catch (error) {
        if (!undecided || !(error instanceof ScanError) || error.about !== 'target-access') throw error
        way = fallBack(error.message)
        undecided = false
      } finally {
        // a scan that failed for another reason has decided nothing: the next one tries
        release()
      }
      return await scan(way, () => {})
    },
  }
}
