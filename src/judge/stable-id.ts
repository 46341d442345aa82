const RANDOM = /^(\(generated from .+) [0-9a-f]{32}\)$/s

/**
 * Control ids without what differs between runs: InSpec gives describe blocks outside a control a random number. Blocks
 * of one line are distinguished by their order. The function is for ids of one profile, or of one list.
 */
export function stableIds(): (id: string) => string {
  const seen = new Map<string, number>()
  return (id) => {
    const place = id.startsWith('(') ? RANDOM.exec(id)?.[1] : undefined
    if (place === undefined) return id
    const count = (seen.get(place) ?? 0) + 1
    seen.set(place, count)
    return count === 1 ? `${place})` : `${place} #${count})`
  }
}
