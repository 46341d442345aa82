import { STREAM_WORDS } from '../protocol/stream.ts'
import type { Marker } from './marker.ts'
import { untrusted } from './marker.ts'

/** What the watching command in the pod prints: lines until the marker, then the packed results from an offset. */
export interface WatchStream {
  /**
   * Takes the next bytes.
   * @throws ScanError (exit 4) for a line or a body that is longer than it may be, and for a false marker.
   */
  push(chunk: Buffer): void
  /** Undefined until it came. */
  readonly marker: Marker | undefined
  /** The gzip of the results as far as it came. */
  readonly packed: readonly Buffer[]
}

/** Longest line: the marker has a few hundred bytes, a line of progress the ID of a control. */
const MAX_LINE_BYTES = 1024 * 1024

/** What a `WatchStream` is made for. */
interface Reader {
  /** Gets the text behind `progress `. */
  readonly onProgress: (text: string) => void
  readonly parse: (marker: string) => Marker
  /** Bytes of the packed results that came by an earlier connection. */
  readonly offset: number
}

/** A reader for one run of `watch.sh`. It keeps no more than one line and what the marker announces. */
export function watchStream({ onProgress, parse, offset }: Reader): WatchStream {
  let line: Buffer[] = []
  let lineBytes = 0
  let marker: Marker | undefined
  const packed: Buffer[] = []
  let received = offset

  const takeLine = (text: string): void => {
    const [word, rest] = firstWord(text)
    if (word === STREAM_WORDS.progress) onProgress(rest)
    else if (word === STREAM_WORDS.marker) marker = parse(rest)
  }
  const keep = (part: Buffer): void => {
    lineBytes += part.length
    if (lineBytes > MAX_LINE_BYTES) throw untrusted('a line of more than 1 MiB arrived where the marker was expected')
    line.push(part)
  }
  return {
    push(chunk) {
      let rest = chunk
      while (marker === undefined) {
        const end = rest.indexOf(10)
        if (end < 0) return keep(rest)
        keep(rest.subarray(0, end))
        const text = Buffer.concat(line).toString('utf8')
        line = []
        lineBytes = 0
        rest = rest.subarray(end + 1)
        takeLine(text)
      }
      received += rest.length
      if (received > marker.packedBytes) throw untrusted(`more than the announced ${marker.packedBytes} bytes arrived`)
      if (rest.length > 0) packed.push(rest)
    },
    get marker() {
      return marker
    },
    packed,
  }
}

/** A line's first word, and what stands behind the blank; no word where there is no blank. */
function firstWord(text: string): [word: string, rest: string] {
  const end = text.indexOf(' ')
  return end < 0 ? ['', text] : [text.slice(0, end), text.slice(end + 1)]
}
