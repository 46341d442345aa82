import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { EXIT, ScanError } from '../errors.ts'
import type { CountedControl } from '../judge/census.ts'
import { CENSUS_KEYS, type MarkerKey } from '../protocol/stream.ts'

/** The marker file the scanner leaves behind its results: proof of what they are. */
export interface Marker {
  /** InSpec's exit code; 127 when the scanner image has no InSpec; undefined where the marker does not say. */
  readonly exitCode: number | undefined
  /** Digest of the inputs and waivers that the scanner read; empty where it had none. */
  readonly given: string
  /** Of the results, in hexadecimal; null when InSpec wrote none. */
  readonly sha256: string | null
  /** Of the results as InSpec wrote them. */
  readonly bytes: number
  /** Of their gzip. */
  readonly packedBytes: number
  readonly startedAt: string
  readonly finishedAt: string
  /** How many controls the profile has by its own account; absent when they could not be counted. */
  readonly controls: number | undefined
  /** How many controls each top-level profile has, by its name. */
  readonly profiles: ReadonlyMap<string, number>
  /** How many more it has that `controls` and `tags` leave out. */
  readonly leftOut: number
  /** What the profile says of each, by id; of at most 10,000. */
  readonly census: ReadonlyMap<string, CountedControl>
  /** What was asked outside of any control and not answered: place and reason. */
  readonly unasked: readonly string[]
}

/** How far a marker proves that the results are those of the scan that is followed. */
type Trust =
  /** It holds what only this scan knows. */
  | { readonly kind: 'nonce'; readonly nonce: string }
  /** It holds size and digest: the results are whole, and what the scanner of that pod wrote. */
  | { readonly kind: 'digest' }
  /** It is only there: the scanner had finished. */
  | { readonly kind: 'none' }

/** The same for a report: how far, and why not further. */
export interface Trusted {
  readonly by: Trust['kind']
  readonly why: string
}

const MAX_COUNTED = 10_000
const MAX_UNASKED = 50
const MAX_PROFILES = 100
const MAX_TEXT = 300

/** Results above this are refused: a string of JSON cannot hold much more, and no profile writes as much. */
const MAX_RESULTS = 400 * 1024 * 1024
/** The same for their gzip, which is held in memory as a whole: JSON shrinks to a tenth and less. */
const MAX_PACKED = 128 * 1024 * 1024

/** What arrived is not what the scan wrote: nothing is proven. */
export const untrusted = (
  why: string,
  hint = 'run the scan again; if it happens again, somebody changes files in the scan pod',
) => new ScanError(`the results cannot be trusted: ${why}`, { exitCode: EXIT.results, hint })

/** Longest time that is kept, in characters. */
const MAX_TIME = 40

/** @throws ScanError (exit 4) when it is no marker, or another scan's. */
export function parseMarker(text: string, trust: Trust): Marker {
  let value: Partial<Record<MarkerKey, unknown>>
  try {
    value = JSON.parse(text)
  } catch {
    throw untrusted('the marker file is not JSON')
  }
  const isCount = (x: unknown): x is number => Number.isSafeInteger(x) && (x as number) >= 0
  if (typeof value !== 'object' || value === null) throw untrusted('the marker file is not a marker')
  if (trust.kind === 'nonce' && typeof value['nonce'] !== 'string') throw untrusted('the marker file is not a marker')
  if (trust.kind === 'nonce' && value['nonce'] !== trust.nonce)
    throw untrusted('the marker file is another scan’s (its nonce differs)')
  const { exitCode, sha256, bytes, packedBytes, startedAt, finishedAt, census, given } = value
  const hex = sha256 === null || (typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256))
  if (!isCount(exitCode) || !hex || !isCount(bytes) || !isCount(packedBytes))
    throw untrusted('the marker file is damaged')
  if (bytes > MAX_RESULTS || packedBytes > MAX_PACKED) {
    throw untrusted(
      `they have ${Math.round(bytes / 1024 / 1024)} MiB (${Math.round(packedBytes / 1024 / 1024)} MiB compressed), more than the ${MAX_RESULTS / 1024 / 1024} MiB (${MAX_PACKED / 1024 / 1024} MiB) that can be judged`,
      'split the profile, or keep long command output out of its messages',
    )
  }
  const { controls, leftOut } = (census ?? {}) as { controls?: unknown; leftOut?: unknown }
  return {
    exitCode,
    given: typeof given === 'string' ? given : '',
    sha256: sha256 as string | null,
    bytes,
    packedBytes,
    startedAt: String(startedAt).slice(0, MAX_TIME),
    finishedAt: String(finishedAt).slice(0, MAX_TIME),
    controls: isCount(controls) ? controls : undefined,
    leftOut: isCount(leftOut) ? leftOut : 0,
    profiles: countedProfiles(census),
    census: countedControls(census),
    unasked: unasked(census),
  }
}

const shortText = (value: unknown): string => (typeof value === 'string' ? value.slice(0, MAX_TEXT) : '')

function listIn(census: unknown, key: string, most: number): unknown[] {
  const list = (census as Record<string, unknown> | null | undefined)?.[key]
  return Array.isArray(list) ? list.slice(0, most) : []
}

/** What is not as it should be is left out: the census adds to the results and proves nothing by itself. */
function countedControls(census: unknown): Map<string, CountedControl> {
  const counted = new Map<string, CountedControl>()
  for (const entry of listIn(census, CENSUS_KEYS.list, MAX_COUNTED)) {
    if (typeof entry !== 'object' || entry === null) continue
    const { id, title, impact, severity, severityoverride } = entry as Record<string, unknown>
    if (typeof id !== 'string' || typeof impact !== 'number' || !Number.isFinite(impact)) continue
    const tags = { severity: shortText(severity), severityoverride: shortText(severityoverride) }
    counted.set(id, { title: shortText(title), impact, tags })
  }
  return counted
}

function countedProfiles(census: unknown): Map<string, number> {
  const entries = listIn(census, CENSUS_KEYS.profiles, MAX_PROFILES).flatMap((entry): [string, number][] => {
    const { name, controls } = (entry ?? {}) as Record<string, unknown>
    return typeof name === 'string' && Number.isSafeInteger(controls) && (controls as number) >= 0
      ? [[name, controls as number]]
      : []
  })
  return new Map(entries)
}

function unasked(census: unknown): string[] {
  return listIn(census, CENSUS_KEYS.unanswered, MAX_UNASKED)
    .map(shortText)
    .filter((text) => text !== '')
}

/**
 * The results as InSpec wrote them, byte for byte.
 * @throws ScanError (exit 4) when size or digest differ from the marker's.
 */
export function unpackResults(packed: Buffer, marker: Marker): Buffer {
  if (packed.length !== marker.packedBytes) throw untrusted(`${packed.length} of ${marker.packedBytes} bytes arrived`)
  let results: Buffer
  try {
    results = gunzipSync(packed, { maxOutputLength: MAX_RESULTS + 1 })
  } catch {
    throw untrusted('they are damaged')
  }
  if (results.length !== marker.bytes)
    throw untrusted(`they have ${results.length} bytes, the marker says ${marker.bytes}`)
  if (createHash('sha256').update(results).digest('hex') !== marker.sha256)
    throw untrusted('their digest differs from the marker’s')
  return results
}
