import { EXIT, ScanError } from '../errors.ts'
import type { Entry } from './control.ts'

/** A profile's place in its file: its name, the profile that includes it, and its controls by id. */
export interface ProfileNode {
  readonly name: string
  readonly sha256: string
  /** Name of the profile in this file that includes it; null for a top-level profile. */
  readonly parent: string | null
  readonly entries: ReadonlyMap<string, readonly Entry[]>
}

/** Entries of one control that decide it, and the profile they stand in. */
export interface Root {
  readonly node: ProfileNode
  readonly entries: readonly Entry[]
}

/** From a control id and the top-level profile's own entries of it to the entries that decide it. */
type RootsOf = (id: string, own: readonly Entry[]) => readonly Root[]
type ByName = ReadonlyMap<string, ReadonlyMap<string, readonly Root[]>>

/**
 * For a top-level profile, a function from its controls to the entries that decide them: every entry with results, of the
 * profile itself and of all its dependencies. Where none has results, those of a profile of the same name elsewhere in the
 * file decide (InSpec writes the results of a dependency that two profiles share only once), else the lowest dependency's
 * empty entry. Linear in the file, whatever its shape.
 * @throws ScanError (exit 4) when profiles include each other in a circle.
 */
export function rootFinder(nodes: readonly ProfileNode[], file: string): (top: ProfileNode) => RootsOf {
  refuseCircles(nodes, file)
  const included = rootsBy(nodes, (node) => node.parent)
  let shared: ByName | undefined
  return (top) => {
    const dependencies = included.get(top.name)
    return (id, own) => {
      const mine = { node: top, entries: own }
      if (!dependencies?.has(id)) {
        if (own.some(hasResults)) return [mine]
        shared ??= rootsBy(nodes, (node) => node.name)
        const elsewhere = sameProfile(shared, [mine], id)
        return elsewhere.length > 0 ? elsewhere : [mine]
      }
      const { all, lowest } = walk(included, top.name, id)
      if (lowest.length === 0) throw circle(file, top.name)
      const found = [mine, ...all].flatMap(withResults)
      if (found.length > 0) return found
      shared ??= rootsBy(nodes, (node) => node.name)
      const elsewhere = sameProfile(shared, all, id)
      return elsewhere.length > 0 ? elsewhere : lowest
    }
  }
}

function rootsBy(nodes: readonly ProfileNode[], keyOf: (node: ProfileNode) => string | null): ByName {
  const byName = new Map<string, Map<string, Root[]>>()
  for (const node of nodes) {
    const key = keyOf(node)
    if (key === null) continue
    const byId = byName.get(key) ?? new Map<string, Root[]>()
    byName.set(key, byId)
    for (const [id, entries] of node.entries) {
      const roots = byId.get(id)
      if (roots) roots.push({ node, entries })
      else byId.set(id, [{ node, entries }])
    }
  }
  return byName
}

/** All entries of a control below a profile, and those of them that nothing lies below. */
function walk(included: ByName, top: string, id: string): { all: Root[]; lowest: Root[] } {
  const all: Root[] = []
  const lowest: Root[] = []
  const seen = new Set([top])
  for (const name of seen) {
    for (const root of included.get(name)?.get(id) ?? []) {
      all.push(root)
      if (included.get(root.node.name)?.has(id)) seen.add(root.node.name)
      else lowest.push(root)
    }
  }
  return { all, lowest }
}

/** Entries with results in the same profile elsewhere in the file; two top-level profiles are never the same. */
function sameProfile(shared: ByName, roots: readonly Root[], id: string): Root[] {
  const wanted = new Map(roots.map(({ node }) => [`${node.name}\u0000${node.sha256}`, node]))
  return [...wanted.values()].flatMap((node) =>
    (shared.get(node.name)?.get(id) ?? [])
      .filter((root) => root.node.sha256 === node.sha256 && (node.parent !== null || root.node.parent !== null))
      .flatMap(withResults),
  )
}

function withResults({ node, entries }: Root): Root[] {
  const found = entries.filter(hasResults)
  return found.length > 0 ? [{ node, entries: found }] : []
}

function hasResults({ results }: Entry): boolean {
  return results.length > 0
}

/** Every profile must hang from a top-level one: those in a circle would never be counted. */
function refuseCircles(nodes: readonly ProfileNode[], file: string): void {
  const children = Map.groupBy(nodes, (node) => node.parent)
  const reached = new Set<string>((children.get(null) ?? []).map((node) => node.name))
  for (const name of reached) for (const child of children.get(name) ?? []) reached.add(child.name)
  const lost = nodes.find((node) => !reached.has(node.name))
  if (lost) throw circle(file, lost.name)
}

function circle(file: string, name: string): ScanError {
  const message = `${file}: the profile ${JSON.stringify(name)} includes itself through parent_profile, so no profile is the top one`
  return new ScanError(message, {
    exitCode: EXIT.results,
    hint: 'give the file as InSpec wrote it with --reporter json',
  })
}
