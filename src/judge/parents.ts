import type { Entry } from './control.ts'

/** What a file says of one profile's relations, before it is known what the names mean. */
interface Relations {
  readonly name: string
  /** `parent_profile` as written: the including profile, as *its* parent calls it; null when there is none. */
  readonly writtenParent: string | null
  /** The names of its dependencies, as it calls them. */
  readonly depends: readonly string[]
  readonly entries: ReadonlyMap<string, readonly Entry[]>
}

type Indexes = ReadonlyMap<string, readonly number[]>

/**
 * The name of the profile in the file that includes each profile, or null for a top-level one. InSpec 3 to 7 write into
 * `parent_profile` what `depends` calls a profile, not what it calls itself; InSpec 1 and 2 write no parents. A profile
 * whose parent cannot be found is a dependency all the same, unless results of it would then count nowhere.
 */
export function resolveParents(profiles: readonly Relations[], inspecVersion: string): (string | null)[] {
  const byAlias = new Map<string, number[]>()
  profiles.forEach(({ depends }, index) => {
    for (const alias of new Set(depends)) {
      const owners = byAlias.get(alias)
      if (owners) owners.push(index)
      else byAlias.set(alias, [index])
    }
  })
  if (profiles.every(({ writtenParent }) => writtenParent === null)) {
    return /^[12]\./.test(inspecVersion) ? inferParents(profiles, byAlias) : profiles.map(() => null)
  }
  const names = new Set(profiles.map(({ name }) => name))
  const tops = profiles.flatMap(({ writtenParent }, index) => (writtenParent === null ? [index] : []))
  return profiles.map(({ name, writtenParent }, index) => {
    if (writtenParent === null) return null
    if (writtenParent !== name && names.has(writtenParent)) return writtenParent
    const owner = nearestOther(profiles, byAlias.get(writtenParent) ?? [], index)
    if (owner || writtenParent === name) return owner?.name ?? name
    return adopter(profiles, tops, index)?.name ?? null
  })
}

/** Of these profiles, the nearest before one of another name, as InSpec writes them, else the first. */
function nearestOther(profiles: readonly Relations[], among: readonly number[], index: number): Relations | undefined {
  const isOther = (at: number) => profiles[at]!.name !== profiles[index]!.name
  const found = among.findLast((at) => at < index && isOther(at)) ?? among.find(isOther)
  return found === undefined ? undefined : profiles[found]
}

/** For a profile whose parent is not to be found: a top-level profile that lists all it has results for. */
function adopter(profiles: readonly Relations[], tops: readonly number[], index: number): Relations | undefined {
  const top = nearestOther(profiles, tops, index)
  return top && [...profiles[index]!.entries].every(([id, own]) => !isTested(own) || top.entries.has(id))
    ? top
    : undefined
}

/**
 * Parents for InSpec 1 and 2, from `depends` (which 2.1 does not write) and from who has the results of whose controls: a
 * profile without any results, or with a dependency under another name, whose controls have theirs in this one.
 */
function inferParents(profiles: readonly Relations[], byAlias: Indexes): (string | null)[] {
  const names = new Set(profiles.map(({ name }) => name))
  const candidates = profiles.flatMap(({ depends, entries }, index) =>
    depends.some((alias) => !names.has(alias)) || ![...entries.values()].some(isTested) ? [index] : [],
  )
  return profiles.map((profile, index) => {
    const owner = nearestOther(profiles, byAlias.get(profile.name) ?? [], index)
    if (owner) return owner.name
    const guess = adopter(profiles, candidates, index)
    const lacks = (id: string) => guess?.entries.get(id)?.some(({ results }) => results.length === 0)
    return guess && [...profile.entries].some(([id, own]) => isTested(own) && lacks(id)) ? guess.name : null
  })
}

function isTested(entries: readonly Entry[]): boolean {
  return entries.some(({ results }) => results.length > 0)
}
