import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine } from '../engine/engine.ts'
import { ScanError } from '../errors.ts'
import type { Plan } from '../plan/plan.ts'
import { type Look, lookout } from './look.ts'
import { type Marker, parseMarker } from './marker.ts'
import type { ScanOptions } from './options.ts'
import { progressLines } from './progress.ts'
import { type WatchStream, watchStream } from './stream.ts'
import type { WitnessWord } from './witness.ts'

/** Milliseconds between two looks at the pod, before and while the scanner works. */
const LOOK = 150
const LOOK_WHILE_SCANNING = 1_500
/** The status of a pod lags behind by up to a second: so long after scheduling the scanner is asked all the same. */
const EAGER = 4_000
/** The scanner says something every five seconds: a connection that is silent for so long leads nowhere any more. */
const SILENCE = 20_000

/**
 * Waits inside the container for the scripts to be unpacked, hands over what the scanner must know of the witness, then streams
 * progress, marker and results from an offset.
 */
const watchCommand = (offset: number, word: WitnessWord) => [
  'sh',
  '-c',
  [
    'until [ -e /scan/ready ]; do sleep 0.05; done',
    '[ -e /scan/witness ] || { printf %s "$1" >/scan/witness.part && mv /scan/witness.part /scan/witness; }',
    'exec sh /scan/sidecar/watch.sh "$0"',
  ].join('; '),
  String(offset),
  JSON.stringify(word),
]

interface Followed {
  readonly marker: Marker
  /** The gzip of the results. */
  readonly packed: Buffer
}

/**
 * Follows a created pod to the end of the scan. A connection that is cut is opened again and goes on where it was cut.
 * @throws ScanError (3) when the pod cannot get there, with the cause Kubernetes gives; (4) for a false marker.
 */
export async function follow(
  { plan, word }: { readonly plan: Plan; readonly word: WitnessWord },
  engine: Engine,
  { signal, log, clock, onWaiting }: ScanOptions,
  onScanning: () => void,
): Promise<Followed> {
  const progress = progressLines(log, clock)
  let packed: Buffer = Buffer.alloc(0)
  let scanning = false
  let scheduledAt: number | undefined
  const look = lookout(plan, engine, { signal, log, clock, ...(onWaiting ? { onWaiting } : {}) })

  for (;;) {
    const seen = await look()
    if (seen.pod.spec?.nodeName) scheduledAt ??= clock()
    const eager = scheduledAt !== undefined && clock() - scheduledAt < EAGER
    if (seen.scanning || eager) {
      const stream = watchStream(progress)
      await watch(plan, engine, stream, watchCommand(packed.length, word), look, { signal, clock }, () => {
        if (!scanning) onScanning()
        scanning = true
      })
      if (stream.marker !== undefined) {
        const marker = parseMarker(stream.marker, plan.nonce)
        packed = Buffer.concat([packed, stream.packed])
        if (packed.length >= marker.packedBytes) return { marker, packed }
      }
    }
    await sleep(LOOK, undefined, { signal })
  }
}

/**
 * One connection to the scanner, into the stream, until it ends. Meanwhile the pod is looked at: a pod that failed ends
 * the connection at once and throws, unless the results are on their way already.
 */
async function watch(
  plan: Plan,
  engine: Engine,
  stream: WatchStream,
  command: readonly string[],
  look: Look,
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
    while (clock() - heardAt < SILENCE) {
      await sleep(LOOK_WHILE_SCANNING, undefined, { signal: both })
      if (stream.marker !== undefined) continue
      await look(cut).catch((error: unknown) => {
        if (failed || stream.marker === undefined) throw error
      })
    }
  }
  const receive = (chunk: Buffer) => {
    heardAt = clock()
    onOutput()
    stream.push(chunk)
  }
  const guarded = guard()
  try {
    // the guard ends when nothing is heard any more, or throws: a failed pod, or the abort below
    await Promise.race([engine.exec(plan, command, receive, both), guarded])
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof ScanError) throw error
    if (failed) await guarded
    // not reachable yet, or cut: the next look at the pod says whether it is worth another try
  } finally {
    stop.abort()
  }
}
