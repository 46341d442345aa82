import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { V1Pod } from '@kubernetes/client-node'
import type { Engine, PodRef } from '../engine/engine.ts'
import { EXIT, ScanError } from '../errors.ts'
import type { Log } from '../log/log.ts'
import { SCANNER, TARGET } from '../plan/names.ts'
import { type Plan, plannedObjects } from '../plan/plan.ts'
import { FINISHED } from '../protocol/exit-codes.ts'
import { SCAN_DIR, SCAN_FILES, UNTIL_READY } from '../protocol/paths.ts'
import { assertAccess, explainAccess } from './access.ts'
import { follow, type Watched } from './follow.ts'
import { digestIn, type ImageDigests, targetDigests } from './image-digests.ts'
import { type Marker, parseMarker, type Trusted, unpackResults, untrusted } from './marker.ts'
import { assertPlanned, findMutations } from './mutations.ts'
import type { ScanOptions } from './options.ts'
import { showLog } from './show-log.ts'
import { timeLimit, type Waiting } from './time-limit.ts'
import { isRefusal, isWitnessed, type WitnessWord, withoutWitness, witnessProblem, witnessWord } from './witness.ts'

/** What a scan brought back, proven to be this scan's. */
export interface RawResults {
  readonly marker: Marker
  /** The results as InSpec wrote them, byte for byte; undefined when it wrote none. */
  readonly bytes: Buffer | undefined
  /** The last lines of the scanner's log; empty when InSpec ended as it should. */
  readonly scannerLog: string
  readonly digests: ImageDigests
  readonly scannerDigest: string
  /** Why the witness container said nothing of the image; undefined where it did, or there is none. */
  readonly unwitnessed: string | undefined
  /** How far the results are proven to be the scan's. */
  readonly trust: Trusted
  /** What the cluster changed in the pod, as `allow-mutations` allows. */
  readonly allowedMutations: readonly string[]
  /** Seconds each phase took. */
  readonly phases: Phases
}

export type Phases = Readonly<Record<'create' | 'start' | 'scan' | 'fetch' | 'clean', number>>

/** Deleting has time of its own. */
const CLEAN_LIMIT_MS = 60_000
/** What a runner leaves a cancelled step is 7.5 s. */
const CLEAN_LIMIT_INTERRUPTED_MS = 6_000

/** Of results whose marker holds the nonce of this scan. */
export const OURS: Trusted = { by: 'nonce', why: 'the marker holds what only this scan knew' }

/**
 * Runs one scan from nothing to verified results and a clean engine: creates the objects, follows the pod, fetches the
 * results over exec, deletes everything (unless the plan keeps it). Deletion happens whatever else does and never hides
 * the first error.
 * @throws ScanError: 3 when the pod cannot do its work or time is up, 4 when the results are not to be trusted.
 */
export async function scan(
  given: Plan,
  engine: Engine,
  { signal, log, clock, onLeftBehind, onScanning }: ScanOptions,
): Promise<RawResults> {
  const phases = { create: 0, start: 0, scan: 0, fetch: 0, clean: 0 }
  let began = clock()
  const ended = (phase: keyof typeof phases): void => {
    phases[phase] = (clock() - began) / 1000
    began = clock()
  }
  let waiting: Waiting = { why: '' }
  using limit = timeLimit(given.timeoutSeconds, () => waiting)
  const within = AbortSignal.any([signal, limit.signal])
  try {
    log.phase(`Create the scan pod for ${given.image}`)
    const { plan, word, verify, allowed } = await create(given, engine, log, within)
    ended('create')
    log.phase('Start the pod')
    const onWaiting = (why: string, hint?: string) => {
      waiting = { why, hint }
    }
    const scanning = () => {
      ended('start')
      onScanning?.()
      log.phase('Scan')
    }
    const options = { signal: within, log, clock, onWaiting }
    const { marker, packed } = await follow(watchedScan(plan, word, verify), engine, options, scanning)
    ended('scan')
    log.phase('Verify the results')
    assertGiven(plan, marker.given)
    const bytes = marker.sha256 === null ? undefined : unpackResults(packed, marker)
    const scannerLog = FINISHED.includes(marker.exitCode)
      ? ''
      : await engine.log({ ...podOf(plan), container: SCANNER }, within)
    if (scannerLog !== '') log.foreign('Log of the scanner', scannerLog)
    const seen = await readImages(plan, engine, word, verify, within)
    const witness = isWitnessed(given) ? (seen.problem ?? word.none ?? undefined) : undefined
    if (witness) log.warn(`the witness container says nothing of the image: ${witness}`)
    ended('fetch')
    const { digests, scannerDigest } = seen
    return {
      marker,
      bytes,
      scannerLog,
      digests,
      scannerDigest,
      unwitnessed: witness,
      trust: OURS,
      allowedMutations: allowed,
      phases,
    }
  } catch (error) {
    // what is interrupted reports that it was, not why
    const explained = explainAccess(given, within.aborted ? within.reason : error)
    const puzzling = explained instanceof ScanError && explained.exitCode === EXIT.engine && !explained.about
    if (!signal.aborted && puzzling) await showLogs(given, engine, log)
    throw explained
  } finally {
    began = clock()
    await clean(given, engine, log, signal.aborted ? CLEAN_LIMIT_INTERRUPTED_MS : CLEAN_LIMIT_MS, onLeftBehind)
    ended('clean')
  }
}

/**
 * Creates the plan's objects. A cluster that refuses the pod may have refused it for its witness: it is asked again without one,
 * and what it says then counts.
 */
async function create(plan: Plan, engine: Engine, log: Log, signal: AbortSignal): Promise<CreatedScan> {
  const created = async (one: Plan, none?: string) => {
    const pod = await engine.create(one, signal)
    assertAccess(one, pod)
    return { plan: one, word: witnessWord(one, pod, none), ...verified(one, pod, log) }
  }
  try {
    return await created(plan)
  } catch (error) {
    if (signal.aborted || !isWitnessed(plan) || !isRefusal(error)) throw error
    return await created(withoutWitness(plan), `the cluster refused it: ${error.message}`)
  }
}

interface CreatedScan {
  readonly plan: Plan
  readonly word: WitnessWord
  /** Throws when a pod is not the one that was created, or not as it was planned. */
  readonly verify: (pod: V1Pod) => void
  readonly allowed: readonly string[]
}

/** @throws ScanError (exit 4) when the created pod is not the planned one. */
function verified(plan: Plan, created: V1Pod, log: Log): Pick<CreatedScan, 'verify' | 'allowed'> {
  const mutations = findMutations(plan.pod, created)
  const allowed = assertPlanned(mutations, plan.allowMutations)
  if (allowed.length > 0)
    log.warn(`the cluster changed the scan pod, as \`allow-mutations\` allows: ${allowed.join(', ')}`)
  if (mutations.additions.length > 0) log.info(`the cluster added to the scan pod: ${mutations.additions.join(', ')}`)
  const uid = created.metadata?.uid
  const verify = (pod: V1Pod) => {
    if (pod.metadata?.uid !== uid)
      throw untrusted('the scan pod was replaced by another pod of its name', 'scan in a namespace of your own')
    assertPlanned(findMutations(plan.pod, pod), plan.allowMutations)
  }
  return { verify, allowed }
}

/** @throws ScanError (exit 4) when the scanner read other inputs or waivers than were given. */
function assertGiven({ secrets }: Plan, digest: string): void {
  if (secrets.length === 0) return
  const files = Object.entries(secrets[0]!.data!).sort(([a], [b]) => (a < b ? -1 : 1))
  const given = createHash('sha256')
  for (const [, content] of files) given.update(Buffer.from(content, 'base64'))
  if (given.digest('hex') !== digest)
    throw untrusted(
      'the scanner read other inputs or waivers than the given ones',
      'somebody changed the Secret of the scan: scan in a namespace of your own',
    )
}

const podOf = ({ pod }: Plan): PodRef => ({ pod: pod.metadata!.name! })

/** The scanner of a pod that was created for the scan. */
function watchedScan(plan: Plan, word: WitnessWord, verify: (pod: V1Pod) => void): Watched {
  const { access, nonce } = plan
  const input = `${nonce}\n${JSON.stringify(word)}\n`
  return {
    ...podOf(plan),
    container: SCANNER,
    access,
    verify,
    command: watchCommand,
    input,
    parse: (text) => parseMarker(text, { kind: 'nonce', nonce }),
  }
}

/**
 * Waits inside the container for the scripts to be unpacked, hands over by standard input the nonce and what the scanner must
 * know of the witness, then streams progress, marker and results from an offset. Neither is in a manifest or a command line,
 * where others could read it.
 */
const watchCommand = (offset: number) => [
  'sh',
  '-c',
  [
    UNTIL_READY,
    'IFS= read -r nonce && IFS= read -r word || exit 1',
    `umask 077; cd ${SCAN_DIR}`,
    'put() { [ -e "$1" ] || { printf %s "$2" >"$1.part" && mv "$1.part" "$1"; }; }',
    `put ${SCAN_FILES.nonce} "$nonce"; put ${SCAN_FILES.witness} "$word"`,
    `exec sh ${SCAN_DIR}/sidecar/watch.sh "$0"`,
  ].join('; '),
  String(offset),
]

async function showLogs(plan: Plan, engine: Engine, log: Log): Promise<void> {
  const signal = AbortSignal.timeout(5_000)
  for (const container of [SCANNER, TARGET]) {
    await showLog(container, { ...podOf(plan), container }, engine, log, signal)
  }
}

async function clean(plan: Plan, engine: Engine, log: Log, limit: number, onLeftBehind?: () => void): Promise<void> {
  if (plan.keep) {
    onLeftBehind?.()
    log.warn(`the scan pod is kept, as \`keep\` says; \`sidecar-scan cleanup --run-id ${plan.runId}\` removes it`)
    return
  }
  log.phase('Clean up')
  try {
    await engine.remove(plannedObjects(plan), AbortSignal.timeout(limit))
  } catch (error) {
    onLeftBehind?.()
    // what came before matters more; the cluster ends the pod at its deadline, and `cleanup` finds it by its labels
    log.warn(
      `cleaning up failed: ${(error as Error).message}; \`sidecar-scan cleanup --run-id ${plan.runId}\` removes what is left`,
    )
  }
}

/** The status of a pod lags behind by up to a second; a scan may be faster. */
async function readImages(
  plan: Plan,
  engine: Engine,
  { none }: WitnessWord,
  verify: (pod: V1Pod) => void,
  signal: AbortSignal,
): Promise<Images> {
  const store = await engine.imageDigests(plan.image, signal)
  for (let tries = 1; ; tries++) {
    const pod = await engine.readPod(podOf(plan), signal)
    if (!pod)
      throw untrusted(
        'the scan pod was deleted before it could be verified',
        'look for whoever cleans up the namespace, then run the scan again',
      )
    verify(pod)
    const scanner = pod.status?.containerStatuses?.find(({ name }) => name === SCANNER)
    const images = {
      digests: targetDigests(pod, none === null, store),
      scannerDigest: digestIn(scanner?.imageID),
      problem: witnessProblem(pod),
    }
    const known = images.digests.resolved !== '' || images.problem !== undefined || !isWitnessed(plan)
    if ((images.scannerDigest !== '' && known) || tries === 8) return images
    await sleep(150, undefined, { signal })
  }
}

type Images = Pick<RawResults, 'digests' | 'scannerDigest'> & { readonly problem: string | undefined }
