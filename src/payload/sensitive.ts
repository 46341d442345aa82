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

/** A message of RSpec's shows a value inspected within an inspected hash, and JSON escapes that once more. */
const NESTED = 4

/**
 * A text without these values: as they are, and as JSON, Ruby's `inspect` and `Shellwords.escape` write them, nested. Of
 * a value of several lines also each line that is long enough, since RSpec's diff takes them apart.
 */
export function redact(text: string, values: readonly string[]): string {
  const forms = new Set(values.flatMap((value) => [value, ...longLines(value)]).flatMap(written))
  return [...forms].sort((a, b) => b.length - a.length).reduce((left, form) => left.replaceAll(form, REDACTED), text)
}

function longLines(value: string): string[] {
  return value.includes('\n') ? value.split(/\r?\n/).filter((line) => line.trim().length >= 2 * SHORTEST) : []
}

function written(value: string): string[] {
  const forms = new Set([value, shellEscaped(value)])
  let last = [...forms]
  for (let depth = 0; depth < NESTED; depth++) {
    last = last
      .flatMap((form) => [JSON.stringify(form).slice(1, -1), inspected(form)])
      .filter((form) => !forms.has(form))
    for (const form of last) forms.add(form)
  }
  return [...forms]
}

const INSPECTED: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\f': '\\f',
  '\v': '\\v',
  '\b': '\\b',
  '\u0007': '\\a',
  '\u001b': '\\e',
}

/** As Ruby's String#inspect writes a text, without the quotes around it. */
function inspected(text: string): string {
  return text.replace(/["\\\u0000-\u001f\u007f]|#(?=[{$@])/g, (char) => {
    if (char === '#') return '\\#'
    return INSPECTED[char] ?? `\\u${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`
  })
}

/** As Ruby's Shellwords.escape writes a text. */
function shellEscaped(text: string): string {
  return text.replace(/[^A-Za-z0-9_\-.,:+/@~\n]/gu, '\\$&').replaceAll('\n', "'\n'")
}
