export type Mapping = Record<string, unknown>

/** Whether a value read from JSON or YAML has keys: no list, no scalar, not null. */
export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
