import { nearest } from '../inputs/nearest.ts'
import { SEVERITIES, STATUSES } from './counts.ts'
import type { Severity, Status } from './types.ts'

type Kind = 'min' | 'max' | 'exact' | 'controls'
export type Bucket = Severity | 'total'
export type CountedStatus = Status | 'unanswered'

/** One key a threshold may hold, and what it limits. */
export type Key =
  | { readonly path: string; readonly kind: 'min' | 'max'; readonly of: 'compliance' }
  | { readonly path: string; readonly kind: 'min'; readonly of: 'min-controls' }
  | { readonly path: string; readonly kind: 'max'; readonly of: 'new-failures' }
  | {
      readonly path: string
      readonly kind: Kind
      readonly of: 'count'
      readonly status: CountedStatus
      readonly bucket: Bucket
    }

export const BUCKETS: readonly Bucket[] = ['total', ...SEVERITIES]

/** Every key, by canonical path, in the order in which violations are reported. */
export const KEYS: ReadonlyMap<string, Key> = new Map(allKeys().map((key) => [key.path, key]))

const PREFIXES: ReadonlySet<string> = new Set(
  [...KEYS.keys()].flatMap((path) => path.split('.').map((_, index, steps) => steps.slice(0, index + 1).join('.'))),
)

/** Whether a key begins so: `failed`, `failed.high`. */
export function beginsKey(path: string): boolean {
  return PREFIXES.has(path)
}

function allKeys(): Key[] {
  const keys: Key[] = [
    { path: 'compliance.min', kind: 'min', of: 'compliance' },
    { path: 'compliance.max', kind: 'max', of: 'compliance' },
    { path: 'min-controls', kind: 'min', of: 'min-controls' },
    { path: 'new-failures', kind: 'max', of: 'new-failures' },
    { path: 'unanswered.min', kind: 'min', of: 'count', status: 'unanswered', bucket: 'total' },
    { path: 'unanswered.max', kind: 'max', of: 'count', status: 'unanswered', bucket: 'total' },
  ]
  for (const bucket of BUCKETS) {
    for (const status of [...STATUSES, 'unanswered'] as const) {
      const path = `${status}.${bucket}`
      keys.push({ path, kind: 'exact', of: 'count', status, bucket })
      for (const kind of ['min', 'max', 'controls'] as const)
        keys.push({ path: `${path}.${kind}`, kind, of: 'count', status, bucket })
    }
  }
  return keys
}

const SYNONYMS: Readonly<Record<string, string>> = {
  not_applicable: 'no_impact',
  notapplicable: 'no_impact',
  noimpact: 'no_impact',
  not_reviewed: 'skipped',
  notreviewed: 'skipped',
  profile_error: 'error',
  failures: 'failed',
  fail: 'failed',
  pass: 'passed',
  skip: 'skipped',
  errors: 'error',
  crit: 'critical',
  med: 'medium',
  moderate: 'medium',
  minimum: 'min',
  maximum: 'max',
  ids: 'controls',
}

/** Longer words are no misspelling, and would take long to compare. */
const LONGEST = 60

/** The known key that a wrong one most likely means, or undefined. */
export function nearestKey(path: string): string | undefined {
  if (path.length > LONGEST) return undefined
  const lower = path.toLowerCase().replace(/^threshold\./, '')
  const normal = lower
    .split('.')
    .map((part) => SYNONYMS[part.replaceAll('-', '_')] ?? part)
    .join('.')
  if (KEYS.has(normal)) return normal
  // `error.max` means all severities: one severity's limit would let the others pass
  const [first, last, ...more] = normal.split('.')
  if (more.length === 0 && KEYS.has(`${first}.total.${last}`)) return `${first}.total.${last}`
  const below = [...KEYS.keys()].find((key) => key.startsWith(`${normal}.`))
  if (below)
    return normal === 'compliance' || normal === 'passed'
      ? below.replace(/^passed.*/, 'passed.total.min')
      : `${normal}.total.max`
  const parts = sortedParts(normal)
  const sorted = [...KEYS.keys()].find((key) => sortedParts(key) === parts)
  return sorted ?? nearest(normal, KEYS.keys())
}

function sortedParts(path: string): string {
  return path.split('.').sort().join('.')
}
