import { load } from 'js-yaml'

/** Shorter values stand in too many places that are not theirs. */
const SHORTEST = 4
const REDACTED = '***'

/**
 * The values in an inputs file of those inputs that the profile's inspec.yml declares `sensitive: true`; InSpec itself hides
 * them where it lists inputs, not where a control shows them. Both texts are known to be YAML.
 */
export function sensitiveValues(metadata: string, inputs: string): string[] {
  const { inputs: declared, attributes } = (load(metadata) ?? {}) as { inputs?: unknown; attributes?: unknown }
  const names = new Set(
    [declared, attributes]
      .flatMap((list) => (Array.isArray(list) ? list : []))
      .filter((input) => input?.sensitive === true)
      .map((input) => String(input.name)),
  )
  const given = load(inputs) as Record<string, unknown>
  const values = Object.entries(given).flatMap(([name, value]) => (names.has(name) ? leaves(value) : []))
  return [...new Set(values)].filter((value) => value.length >= SHORTEST).sort((a, b) => b.length - a.length)
}

function leaves(value: unknown): string[] {
  if (value === null || value === undefined || typeof value === 'boolean') return []
  if (typeof value === 'object') return Object.values(value).flatMap(leaves)
  return [String(value)]
}

/** A text without these values, as they are or as JSON writes them. */
export function redact(text: string, values: readonly string[]): string {
  return values.reduce((left, value) => {
    const escaped = JSON.stringify(value).slice(1, -1)
    return left.replaceAll(value, REDACTED).replaceAll(escaped, REDACTED)
  }, text)
}
