import type { ArchiveFile } from '../payload/archive.ts'
import { metadataOf } from '../payload/check-profile.ts'
import { isUnknown } from '../payload/erb.ts'
import type { LooseValue } from '../payload/loose-yaml.ts'

/** What a profile's inspec.yml says, as far as dependencies go. */
export interface ProfileMetadata {
  readonly name: string
  readonly version: string
  /** As it stands there; checked entry by entry when it is read. */
  readonly depends: readonly unknown[]
}

/**
 * The metadata of a profile; undefined where they cannot be read here, or Ruby decides what depends on what: then InSpec's
 * own reading counts.
 */
export function readMetadata(files: readonly ArchiveFile[]): ProfileMetadata | undefined {
  if (!files.some(({ path }) => path === 'inspec.yml')) return undefined
  const { facts, conditional } = metadataOf(files)
  const depends = facts?.get('depends') ?? null
  if (facts === null || conditional || hasUnknown(depends)) return undefined
  return {
    name: String(plain(facts.get('name') ?? '')),
    version: String(plain(facts.get('version') ?? '')),
    depends: Array.isArray(depends) ? depends.map(plain) : [],
  }
}

function hasUnknown(value: LooseValue): boolean {
  if (Array.isArray(value)) return value.some(hasUnknown)
  if (value instanceof Map) return [...value.values()].some(hasUnknown)
  return isUnknown(value)
}

function plain(value: LooseValue): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, one]) => [key, plain(one)]))
  return typeof value === 'object' && value !== null ? value.shown : value
}
