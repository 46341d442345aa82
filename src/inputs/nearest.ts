/** The known word nearest to a misspelt one (at most a third of its letters differ), or undefined. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined
  let least = Math.max(1, Math.floor(word.length / 3)) + 1
  const lowered = word.toLowerCase()
  for (const candidate of known) {
    // each letter more or less is a difference already: most candidates are out before they are compared
    if (Math.abs(candidate.length - word.length) >= least) continue
    const distance = editDistance(lowered, candidate.toLowerCase())
    if (distance < least) {
      best = candidate
      least = distance
    }
  }
  return best
}

/** Optimal string alignment distance (Levenshtein's, with two neighbours swapped as one difference), row by row. */
function editDistance(a: string, b: string): number {
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const substitution = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1)
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      const swap = swapped ? before[column - 2]! + 1 : Number.POSITIVE_INFINITY
      current.push(Math.min(substitution, swap, previous[column]! + 1, current[column - 1]! + 1))
    }
    before = previous
    previous = current
  }
  return previous[b.length]!
}
