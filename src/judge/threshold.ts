import { EXIT, ScanError } from '../errors.ts'
import { refuseUtf16 } from './encoding.ts'
import { beginsKey, KEYS, nearestKey } from './keys.ts'
import { stableIds } from './stable-id.ts'
import type { Limit, Threshold } from './types.ts'
import { keyText, parseYaml, type YamlDocument } from './yaml.ts'

/**
 * What judges when no threshold is given: that of the scripts this project replaces, and no critical control may end in an
 * error, because a control that could not be evaluated hides a failure.
 */
export const defaultThreshold: Threshold = {
  source: 'default',
  limits: [
    { path: 'compliance.min', value: 70, line: 0 },
    { path: 'failed.critical.max', value: 0, line: 0 },
    { path: 'error.critical.max', value: 0, line: 0 },
  ],
}

/** `threshold: none`: results are reported and not judged. */
export const noThreshold: Threshold = { source: 'none', limits: [] }

const HINT = 'docs/thresholds.md lists every key; an example: "compliance.min: 80" and "failed.critical.max: 0"'
const MAX_SHOWN = 5
const MAX_LEAVES = 1_000

/**
 * A threshold file (YAML or JSON; nested, flattened or mixed keys; merge keys) or inline text (also SAF's
 * `{compliance.min: 80}, {failed.total.max: 0}`, and the word `none`) → limits in canonical order.
 * @throws ScanError (exit 2) with the line, and the nearest key for an unknown one.
 */
export function parseThreshold(text: string, options: { name: string; form: 'file' | 'inline' }): Threshold {
  refuseUtf16(text, options.name)
  const source = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
  const found =
    (options.form === 'inline' ? parseInline(source, options.name) : null) ?? parseDocument(source, options.name)
  if (found === 'none') return noThreshold
  const order = [...KEYS.keys()]
  const limits = found.toSorted((a, b) => order.indexOf(a.path) - order.indexOf(b.path))
  return { source: options.form === 'inline' ? 'inline' : options.name, limits }
}

/** A value where the text has it, before it is known to be a limit. */
interface Leaf {
  path: string
  value: unknown
  line: number
  span?: readonly [number, number]
}

const INLINE_PART = /^\s*\{?\s*(["']?)([\w.-]+)\1\s*:\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*\}?\s*$/

/** SAF's inline form, or null when the text is something else (a YAML mapping, perhaps). */
function parseInline(text: string, name: string): Limit[] | 'none' | null {
  const bare = text.trim().replace(/^(["'])(\{.*\})\1$/s, '$2')
  if (bare === 'none') return 'none'
  const leaves: Leaf[] = []
  for (const [index, line] of bare.split('\n').entries()) {
    const parts = line.split(',')
    for (const part of parts) {
      if (part.trim() === '' && parts.length === 1) continue
      const match = INLINE_PART.exec(part)
      if (!match) return null
      leaves.push({ path: match[2]!, value: Number(match[3]), line: index + 1 })
    }
  }
  const balanced = !/\{[^}]*\{|\}[^{]*\}/.test(bare) && bare.split('{').length === bare.split('}').length
  return leaves.length > 0 && balanced ? toLimits(leaves, name) : null
}

function parseDocument(text: string, name: string): Limit[] {
  const document = parseYaml(text, name, HINT)
  if (document.value === undefined || document.value === null) throw refuse(`${name} is empty: it sets no limit`)
  if (!(document.value instanceof Map))
    throw refuse(`${name} must be a mapping of keys to limits, such as compliance.min: 80`)
  if (document.value.size === 0) throw refuse(`${name} is empty: it sets no limit`)
  return toLimits(flatten(document.value, document, [], []), name)
}

/**
 * Nested mappings → leaves with dotted paths; deeper or more than keys can be, a mapping is left as it is and refused later.
 * The line of an unknown key is that of its first wrong step.
 */
function flatten(
  map: ReadonlyMap<unknown, unknown>,
  document: YamlDocument,
  above: readonly string[],
  leaves: Leaf[],
  wrong?: number,
): Leaf[] {
  for (const [key, value] of map) {
    const steps = [...above, keyText(key)]
    const path = steps.join('.')
    const { line, span } = document.place(steps)
    const wrongLine = wrong ?? (beginsKey(path) ? undefined : line)
    const nested = value instanceof Map && value.size > 0 && path.split('.').length < 5
    if (nested && leaves.length < MAX_LEAVES) flatten(value, document, steps, leaves, wrongLine)
    else leaves.push({ path, value, line: wrongLine ?? line, ...(span ? { span } : {}) })
  }
  return leaves
}

function toLimits(leaves: readonly Leaf[], name: string): Limit[] {
  const problems: string[] = []
  const limits = new Map<string, Limit>()
  for (const leaf of leaves) {
    const twice = limits.get(leaf.path)
    const problem = twice ? `${leaf.path} is set twice (first in line ${twice.line})` : checkLeaf(leaf)
    if (problem) problems.push(`line ${leaf.line}: ${problem}`)
    else limits.set(leaf.path, leaf as Limit)
    if (problems.length === MAX_SHOWN) break
  }
  if (problems.length > 0) throw refuse(`${name}, ${problems.join('; ')}`)
  return [...limits.values()].map(({ value, ...limit }) => ({
    ...limit,
    value: typeof value === 'number' ? value : [...new Set([...new Set(value)].map(stableIds()))].sort(),
  }))
}

/** Null when a leaf is a limit, else what is wrong with it. */
function checkLeaf({ path, value }: Leaf): string | null {
  const key = KEYS.get(path)
  if (!key) {
    const meant = nearestKey(path)
    const shown = path.length > 80 ? `${path.slice(0, 80)}…` : path
    return `unknown key ${shown}${meant ? ` (did you mean ${meant}?)` : ''}`
  }
  if (key.kind === 'controls') {
    if (Array.isArray(value) && value.every((id) => typeof id === 'string' && id !== '')) return null
    return `${path} must be a list of control ids (texts; quote ids that are numbers)`
  }
  if (typeof value === 'number' && Number.isFinite(value)) return null
  if (value === null || value instanceof Map) return `${path} has no value`
  const quoted = typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))
  return `${path} must be a number${quoted ? ', without quotes' : ''}`
}

function refuse(message: string): ScanError {
  return new ScanError(message, { exitCode: EXIT.usage, hint: HINT })
}
