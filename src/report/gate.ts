import { KEYS, type Key } from '../judge/keys.ts'
import type { Judgement, Limit } from '../judge/types.ts'
import { actualOf, type Measured, measure, plural } from '../judge/violations.ts'

/** One limit beside what was found. */
interface GateRow {
  readonly path: string
  readonly limit: string
  readonly actual: string
  readonly breached: boolean
  /** How far the figure is from the limit, such as `28 percentage points below`, `5 to spare`. */
  readonly distance: string
  /** What would make it pass; empty where it does. */
  readonly advice: string
}

/** Every limit of the threshold with its figure, breached ones first. */
export function gateRows(judgement: Judgement): GateRow[] {
  const { controls, compliance, changes, threshold, violations } = judgement
  const measured = measure(controls, compliance, changes)
  const breached = new Set(violations.map(({ path }) => path))
  const rows = threshold.limits.flatMap(({ path, value }) => {
    const key = KEYS.get(path)
    return key ? [gateRow(key, value, measured, breached.has(path), judgement)] : []
  })
  return [...rows.filter(({ breached }) => breached), ...rows.filter(({ breached }) => !breached)]
}

function gateRow(
  key: Key,
  value: Limit['value'],
  measured: Measured,
  breached: boolean,
  judgement: Judgement,
): GateRow {
  const actual = actualOf(key, measured)
  if (typeof value !== 'number' || typeof actual !== 'number') return listRow(key, value, actual, breached)
  const unit = key.of === 'compliance' ? ' %' : ''
  const bound = { min: '≥ ', max: '≤ ', exact: '= ', controls: '' }[key.kind]
  return {
    path: key.path,
    limit: `${bound}${value}${unit}`,
    actual: `${actual}${unit}`,
    breached,
    distance: distanceOf(key, value, actual),
    advice: breached ? adviceOn(key, value, actual, judgement) : '',
  }
}

function listRow(key: Key, value: Limit['value'], actual: Limit['value'], breached: boolean): GateRow {
  const [wanted, found] = [value, actual].map((list) => (Array.isArray(list) ? (list as readonly string[]) : []))
  const missing = wanted!.filter((id) => !found!.includes(id)).length
  const extra = found!.filter((id) => !wanted!.includes(id)).length
  return {
    path: key.path,
    limit: `${wanted!.length} ids`,
    actual: `${found!.length} ids`,
    breached,
    distance: breached ? `${missing} missing, ${extra} unexpected` : 'the same',
    advice: breached ? 'change the list of ids in the threshold, or the controls' : '',
  }
}

function distanceOf(key: Key, limit: number, actual: number): string {
  const unit = key.of === 'compliance' ? ` percentage point${Math.abs(actual - limit) === 1 ? '' : 's'}` : ''
  const over = actual - limit
  if (key.kind === 'exact') return over === 0 ? 'exact' : `${Math.abs(over)} ${over > 0 ? 'too many' : 'too few'}`
  const spare = key.kind === 'min' ? over : -over
  if (spare === 0) return 'at the limit'
  if (spare > 0) return `${spare}${unit} to spare`
  return `${-spare}${unit} ${over < 0 ? 'below' : 'above'} the limit`
}

/** What would make a breached limit pass, as far as it can be computed. */
function adviceOn(key: Key, limit: number, actual: number, judgement: Judgement): string {
  if (key.of === 'compliance') {
    return key.kind === 'min'
      ? complianceAdvice(limit, judgement)
      : 'raise the limit: more controls pass than it allows'
  }
  if (key.of === 'min-controls') return 'run all of the profile’s controls, or lower the limit'
  if (key.of === 'new-failures') return `fix ${amount(actual - limit, 'controls')} of those newly failing`
  const { status, bucket } = key
  const controls = plural(bucket)
  if (key.kind === 'exact' && actual < limit && status !== 'passed') return 'set the limit to the lower figure'
  if (key.kind === 'min' || (key.kind === 'exact' && actual < limit)) {
    if (status === 'passed') return `make ${amount(limit - actual, `more ${controls}`)} pass`
    return 'lower the limit: there are fewer such controls now'
  }
  const many = amount(actual - limit, controls)
  switch (status) {
    case 'failed':
    case 'error':
      return `fix ${many}, or waive ${actual - limit === 1 ? 'it' : 'them'}`
    case 'skipped':
      return `make it possible to review ${many} (their reasons are below), or waive ${actual - limit === 1 ? 'it' : 'them'}`
    case 'unanswered':
      return `make it possible to answer ${many} (the inputs that help are below)`
    case 'no_impact':
      return `remove waivers of ${many}, or raise the limit`
    case 'passed':
      return 'raise the limit: more controls pass than it allows'
  }
}

/**
 * A control that is fixed passes; one that is waived no longer counts. Rounding is SAF's: half a per cent counts as a whole
 * one.
 */
function complianceAdvice(limit: number, { counts }: Judgement): string {
  const passed = counts.passed.total
  const against = counts.failed.total + counts.error.total + counts.skipped.total
  const needed = (limit - 0.5) / 100
  const fixes = Math.max(1, Math.ceil(needed * (passed + against) - passed))
  const waivers = Math.max(1, Math.ceil(passed + against - passed / needed))
  if (fixes > against) return 'lower the limit'
  const waive = passed > 0 && waivers <= against ? `, or waive ${waivers}` : ''
  return `fix ${amount(fixes, 'controls')}${waive}`
}

function amount(count: number, controls: string): string {
  return `${count} ${count === 1 ? controls.replace('controls', 'control') : controls}`
}
