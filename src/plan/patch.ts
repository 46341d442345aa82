import { isMapping, type Mapping } from '../mapping.ts'

type Json = unknown

const isNamed = (value: Json): value is { name: string } => isMapping(value) && typeof value['name'] === 'string'

/**
 * Merges a patch over an object as `kubectl patch` does by default: mappings key by key, lists of named items by name,
 * other lists replaced, and null removes a key (RFC 7396, and Kubernetes' merge keys for containers, volumes, env).
 */
export function mergePatch<T>(base: T, patch: Json): T {
  return merge(base, patch) as T
}

function merge(base: Json, patch: Json): Json {
  if (Array.isArray(base) && Array.isArray(patch) && patch.every(isNamed) && base.every(isNamed))
    return mergeNamed(base, patch)
  if (!isMapping(patch)) return patch
  const merged: Mapping = isMapping(base) ? { ...base } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (key === '__proto__') continue
    if (value === null) delete merged[key]
    else merged[key] = merge(merged[key], value)
  }
  return merged
}

function mergeNamed(base: { name: string }[], patch: { name: string }[]): Json[] {
  const kept = base.map((item) => merge(item, patch.find(({ name }) => name === item.name) ?? {}))
  return [...kept, ...patch.filter(({ name }) => !base.some((item) => item.name === name))]
}
