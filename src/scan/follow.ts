import { setTimeout as sleep } from 'node:timers/promises'
import type { V1Pod } from '@kubernetes/client-node'
import type { Engine } from '../engine/engine.ts'
import { EXIT, ScanError } from '../errors.ts'
import type { Log } from '../log/log.ts'
import type { Plan } from '../plan/plan.ts'
import { mountFailure } from './access.ts'
import { type Marker, parseMarker } from './marker.ts'
import { podState } from './podstate.ts'
import { progressLines } from './progress.ts'
import { type WatchStream, watchStream } from './stream.ts'

export interface ScanOptions {
  readonly signal: AbortSignal
  readonly log: Log
  /** Milliseconds, monotonic. */
  readonly clock: () => number
  /** Told when objects stay: kept, or not to be deleted. */
  readonly onLeftBehind?: () => void
  /** Told when the scanner has been reached. */
  readonly onScanning?: () => void
}

/** Milliseconds between two looks at the pod, before and while the scanner works. */
const LOOK = 150
const LOOK_WHILE_SCANNING = 1_500
/** The status of a pod lags behind by up to a second: so long after scheduling the scanner is asked all the same. */
const EAGER = 4_000
/** A node that cannot mount an image says so in the pod's events only. */
const ASK_WARNINGS = 1_000
/** An autoscaler may bring a node; beyond this an unschedulable pod is a failure. */
const UNSCHEDULABLE_LIMIT = 180_000

/** Waits inside the container for the scripts to be unpacked, then streams progress, marker and results from an offset. */
const watchCommand = (offset: number) => [
  'sh',
  '-c',
  'until [ -e /scan/ready ]; do sleep 0.05; done; exec sh /scan/sidecar/watch.sh "$0"',
  String(offset),
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
  plan: Plan,
  engine: Engine,
  { signal, log, clock }: ScanOptions,
  onScanning: () => void,
): Promise<Followed> {
  const progress = progressLines(log, clock)
  let packed: Buffer = Buffer.alloc(0)
  let scanning = false
  let scheduledAt: number | undefined
  const look = lookout(plan, engine, { signal, log, clock })

  for (;;) {
    const seen = await look()
    if (seen.pod.spec?.nodeName) scheduledAt ??= clock()
    const eager = scheduledAt !== undefined && clock() - scheduledAt < EAGER
    if (seen.scanning || eager) {
      const stream = watchStream(progress)
      await watch(plan, engine, stream, packed.length, look, signal, () => {
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

type Look = () => Promise<{ pod: V1Pod; scanning: boolean }>

/** A look at the pod that says in the log what it waits for, once, and throws when the pod cannot get there. */
function lookout(plan: Plan, engine: Engine, { signal, log, clock }: ScanOptions): Look {
  let said = ''
  let unschedulableSince: number | undefined
  let askedAt = clock()
  return async () => {
    const pod = await engine.readPod(plan, signal)
    const state = podState(pod)
    if (state.state === 'scanning') return { pod: pod!, scanning: true }
    if (state.state === 'failed') {
      const explained = podState(pod, await engine.warnings(plan, signal))
      const { why, hint } = explained.state === 'failed' ? explained : state
      throw new ScanError(why, { exitCode: EXIT.engine, hint })
    }
    unschedulableSince = state.unschedulable ? (unschedulableSince ?? clock()) : undefined
    if (unschedulableSince !== undefined && clock() - unschedulableSince > UNSCHEDULABLE_LIMIT) {
      throw new ScanError(`no node takes the scan pod: ${state.why}`, {
        exitCode: EXIT.engine,
        hint: 'lower the requests in `scanner-resources`, or correct nodeSelector and tolerations in `pod-patch`',
      })
    }
    if (plan.access === 'volume' && clock() - askedAt > ASK_WARNINGS) {
      askedAt = clock()
      const failure = mountFailure(plan, await engine.warnings(plan, signal))
      if (failure) throw failure
    }
    if (state.why !== said) log.info(`waiting: ${state.why}`)
    said = state.why
    return { pod: pod!, scanning: false }
  }
}

/**
 * One connection to the scanner, into the stream, until it ends. Meanwhile the pod is looked at: a pod that failed ends
 * the connection and throws, unless the results are on their way already.
 */
async function watch(
  plan: Plan,
  engine: Engine,
  stream: WatchStream,
  offset: number,
  look: Look,
  signal: AbortSignal,
  onOutput: () => void,
): Promise<void> {
  const stop = new AbortController()
  const both = AbortSignal.any([signal, stop.signal])
  const guard = async (): Promise<void> => {
    for (;;) {
      await sleep(LOOK_WHILE_SCANNING, undefined, { signal: both })
      if (stream.marker === undefined) await look()
    }
  }
  const receive = (chunk: Buffer) => {
    onOutput()
    stream.push(chunk)
  }
  try {
    // the guard ends by throwing only: a failed pod, or the abort below
    await Promise.race([engine.exec(plan, watchCommand(offset), receive, both), guard()])
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof ScanError) throw error
    // not reachable yet, or cut: the next look at the pod says whether it is worth another try
  } finally {
    stop.abort()
  }
}
