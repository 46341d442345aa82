import { EXIT, ScanError } from '../errors.ts'
import type { Entry } from './control.ts'

/** A profile's place in its file: its name, the profile that includes it (if the file has that), its controls by id. */
export interface ProfileNode {
  readonly name: string
  readonly parent: string | null
  readonly entries: ReadonlyMap<string, readonly Entry[]>
}

/** The entries of one control that hold its results, and the profile they stand in. */
export interface Root {
  readonly node: ProfileNode
  readonly entries: readonly Entry[]
}

/** From a control id and the top-level profile's own entries of it to the entries that decide it. */
type RootsOf = (id: string, own: readonly Entry[]) => readonly Root[]

/**
 * For a top-level profile, a function from its controls to the entries that decide them: those of the lowest dependency that
 * lists the id, or the profile's own. Where several dependencies list it, all of them count, so that their order does not
 * matter. Linear in the file, whatever its shape.
 * @throws ScanError (exit 4) when profiles include each other in a circle.
 */
export function rootFinder(nodes: readonly ProfileNode[], file: string): (top: ProfileNode) => RootsOf {
  const included = new Map<string, Map<string, Root[]>>()
  for (const node of nodes) {
    if (node.parent === null) continue
    const byId = included.get(node.parent) ?? new Map<string, Root[]>()
    included.set(node.parent, byId)
    for (const [id, entries] of node.entries) {
      const roots = byId.get(id)
      if (roots) roots.push({ node, entries })
      else byId.set(id, [{ node, entries }])
    }
  }
  refuseCircles(nodes, file)
  return (top) => {
    const dependencies = included.get(top.name)
    return (id, own) => {
      if (!dependencies?.has(id)) return [{ node: top, entries: own }]
      const roots: Root[] = []
      const seen = new Set([top.name])
      for (const name of seen) {
        for (const root of included.get(name)?.get(id) ?? []) {
          if (included.get(root.node.name)?.has(id)) seen.add(root.node.name)
          else roots.push(root)
        }
      }
      if (roots.length === 0) throw circle(file, top.name)
      return roots
    }
  }
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
