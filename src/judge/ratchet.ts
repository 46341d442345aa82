import { BUCKETS, KEYS, type Key } from './keys.ts'
import type { Limit } from './types.ts'
import { actualOf, type Measured } from './violations.ts'

interface GenerateOptions {
  /** Bounds on both sides, so that any change of a count is a breach. */
  readonly exact: boolean
  /** The ids of every status and severity too. */
  readonly controls: boolean
}

/** What becomes of one limit. `looser`: results that were refused before would be accepted. */
export interface LimitChange {
  readonly path: string
  readonly from: Limit['value'] | null
  readonly to: Limit['value']
  readonly kind: 'same' | 'tighter' | 'looser' | 'added'
}

/** The limits that just accept these results, as `saf generate threshold` chooses them, in canonical order. */
export function generateLimits(measured: Measured, options: GenerateOptions): Limit[] {
  return [...KEYS.values()].flatMap((key) => {
    const value = actualOf(key, measured)
    return isGenerated(key, value, options) ? [{ path: key.path, value, line: 0 }] : []
  })
}

/**
 * Existing limits moved to these results. Bounds on the bad side (a minimum of what passed, a maximum of all else) tighten;
 * the others stay unless `exact`. A breached limit can only be loosened. Keys the file lacks are added for `exact` and
 * `controls` only: a short file stays short.
 */
export function ratchet(existing: readonly Limit[], measured: Measured, options: GenerateOptions): LimitChange[] {
  const changes = existing.map((limit): LimitChange => {
    const key = KEYS.get(limit.path)!
    return moveLimit(key, limit, actualOf(key, measured), options)
  })
  if (!options.exact && !options.controls) return changes
  const paths = new Set(existing.map((limit) => limit.path))
  const added = generateLimits(measured, options)
    .filter(({ path }) => !paths.has(path) && (options.exact || path.endsWith('.controls')))
    .map(({ path, value }): LimitChange => ({ path, from: null, to: value, kind: 'added' }))
  return [...changes, ...added]
}

function moveLimit(key: Key, limit: Limit, actual: Limit['value'], options: GenerateOptions): LimitChange {
  const { path, value } = limit
  const same: LimitChange = { path, from: value, to: value, kind: 'same' }
  if (key.of === 'new-failures') return same
  if (key.kind === 'controls' || key.kind === 'exact') {
    return String(actual) === String(value) ? same : { path, from: value, to: actual, kind: 'looser' }
  }
  const room = key.kind === 'min' ? Number(actual) - Number(value) : Number(value) - Number(actual)
  if (room === 0) return same
  if (room < 0) return { path, from: value, to: actual, kind: 'looser' }
  return options.exact || guardsBadSide(key) ? { path, from: value, to: actual, kind: 'tighter' } : same
}

function guardsBadSide(key: Key): boolean {
  if (key.of === 'compliance') return key.kind === 'min'
  if (key.of !== 'count') return true
  return key.status === 'passed' ? key.kind === 'min' : key.kind === 'max'
}

function isGenerated(key: Key, value: Limit['value'], { exact, controls }: GenerateOptions): boolean {
  if (key.of === 'compliance') return exact || key.kind === 'min'
  if (key.of !== 'count' || key.path.split('.').length !== 3) return false
  if (key.kind === 'controls') return controls && key.bucket !== 'total' && (value as readonly string[]).length > 0
  return BUCKETS.includes(key.bucket) && (exact || guardsBadSide(key))
}
