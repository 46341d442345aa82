import { EXIT, ScanError } from '../errors.ts'
import { type Marker, parseMarker, type Trusted, untrusted } from './marker.ts'

/** Where a container that is not ours has its files. */
export interface CarriedFiles {
  readonly markerPath: string
  readonly resultsPath: string
}

/** Above this a marker file is none of ours: the largest holds what is known of 10,000 controls. */
const MAX_MARKER = 700_000
const MAX_RESULTS = 400 * 1024 * 1024

/**
 * Waits in the container for the marker file, then prints a line that describes what is there, and the gzip of the results from an
 * offset. It writes nothing. The size and digest are taken now, so that what arrives can be checked whatever the marker says.
 */
export const carriedCommand =
  ({ markerPath, resultsPath }: CarriedFiles) =>
  (offset: number): string[] => ['sh', '-c', CARRIED, String(offset), markerPath, resultsPath]

const CARRIED = [
  'say() { printf "marker {%s}\\n" "$1"; exit 0; }',
  'echo alive; ticks=0',
  'until [ -e "$1" ]; do ticks=$((ticks + 1)); [ $((ticks % 20)) -ne 0 ] || echo alive || exit 1; sleep 0.2; done',
  '[ -f "$1" ] || say \'"problem":"marker"\'',
  `[ $(($(wc -c <"$1"))) -le ${MAX_MARKER} ] || say '"problem":"size"'`,
  'left=$(base64 <"$1" | tr -d "\\n")',
  '[ -f "$2" ] || say "\\"left\\":\\"$left\\",\\"sha256\\":null,\\"bytes\\":0,\\"packedBytes\\":0"',
  'bytes=$(($(wc -c <"$2")))',
  `[ "$bytes" -le ${MAX_RESULTS} ] || say "\\"left\\":\\"$left\\",\\"sha256\\":null,\\"bytes\\":$bytes,\\"packedBytes\\":0"`,
  'sum=$(sha256sum <"$2" | cut -c1-64); echo alive',
  'packed=$(($(gzip -nc <"$2" | wc -c)))',
  'printf \'marker {"left":"%s","sha256":"%s","bytes":%d,"packedBytes":%d}\\n\' "$left" "$sum" "$bytes" "$packed"',
  'gzip -nc <"$2" | tail -c +$(($0 + 1))',
].join('\n')

/** A marker of a container that is not ours, and how far it can be trusted. */
interface CarriedMarker {
  readonly marker: Marker
  readonly trust: Trusted
}

/**
 * Reads what `carriedCommand` prints. A marker of ours holds size and digest: they must be those of the results. Any other file only
 * says that the scanner had finished.
 * @throws ScanError (exit 4) when there are no results, or they are not those of the marker.
 */
export function parseCarriedMarker(text: string, { markerPath, resultsPath }: CarriedFiles): CarriedMarker {
  const { problem, left, ...now } = described(text)
  if (problem !== undefined)
    throw untrusted(
      problem === 'marker' ? `${markerPath} is no file` : `${markerPath} has more than ${MAX_MARKER} bytes`,
      'name the file that the scanner leaves when it is done in `marker-path`',
    )
  const written = Buffer.from(typeof left === 'string' ? left : '', 'base64')
    .toString('utf8')
    .trim()
  if (!written.startsWith('{')) return unproven(now, written, resultsPath)
  const own = parseMarker(written, { kind: 'digest' })
  const found = parseMarker(JSON.stringify({ exitCode: 0, ...now }), { kind: 'none' })
  if (own.sha256 !== null && found.sha256 === null) throw missing(resultsPath)
  if (own.sha256 !== null && own.bytes !== found.bytes)
    throw untrusted(`${resultsPath} has ${found.bytes} bytes, the marker says ${own.bytes}`, CHANGED)
  if (own.sha256 !== null && own.sha256 !== found.sha256)
    throw untrusted(`the digest of ${resultsPath} differs from the marker’s`, CHANGED)
  return {
    marker: own.sha256 === null ? own : { ...own, packedBytes: found.packedBytes },
    trust: {
      by: 'digest',
      why: 'size and digest are those of the marker; whoever can write in the scanner container could have written both',
    },
  }
}

const CHANGED = 'the scanner may have begun another scan: run this again when it is done'

interface Described {
  readonly problem?: unknown
  readonly left?: unknown
}

function described(text: string): Described {
  try {
    const value = JSON.parse(text) as unknown
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // reported below
  }
  throw untrusted('what the scanner container printed is no description of its files')
}

/** Only the presence of the marker says that the results are complete. */
function unproven(now: object, written: string, resultsPath: string): CarriedMarker {
  const found = parseMarker(JSON.stringify({ exitCode: 0, ...now }), { kind: 'none' })
  if (found.sha256 === null) throw missing(resultsPath)
  const what = written === '' ? 'is empty' : 'holds no digest'
  const why = `the marker file ${what}: it says that the scanner had finished, and nothing shows which scan wrote the results, or that all of them are there`
  return { marker: { ...found, exitCode: undefined }, trust: { by: 'none', why } }
}

function missing(resultsPath: string): ScanError {
  return new ScanError(`the scanner container has finished and left no results in ${resultsPath}`, {
    exitCode: EXIT.results,
    hint: 'its log says why; where the results are elsewhere, name the file in `results-path`',
  })
}
