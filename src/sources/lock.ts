import { dump, load } from 'js-yaml'
import { isMapping } from '../mapping.ts'

/** An entry of inspec.lock: where a dependency was found, and what it depends on itself. */
export interface LockEntry {
  readonly name: string
  readonly source: {
    readonly git?: string
    readonly ref?: string
    readonly url?: string
    readonly sha256?: string
    readonly path?: string
    readonly relative_path?: string
  }
  readonly constraints: readonly string[]
  readonly dependencies: readonly LockEntry[]
}

/** The entries of an inspec.lock; undefined where it is none that can be read: then inspec.yml alone counts. */
export function parseLock(text: string): LockEntry[] | undefined {
  try {
    // Ruby writes the keys of `resolved_source` as symbols, `:git:`
    const value: unknown = load(text.replace(/^(\s*(?:- )?):([\w]+):/gm, '$1$2:'))
    return isMapping(value) && Number(value['lockfile_version']) === 1 ? entries(value['depends']) : undefined
  } catch {
    return undefined
  }
}

function entries(value: unknown): LockEntry[] {
  return (Array.isArray(value) ? value : []).filter(isMapping).map((entry) => {
    const { name, resolved_source: source, version_constraints: constraints, dependencies } = entry
    const texts = Object.entries(isMapping(source) ? source : {}).filter(([, text]) => typeof text === 'string')
    return {
      name: String(name ?? ''),
      source: Object.fromEntries(texts) as LockEntry['source'],
      constraints: (Array.isArray(constraints) ? constraints : []).map(String),
      dependencies: entries(dependencies),
    }
  })
}

/** An inspec.lock of InSpec's format. */
export function renderLock(depends: readonly LockEntry[]): string {
  return `---\n${dump({ lockfile_version: 1, depends: depends.map(lockObject) }, { lineWidth: -1, noRefs: true })}`
}

function lockObject({ name, source, constraints, dependencies }: LockEntry): object {
  return {
    name,
    resolved_source: source,
    version_constraints: [...constraints],
    ...(dependencies.length === 0 ? {} : { dependencies: dependencies.map(lockObject) }),
  }
}
