import { isUnknown } from './erb.ts'
import { type LooseMap, type LooseValue, readLooseYaml } from './loose-yaml.ts'

/** Shorter values stand in too many places that are not theirs. */
const SHORTEST = 4
const REDACTED = '***'

/**
 * The values in an inputs file of those inputs that the profile's inspec.yml declares `sensitive: true`; InSpec itself
 * hides them where it lists inputs, not where a control shows them. Where inspec.yml cannot be read here but speaks of
 * sensitive inputs, or an input's name is known to Ruby only, every value counts as one. From an inputs file that cannot
 * be read here, what stands on the lines of those inputs is taken.
 */
export function sensitiveValues(metadata: { facts: LooseMap | null; text: string }, inputs: string): string[] {
  const names = sensitiveNames(metadata)
  if (names !== 'all' && names.size === 0) return []
  const given = readOrLines(inputs)
  const values = given.flatMap(([name, value]) => (names === 'all' || names.has(name) ? leaves(value) : []))
  return [...new Set(values)].filter((value) => value.length >= SHORTEST).sort((a, b) => b.length - a.length)
}

function sensitiveNames({ facts, text }: { facts: LooseMap | null; text: string }): ReadonlySet<string> | 'all' {
  if (!facts) return /\bsensitive["']?[ \t]*:/.test(text) ? 'all' : new Set()
  const declared = [facts.get('inputs'), facts.get('attributes')].flatMap((list) => (Array.isArray(list) ? list : []))
  const sensitive = declared.filter((input) => input instanceof Map && mayHide(input.get('sensitive'))) as LooseMap[]
  const names = sensitive.map((input) => texts(input.get('name'))[0] ?? '')
  return names.some(isUnknown) ? 'all' : new Set(names)
}

function mayHide(value: LooseValue | undefined): boolean {
  return value === true || value === 'true' || (value !== undefined && isUnknown(value))
}

function readOrLines(text: string): [string, LooseValue][] {
  try {
    const value = readLooseYaml(text)
    return value instanceof Map ? [...value] : []
  } catch {
    const lines = text.matchAll(/^["']?:?([^\s:"'#][^:"'\n]*)["']?[ \t]*:[ \t]+(["']?)(.+?)\2[ \t\r]*$/gm)
    return [...lines].map(([, name, , value]) => [name!, value!])
  }
}

function leaves(value: LooseValue): string[] {
  if (Array.isArray(value)) return value.flatMap(leaves)
  return value instanceof Map ? [...value.values()].flatMap(leaves) : texts(value)
}

/** A scalar as written and, for a number, as Ruby shows it. */
function texts(value: LooseValue | undefined): string[] {
  if (value === null || value === undefined || typeof value === 'boolean') return []
  if (typeof value === 'string') return [value]
  return Array.isArray(value) || value instanceof Map ? [] : [value.written, value.shown]
}

/** A text without these values, as they are or as JSON writes them. */
export function redact(text: string, values: readonly string[]): string {
  return values.reduce((left, value) => {
    const escaped = JSON.stringify(value).slice(1, -1)
    return left.replaceAll(value, REDACTED).replaceAll(escaped, REDACTED)
  }, text)
}
