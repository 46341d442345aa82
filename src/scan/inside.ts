import { setTimeout as sleep } from 'node:timers/promises'
import type { V1Pod } from '@kubernetes/client-node'
import type { Engine } from '../engine/engine.ts'
import { EXIT, ScanError } from '../errors.ts'
import { FINISHED, INSPEC_EXIT, SCRIPT_EXIT } from '../protocol/exit-codes.ts'
import { RESULT_FILES, RESULTS_DIR } from '../protocol/paths.ts'
import type { CarriedScan } from './carried-scan.ts'
import { containerStatus } from './carried-state.ts'
import { follow, type Watched } from './follow.ts'
import { parseMarker, unpackResults } from './marker.ts'
import type { ScanOptions } from './options.ts'
import { OURS, type RawResults } from './scan.ts'

const TEXT_LIMIT = 64 * 1024

/**
 * Runs the scan in a scanner container that idles. All of it goes through standard input into one folder, which is removed when the
 * results are here; when nobody comes to remove it, the container does so itself after the time limit.
 * @throws ScanError: 2 when the target cannot be identified, 3 when the pod cannot do it, 4 when the results are not this scan's.
 */
export async function scanInside(
  given: CarriedScan,
  pod: V1Pod,
  watched: Watched,
  engine: Engine,
  options: ScanOptions,
): Promise<Pick<RawResults, 'marker' | 'bytes' | 'scannerLog' | 'trust'>> {
  const { inside } = given
  const target = targetOf(given, pod)
  const files = [inside.archive, inside.secrets].map((bytes) => bytes.toString('base64'))
  const name = `sidecar-scan-${inside.scanId}`
  const environment = Object.entries(inside.environment).map(([key, value]) => `${key}=${value}`)
  const words = (offset: number) => [
    ...[name, String(offset), String(given.timeoutSeconds), target, ...files.map(({ length }) => String(length))],
    ...environment,
  ]
  const scanned: Watched = {
    ...watched,
    command: (offset) => ['sh', '-c', START, ...words(offset)],
    input: `${inside.nonce}\n${files.join('')}`,
    parse: (text) => parseMarker(text, { kind: 'nonce', nonce: inside.nonce }),
  }
  try {
    const { marker, packed } = await follow(scanned, engine, options, () => options.onScanning?.())
    const bytes = marker.sha256 === null ? undefined : unpackResults(packed, marker)
    const complete = FINISHED.includes(marker.exitCode ?? INSPEC_EXIT.passed)
    const scannerLog = complete ? '' : await text(given, engine, ['sh', '-c', LOG, name], options.signal)
    if (scannerLog !== '') options.log.foreign('Log of the scanner', scannerLog)
    return { marker, bytes, scannerLog, trust: OURS }
  } finally {
    await removeFolder(given, engine, name, options)
  }
}

/** The ID of the target's container, by which its processes are known in the shared namespace. */
function targetOf({ pod: name, container, target }: CarriedScan, pod: V1Pod): string {
  const refuse = (why: string, hint: string) => new ScanError(why, { exitCode: EXIT.usage, hint })
  if (pod.spec?.shareProcessNamespace !== true)
    throw refuse(
      `pod ${name} does not share its process namespace, so its container ${container} cannot look into the others`,
      'set `shareProcessNamespace: true` in the pod, or scan its images at rest: name a `scanner-container` that it does not have',
    )
  if (target === undefined) {
    const others = pod.spec.containers.filter((one) => one.name !== container).map((one) => one.name)
    throw refuse(
      others.length === 0
        ? `pod ${name} has no container but ${container}`
        : `pod ${name} has the containers ${others.join(', ')}: which one is the target is not known`,
      'name the target in `container`',
    )
  }
  const id = containerStatus(pod, target)?.containerID?.replace(/^[^:]*:\/\//, '')
  if (!id)
    throw new ScanError(`the container ${target} of pod ${name} does not run`, {
      exitCode: EXIT.engine,
      hint: `look at the pod: \`kubectl describe pod ${name}\``,
    })
  return id
}

/** Finds the folder of the scan, wherever there was room for it. */
const FOLDERS = `/tmp /dev/shm /var/tmp ${RESULTS_DIR}`
const FIND = `for base in ${FOLDERS}; do [ ! -d "$base/$0" ] || { dir=$base/$0; break; }; done`

const LOG = `dir=; ${FIND}; [ -z "$dir" ] || tail -c ${TEXT_LIMIT} "$dir/log"`

/** Ends what carries the folder in its environment, and removes it. */
const REMOVE = [
  'end() { for one in /proc/[0-9]*; do tr "\\0" "\\n" <"$one/environ" 2>/dev/null | grep -qx "SCAN_DIR=$1" && kill -9 "$(basename "$one")"; done; rm -rf "$1"; } 2>/dev/null',
].join('\n')

const CLEAN = `${REMOVE}\ndir=; ${FIND}; [ -z "$dir" ] || end "$dir"; dir=; ${FIND}; [ -z "$dir" ] && printf clean`

/** $0 folder, $1 offset, $2 time limit, $3 container ID, $4 and $5 lengths, then variables. */
const START = [
  REMOVE,
  'umask 077; echo alive; dir=',
  FIND,
  'offset=$1 limit=$2 id=$3 archive=$4 secrets=$5; shift 5',
  'if [ -z "$dir" ]; then',
  `  for base in ${FOLDERS}; do mkdir "$base/$0" 2>/dev/null && { dir=$base/$0; break; }; done`,
  `  [ -n "$dir" ] || { echo "no folder can be written to" >&2; exit ${SCRIPT_EXIT.noFolder}; }`,
  '  IFS= read -r nonce || exit 1',
  '  mkdir "$dir/out" "$dir/tmp" "$dir/home"',
  `  head -c "$archive" | base64 -d | gzip -dc | tar -xof - -C "$dir" || { rm -rf "$dir"; exit ${SCRIPT_EXIT.damagedArchive}; }`,
  '  [ "$secrets" = 0 ] || { mkdir "$dir/secrets"; head -c "$secrets" | base64 -d | gzip -dc | tar -xof - -C "$dir/secrets"; }',
  '  printf %s "$nonce" >"$dir/nonce"',
  '  uri=proc://auto',
  '  for one in $(ls /proc | grep "^[0-9][0-9]*$" | sort -n); do',
  '    if grep -q "$id" "/proc/$one/cgroup" 2>/dev/null; then uri=proc://$one; break; fi',
  '  done',
  '  (',
  '    env SCAN_DIR="$dir" SCAN_RESULTS="$dir/out" SCAN_SECRETS="$dir/secrets" HOME="$dir/home" TMPDIR="$dir/tmp" LANG=C.UTF-8 \\',
  `      RUBYLIB="$dir/transport" SCAN_PROFILE="$dir/profile" SCAN_PROGRESS="$dir/out/${RESULT_FILES.progress}" SCAN_CENSUS="$dir/out/${RESULT_FILES.census}" \\`,
  '      SCAN_TARGET_URI="$uri" SCAN_TARGET_NONCE= "$@" sh "$dir/sidecar/scan.sh" >"$dir/log" 2>&1 &',
  '    ticks=0',
  '    while [ -d "$dir" ] && [ "$ticks" -lt "$limit" ]; do sleep 1; ticks=$((ticks + 1)); done',
  '    end "$dir"',
  '  ) </dev/null >/dev/null 2>&1 &',
  'fi',
  'SCAN_DIR=$dir SCAN_RESULTS=$dir/out exec sh "$dir/sidecar/watch.sh" "$offset"',
].join('\n')

async function text(given: CarriedScan, engine: Engine, command: string[], signal: AbortSignal): Promise<string> {
  let said = ''
  const onOutput = (chunk: Buffer) => {
    said = `${said}${chunk.toString('utf8')}`.slice(-TEXT_LIMIT)
  }
  await engine.exec(given, { command, onOutput }, signal).catch(() => undefined)
  return said
}

/** Has time of its own, and never hides what came before. */
async function removeFolder(given: CarriedScan, engine: Engine, name: string, { log }: ScanOptions): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt++) {
    if ((await text(given, engine, ['sh', '-c', CLEAN, name], AbortSignal.timeout(10_000))) === 'clean') return
    await sleep(200)
  }
  log.warn(
    `the folder ${name} could not be removed from the container ${given.container} of pod ${given.pod}; the container removes it itself after ${given.timeoutSeconds} s`,
  )
}
