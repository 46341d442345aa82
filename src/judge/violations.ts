import { type Bucket, type CountedStatus, KEYS, type Key } from './keys.ts'
import type { BaselineChanges, Control, Limit, Violation } from './types.ts'

type Ids = readonly string[]

const IDS_SHOWN = 10

/** What limits are compared with. */
export interface Measured {
  readonly compliance: number
  readonly controlCount: number
  /** Control ids by `status.severity` and `status.total`. */
  readonly groups: ReadonlyMap<string, Ids>
  readonly changes: BaselineChanges | null
}

/** Controls grouped once, for any number of limits. */
export function measure(controls: readonly Control[], compliance: number, changes: BaselineChanges | null): Measured {
  return { compliance, controlCount: controls.length, groups: groupIds(controls), changes }
}

/** Every breached limit, in the order of the limits given. */
export function findViolations(limits: readonly Limit[], measured: Measured): Violation[] {
  return limits.flatMap((limit) => {
    const key = KEYS.get(limit.path)!
    const violation =
      key.of === 'count'
        ? countViolation(key, limit, measured.groups)
        : figureViolation(key, limit.value as number, measured)
    return violation ? [violation] : []
  })
}

/** The figure a key limits: a number, or for a `controls` key the ids, sorted. */
export function actualOf(key: Key, measured: Measured): number | Ids {
  if (key.of !== 'count') return figureOf(key, measured)
  const ids = measured.groups.get(`${key.status}.${key.bucket}`) ?? []
  return key.kind === 'controls' ? unique(ids) : ids.length
}

function figureOf(key: Exclude<Key, { of: 'count' }>, measured: Measured): number {
  if (key.of === 'compliance') return measured.compliance
  return key.of === 'min-controls' ? measured.controlCount : (measured.changes?.newlyFailing.length ?? 0)
}

function figureViolation(key: Exclude<Key, { of: 'count' }>, limit: number, measured: Measured): Violation | null {
  const { groups } = measured
  const actual = figureOf(key, measured)
  if (key.kind === 'min' ? actual >= limit : actual <= limit) return null
  const { path } = key
  if (key.of === 'compliance') {
    const controls =
      key.kind === 'min'
        ? ['failed', 'skipped', 'error'].flatMap((s) => groups.get(`${s}.total`) ?? [])
        : (groups.get('passed.total') ?? [])
    const message = `compliance is ${actual} %, ${key.kind === 'min' ? 'at least' : 'at most'} ${limit} % is ${key.kind === 'min' ? 'required' : 'allowed'}`
    return { path, limit, actual, message, controls: unique(controls) }
  }
  if (key.of === 'min-controls') {
    return {
      path,
      limit,
      actual,
      message: `the results hold ${nounOf(actual, 'total')}, at least ${limit} required`,
      controls: [],
    }
  }
  const message = `${nounOf(actual, 'total')} newly failing since the baseline, at most ${limit} allowed`
  return { path, limit, actual, message, controls: measured.changes?.newlyFailing ?? [] }
}

function countViolation(
  key: Extract<Key, { of: 'count' }>,
  limit: Limit,
  groups: ReadonlyMap<string, Ids>,
): Violation | null {
  const ids = groups.get(`${key.status}.${key.bucket}`) ?? []
  if (key.kind === 'controls') return listViolation(key, limit.value as Ids, unique(ids))
  const actual = ids.length
  const wanted = limit.value as number
  const missed = key.kind === 'min' ? actual < wanted : key.kind === 'max' ? actual > wanted : actual !== wanted
  if (!missed) return null
  const bound =
    key.kind === 'min'
      ? `at least ${wanted} required`
      : key.kind === 'max'
        ? `at most ${wanted} allowed`
        : `exactly ${wanted} required`
  const short = actual < wanted && key.status === 'passed'
  const concerned = short
    ? ['failed', 'error', 'skipped'].flatMap((status) => groups.get(`${status}.${key.bucket}`) ?? [])
    : ids
  return {
    path: key.path,
    limit: wanted,
    actual,
    message: `${phrase(actual, key.status, key.bucket)}, ${bound}`,
    controls: unique(concerned),
  }
}

function listViolation(key: Extract<Key, { of: 'count' }>, wanted: Ids, actual: Ids): Violation | null {
  const have = new Set(actual)
  const want = new Set(wanted)
  const missing = [...want].filter((id) => !have.has(id)).sort()
  const extra = [...have].filter((id) => !want.has(id)).sort()
  if (missing.length + extra.length === 0) return null
  const kind = `${plural(key.bucket)} that ${STATUS_WORDS[key.status].many}`
  const parts = [
    missing.length > 0 ? `missing ${shorten(missing, IDS_SHOWN)}` : '',
    extra.length > 0 ? `unexpected ${shorten(extra, IDS_SHOWN)}` : '',
  ]
  const message = `the list of ${kind} differs: ${parts.filter(Boolean).join('; ')}`
  return { path: key.path, limit: [...want].sort(), actual, message, controls: unique([...missing, ...extra]) }
}

/** Control ids by `status.severity` and `status.total`. */
function groupIds(controls: readonly Control[]): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  const put = (group: string, id: string) => {
    const ids = groups.get(group)
    if (ids) ids.push(id)
    else groups.set(group, [id])
  }
  for (const { status, severity, unanswered, id } of controls) {
    for (const name of unanswered ? [status, 'unanswered'] : [status]) {
      put(`${name}.total`, id)
      put(`${name}.${severity}`, id)
    }
  }
  return groups
}

/** How sentences speak of a status: of one control, of several, and in general. */
export const STATUS_WORDS: Readonly<Record<CountedStatus, { one: string; many: string; present: string }>> = {
  passed: { one: 'passed', many: 'passed', present: 'pass' },
  failed: { one: 'failed', many: 'failed', present: 'fail' },
  skipped: { one: 'was skipped', many: 'were skipped', present: 'are skipped' },
  error: { one: 'could not be evaluated', many: 'could not be evaluated', present: 'cannot be evaluated' },
  no_impact: {
    one: 'is not applicable or waived',
    many: 'are not applicable or waived',
    present: 'are not applicable or waived',
  },
  unanswered: {
    one: 'has tests the transport could not answer',
    many: 'have tests the transport could not answer',
    present: 'have tests the transport cannot answer',
  },
}

/** `3 critical controls failed`. */
export function phrase(count: number, status: CountedStatus, bucket: Bucket): string {
  return `${nounOf(count, bucket)} ${STATUS_WORDS[status][count === 1 ? 'one' : 'many']}`
}

/** `critical controls`. */
export function plural(bucket: Bucket): string {
  if (bucket === 'none') return 'controls of severity none'
  return bucket === 'total' ? 'controls' : `${bucket} controls`
}

function nounOf(count: number, bucket: Bucket): string {
  return `${count} ${count === 1 ? plural(bucket).replace('controls', 'control') : plural(bucket)}`
}

/** `a, b and 3 more`. */
export function shorten(items: readonly string[], most: number): string {
  const rest = items.length > most ? ` and ${items.length - most} more` : ''
  return `${items.slice(0, most).join(', ')}${rest}`
}

function unique(ids: Ids): string[] {
  return [...new Set(ids)].sort()
}
