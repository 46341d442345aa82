/** What the watching command in the pod prints: lines until the marker, then the packed results. */
export interface WatchStream {
  /** Takes the next bytes. */
  push(chunk: Buffer): void
  /** The marker's JSON text, once it came. */
  readonly marker: string | undefined
  /** The gzip of the results as far as it came. */
  readonly packed: Buffer
}

/** A reader for one run of `watch.sh`; `onProgress` gets the text behind `progress `. */
export function watchStream(onProgress: (text: string) => void): WatchStream {
  let pending: Buffer = Buffer.alloc(0)
  let marker: string | undefined
  const body: Buffer[] = []

  const takeLine = (line: string): void => {
    if (line.startsWith('progress ')) onProgress(line.slice('progress '.length))
    else if (line.startsWith('marker ')) marker = line.slice('marker '.length)
  }
  return {
    push(chunk) {
      if (marker !== undefined) {
        body.push(chunk)
        return
      }
      pending = Buffer.concat([pending, chunk])
      for (let end = pending.indexOf(10); end >= 0 && marker === undefined; end = pending.indexOf(10)) {
        takeLine(pending.toString('utf8', 0, end))
        pending = pending.subarray(end + 1)
      }
      if (marker !== undefined) body.push(pending)
    },
    get marker() {
      return marker
    },
    get packed() {
      return Buffer.concat(body)
    },
  }
}
