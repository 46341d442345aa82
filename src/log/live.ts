/** Lines at the foot of a terminal that change in place: one for each thing that is going on. */
export interface LiveLines {
  /** Shows a line, or takes it away. */
  readonly set: (key: string, line: string | undefined) => void
  /** Writes what stays above them. */
  readonly above: (text: string) => void
  readonly end: () => void
}

const ERASE_BELOW = '\u001b[J'

/** Live lines on a terminal of a width; longer ones are cut, so that each is one line of the screen. */
export function liveLines(write: (text: string) => void, width: () => number): LiveLines {
  const lines = new Map<string, string>()
  let drawn = 0
  const erase = () => (drawn === 0 ? '' : `\u001b[${drawn}A\r${ERASE_BELOW}`)
  const draw = (before: string) => {
    const cut = [...lines.values()].map((line) => `${[...line].slice(0, Math.max(1, width() - 1)).join('')}\n`)
    write(`${erase()}${before}${cut.join('')}`)
    drawn = cut.length
  }
  return {
    set(key, line) {
      if (line === undefined) lines.delete(key)
      else lines.set(key, line)
      draw('')
    },
    above: draw,
    end() {
      lines.clear()
      draw('')
    },
  }
}
