import { KEYS, type Key } from './keys.ts'
import type { Limit } from './types.ts'
import { actualOf, type Measured, phrase, plural, STATUS_WORDS, shorten } from './violations.ts'

const IDS_SHOWN = 10

/** What a limit asks for and, given results, how far they are from it: one sentence. */
export function explainLimit(limit: Limit, measured: Measured | null): string {
  const key = KEYS.get(limit.path)!
  const shown = Array.isArray(limit.value) ? `[${shorten(limit.value, IDS_SHOWN)}]` : String(limit.value)
  const line = limit.line > 0 ? ` (line ${limit.line})` : ''
  const comparable = measured && (key.of !== 'new-failures' || measured.changes)
  const distance = comparable ? `; ${distanceOf(key, limit, actualOf(key, measured))}` : ''
  return `${limit.path}: ${shown}${line}: ${meaning(key, limit.value)}${distance}`
}

function meaning(key: Key, value: Limit['value']): string {
  const bound = key.kind === 'min' ? 'at least' : key.kind === 'max' ? 'at most' : 'exactly'
  if (key.of === 'compliance') return `controls that pass, of those that count: ${bound} ${value} %`
  if (key.of === 'min-controls') return `controls in the results: ${bound} ${value}`
  if (key.of === 'new-failures') return `controls that fail and did not in the baseline: ${bound} ${value}`
  const which = `${plural(key.bucket)} that ${STATUS_WORDS[key.status].present}`
  if (key.kind !== 'controls') return `${which}: ${bound} ${value}`
  return `${which}: ${Array.isArray(value) && value.length === 0 ? 'none' : 'exactly these'}`
}

function distanceOf(key: Key, { value }: Limit, actual: Limit['value']): string {
  if (Array.isArray(value) && Array.isArray(actual)) {
    const missing = value.filter((id) => !actual.includes(id)).length
    const extra = actual.filter((id) => !value.includes(id)).length
    return missing + extra === 0 ? 'so it is' : `${missing} missing, ${extra} unexpected`
  }
  const [limit, now] = [Number(value), Number(actual)]
  const unit = key.of === 'compliance' ? ' %' : ''
  const is = key.of === 'count' ? phrase(now, key.status, key.bucket) : `now ${now}${unit}`
  const over = key.kind === 'min' ? now - limit : limit - now
  if (key.kind === 'exact')
    return `${is}, ${now === limit ? 'so it is' : `${Math.abs(now - limit)} ${now > limit ? 'too many' : 'too few'}`}`
  if (over === 0) return `${is}, at the limit`
  if (key.of === 'compliance')
    return `${is}, ${points(Math.abs(over))} ${over < 0 ? (key.kind === 'min' ? 'below the limit' : 'above the limit') : 'to spare'}`
  return over < 0 ? `${is}, ${-over} ${key.kind === 'min' ? 'too few' : 'too many'}` : `${is}, ${over} to spare`
}

function points(number: number): string {
  return `${number} percentage point${number === 1 ? '' : 's'}`
}
