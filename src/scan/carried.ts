import { setTimeout as sleep } from 'node:timers/promises'
import type { V1Pod } from '@kubernetes/client-node'
import type { Engine } from '../engine/engine.ts'
import { EXIT, ScanError } from '../errors.ts'
import { FINISHED, INSPEC_EXIT } from '../protocol/exit-codes.ts'
import { carriedCommand, parseCarriedMarker } from './carried-marker.ts'
import type { CarriedScan } from './carried-scan.ts'
import { assertTargetNamed, carriedState, containerStatus } from './carried-state.ts'
import { follow, type Watched } from './follow.ts'
import { collectDigests, digestIn, type ImageDigests } from './image-digests.ts'
import { scanInside } from './inside.ts'
import { type Trusted, unpackResults, untrusted } from './marker.ts'
import { observer } from './observe.ts'
import type { ScanOptions } from './options.ts'
import type { RawResults } from './scan.ts'
import { showLog } from './show-log.ts'
import { timeLimit, type Waiting } from './time-limit.ts'

const PAUSE_MS = 500
/** A container that has just started may refuse the first connection. */
const TRIES = 3

/**
 * Fetches the results of a pod that carries a scanner, when its marker is there; in a scanner that idles, runs the scan. The pod is
 * not changed and not deleted.
 * @throws ScanError: 3 when the pod goes away, restarts or has no shell, or time is up; 4 when the results are not to be trusted.
 */
export async function fetchCarried(
  given: CarriedScan,
  engine: Engine,
  { signal, log, clock, onScanning }: ScanOptions,
): Promise<RawResults> {
  let waiting: Waiting = { why: '' }
  using limit = timeLimit(given.timeoutSeconds, () => waiting)
  const within = AbortSignal.any([signal, limit.signal])
  const onWaiting = (why: string, hint = `look at the pod: \`kubectl describe pod ${given.pod}\``) => {
    waiting = { why: why === 'InSpec' ? `the marker ${given.markerPath} of pod ${given.pod}` : why, hint }
  }
  const options = { signal: within, log, clock, onWaiting }
  const phases = { create: 0, start: 0, scan: 0, fetch: 0, clean: 0 }
  const began = clock()
  try {
    log.phase(`Look at pod ${given.pod}`)
    const watched = watchedPod(given)
    const observe = observer(watched, engine, options)
    let { pod, scanning } = await observe()
    while (!scanning) {
      await sleep(PAUSE_MS, undefined, { signal: within })
      ;({ pod, scanning } = await observe())
    }
    phases.start = (clock() - began) / 1000
    const idle = await isIdle(given, engine, within)
    if (!idle) assertTargetNamed(pod, given.pod, given.container)
    log.phase(idle ? `Scan in the container ${given.container}` : 'Fetch the results')
    const found = idle
      ? await scanInside(given, pod, watched, engine, options)
      : await fetched(given, watched, engine, options, () => onScanning?.())
    phases.scan = (clock() - began) / 1000 - phases.start
    const last = await engine.readPod(given, within)
    watched.verify?.(last!)
    return { ...found, ...images(last ?? pod, given), unwitnessed: undefined, allowedMutations: [], phases }
  } catch (error) {
    // why a scanner left nothing that can be judged: its own words
    if (!signal.aborted) await showLog('scanner', given, engine, log, AbortSignal.timeout(5_000))
    throw within.aborted ? within.reason : error
  }
}

type Found = Pick<RawResults, 'marker' | 'bytes' | 'scannerLog'> & { readonly trust: Trusted }

async function fetched(
  given: CarriedScan,
  watched: Watched,
  engine: Engine,
  options: ScanOptions,
  onScanning: () => void,
): Promise<Found> {
  let trust: Trusted | undefined
  const parse = (text: string) => {
    const read = parseCarriedMarker(text, given)
    trust = read.trust
    return read.marker
  }
  const { marker, packed } = await follow({ ...watched, parse }, engine, options, onScanning)
  const bytes = marker.sha256 === null ? undefined : unpackResults(packed, marker)
  const complete = bytes !== undefined && FINISHED.includes(marker.exitCode ?? INSPEC_EXIT.passed)
  const scannerLog = complete ? '' : await engine.log(given, options.signal)
  if (scannerLog !== '') options.log.foreign('Log of the scanner', scannerLog)
  return { marker, bytes, scannerLog, trust: trust! }
}

/** The scanner container as `follow` takes it; a pod that was replaced, or a scanner that restarted, is not the one that was asked for. */
function watchedPod(given: CarriedScan): Watched {
  const { pod, uid, container } = given
  let restarts: number | undefined
  return {
    pod,
    container,
    access: undefined,
    command: carriedCommand(given),
    parse: () => {
      throw untrusted('no marker was asked for')
    },
    stateOf: (seen) => carriedState(seen, pod, container),
    verify: (seen) => {
      if (seen?.metadata?.uid !== uid)
        throw failure(`pod ${pod} was replaced by another pod of its name`, 'run the scan again')
      const status = containerStatus(seen, container)
      if (!status?.state?.running) return
      restarts ??= status.restartCount
      if (status.restartCount !== restarts)
        throw failure(
          `the container ${container} of pod ${pod} restarted during the scan`,
          `\`kubectl logs ${pod} -c ${container} --previous\` says why; run the scan again when it is stable`,
        )
    },
  }
}

function failure(why: string, hint: string): ScanError {
  return new ScanError(why, { exitCode: EXIT.engine, hint })
}

/** What a manifest's command has in it when the container scans by itself. */
const SCANS = /inspec|cinc-auditor|scan\.sh|run-scanner/

/** Prints what there is: the marker, results, an InSpec that runs. The letters stand in no other output. */
const PROBE = [
  '[ ! -e "$1" ] || printf M; [ ! -e "$2" ] || printf R',
  'me=$(readlink /proc/self/ns/mnt)',
  'for one in /proc/[0-9]*; do [ "$(readlink "$one/ns/mnt" 2>/dev/null)" = "$me" ] || continue',
  'case $(tr "\\0" " " <"$one/cmdline" 2>/dev/null) in *"$0"*) ;; *inspec*exec*|*cinc-auditor*exec*) printf I ;; esac; done; printf .',
].join('\n')

/**
 * Whether the scanner only waits: no marker, no results, no InSpec that runs, and no command in the manifest that will scan.
 * @throws ScanError (exit 3) when nothing can be run in the container.
 */
async function isIdle(given: CarriedScan, engine: Engine, signal: AbortSignal): Promise<boolean> {
  const { markerPath, resultsPath, program } = given
  const command = ['sh', '-c', PROBE, 'sidecar-scan-probe', markerPath, resultsPath]
  for (let attempt = 1; ; attempt++) {
    let said = ''
    const onOutput = (chunk: Buffer) => {
      said = `${said}${chunk.toString('latin1')}`.slice(-100)
    }
    const exitCode = await engine.exec(given, { command, onOutput }, signal).catch((error: unknown) => {
      if (signal.aborted || error instanceof ScanError) throw error
      return undefined
    })
    if (exitCode === 0 && /^[MRI]*\.$/.test(said))
      return said === '.' && !SCANS.test(program) && ![markerPath, resultsPath].some((path) => program.includes(path))
    if (attempt === TRIES)
      throw failure(
        `nothing can be run in the container ${given.container} of pod ${given.pod}: it has no shell, or its connection is cut`,
        'a scanner container needs sh, base64, gzip, sha256sum and tail; `scanner-container` names another one',
      )
    await sleep(PAUSE_MS, undefined, { signal })
  }
}

function images(
  pod: V1Pod,
  { container, target }: CarriedScan,
): { readonly digests: ImageDigests; readonly scannerDigest: string } {
  const of = (name: string | undefined) => (name === undefined ? undefined : containerStatus(pod, name)?.imageID)
  const named = pod.spec?.containers.find(({ name }) => name === target)?.image
  return { digests: collectDigests([of(target)], [named]), scannerDigest: digestIn(of(container)) }
}
