import { setTimeout as sleep } from 'node:timers/promises'
import type { ContainerRef, PodVerbs } from '../engine/engine.ts'
import { ScanError } from '../errors.ts'
import type { Marker } from './marker.ts'
import { type Observe, type Observed, observer } from './observe.ts'
import type { ScanOptions } from './options.ts'
import { progressLines } from './progress.ts'
import { type WatchStream, watchStream } from './stream.ts'

/** Pauses between two looks at the pod, before and while the scanner works. */
const OBSERVE_INTERVAL_MS = 150
const SCANNING_INTERVAL_MS = 1_500
/** The status of a pod lags behind by up to a second: for this time after scheduling, the scanner is asked regardless. */
const EAGER_MS = 4_000
/** The scanner prints something every second, and less often on a busy node: a connection that is silent for this long is dead. */
const SILENCE_MS = 20_000

/** A scanner to follow: of a pod that was created for the scan, or of one that runs already. */
export interface Watched extends ContainerRef, Observed {
  /** Prints what `watchStream` reads, with the gzip of the results from an offset. */
  readonly command: (offset: number) => readonly string[]
  /** Standard input of that command. */
  readonly input?: string
  /** Reads the line with the marker; throws for one that is not this scanner's. */
  readonly parse: (marker: string) => Marker
}

interface Followed {
  readonly marker: Marker
  /** The gzip of the results. */
  readonly packed: Buffer
}

/**
 * Follows a scanner to the end of the scan. A connection that is cut is opened again and continues where it was cut.
 * @throws ScanError (3) when the pod cannot get there, with the cause Kubernetes gives; (4) for a false marker.
 */
export async function follow(
  watched: Watched,
  engine: PodVerbs,
  { signal, log, clock, onWaiting }: ScanOptions,
  onScanning: () => void,
): Promise<Followed> {
  const onProgress = progressLines(log, clock)
  const { parse } = watched
  const packed: Buffer[] = []
  let offset = 0
  let scanning = false
  let scheduledAt: number | undefined
  const observe = observer(watched, engine, { signal, log, clock, ...(onWaiting ? { onWaiting } : {}) })

  for (;;) {
    const seen = await observe()
    if (seen.pod.spec?.nodeName) scheduledAt ??= clock()
    const eager = scheduledAt !== undefined && clock() - scheduledAt < EAGER_MS
    if (seen.scanning || eager) {
      const stream = watchStream({ onProgress, parse, offset })
      await watch(watched, engine, { stream, offset, observe }, { signal, clock }, () => {
        if (!scanning) onScanning()
        scanning = true
      })
      packed.push(...stream.packed)
      offset = packed.reduce((sum, { length }) => sum + length, 0)
      if (stream.marker && offset >= stream.marker.packedBytes) {
        return { marker: stream.marker, packed: Buffer.concat(packed) }
      }
    }
    await sleep(OBSERVE_INTERVAL_MS, undefined, { signal })
  }
}

/** One connection to the scanner. */
interface Connection {
  readonly stream: WatchStream
  readonly offset: number
  readonly observe: Observe
}

/**
 * Reads one connection to its end. Meanwhile the pod is observed: a pod that failed ends the connection and throws, unless the
 * results are on their way already. What must not be in the stream ends it too.
 */
async function watch(
  watched: Watched,
  engine: PodVerbs,
  { stream, offset, observe }: Connection,
  { signal, clock }: Pick<ScanOptions, 'signal' | 'clock'>,
  onOutput: () => void,
): Promise<void> {
  const stop = new AbortController()
  const both = AbortSignal.any([signal, stop.signal])
  let heardAt = clock()
  let failed = false
  const cut = () => {
    failed = stream.marker === undefined
    if (failed) stop.abort()
  }
  const guard = async (): Promise<void> => {
    while (clock() - heardAt < SILENCE_MS) {
      await sleep(SCANNING_INTERVAL_MS, undefined, { signal: both })
      if (stream.marker !== undefined) continue
      await observe(cut).catch((error: unknown) => {
        if (failed || stream.marker === undefined) throw error
      })
    }
  }
  const onChunk = (chunk: Buffer) => {
    if (both.aborted) return
    heardAt = clock()
    onOutput()
    try {
      stream.push(chunk)
    } catch (error) {
      stop.abort(error)
    }
  }
  const { command, input } = watched
  const request = { command: command(offset), onOutput: onChunk, ...(input === undefined ? {} : { input }) }
  const guarded = guard()
  try {
    // the guard ends when nothing is heard any more, or throws: a failed pod, or the abort below
    await Promise.race([engine.exec(watched, request, both), guarded])
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof ScanError) throw error
    if (failed) await guarded
    // not reachable yet, or cut: the next observation says whether another attempt is worth it
  } finally {
    stop.abort()
    guarded.catch(() => {})
  }
  if (stop.signal.reason instanceof ScanError) throw stop.signal.reason
}
