import { EVENT_ID, type Event, getScalarValue, parseEvents, SCALAR_STYLE, YAMLException } from 'js-yaml'
import { indentFlow } from '../judge/flow-indent.ts'

/** Deeper than people write, and shallow enough for the parser's stack. */
const MAX_DEPTH = 500
/** Values that aliases may bring in: a document built to explode brings more. */
const MAX_ALIASED = 100_000

/** A number as written and as Ruby shows it: `1.10` is 1.1 there. */
interface LooseNumber {
  readonly written: string
  readonly shown: string
}

export type LooseValue = string | boolean | null | LooseNumber | LooseValue[] | LooseMap
/** Keys are texts, `:name` is `name`; the last of repeated keys wins. */
export type LooseMap = Map<string, LooseValue>

/**
 * The first document of a YAML text as Ruby's Psych takes it: it tolerates what libyaml tolerates (flow collections that
 * close left of their key, repeated keys, unknown tags, deep nesting, a byte order mark). Dates stay texts.
 * @throws YAMLException when it cannot be read all the same; Psych may read it even then.
 */
export function readLooseYaml(text: string): LooseValue {
  const document = firstDocument(text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n'))
  try {
    return build(document, parseEvents(document, { maxDepth: MAX_DEPTH }))
  } catch {
    const indented = indentFlow(document)
    return build(indented, parseEvents(indented, { maxDepth: MAX_DEPTH }))
  }
}

/** What libyaml refuses as surely as the parser here does: what never closes, or closes with the wrong bracket. */
const NEVER_CLOSED = /^unexpected end of the stream within a (?:flow collection|(?:double|single) quoted scalar)$/
const WRONG_BRACKET = 'missed comma between flow collection entries'

/** Why a text that `readLooseYaml` refused is refused by Psych too; null where Psych may read it. */
export function brokenBeyondDoubt(error: unknown): { reason: string; line: number | undefined } | null {
  if (!(error instanceof YAMLException)) return null
  const { reason, mark } = error
  const wrongBracket = reason === WRONG_BRACKET && /[\]}]/.test(mark?.buffer?.[mark.position] ?? '')
  return wrongBracket || NEVER_CLOSED.test(reason) ? { reason, line: mark && mark.line + 1 } : null
}

/** Psych reads no further than the first document, so that nothing behind it can be wrong. */
function firstDocument(text: string): string {
  const start = /^(?:(?:[%#].*|[ \t]*)\n)*---(?=\s|$)/.exec(text)?.[0].length ?? 0
  const end = /\n(?:---|\.\.\.)(?=\s|$)/.exec(text.slice(start))
  return end ? text.slice(0, start + end.index + 1) : text
}

function build(source: string, events: readonly Event[]): LooseValue {
  const anchors = new Map<string, LooseValue>()
  let at = 0
  let budget = MAX_ALIASED
  const anchor = (event: { anchorStart: number; anchorEnd: number }, value: LooseValue): LooseValue => {
    if (event.anchorStart >= 0) anchors.set(source.slice(event.anchorStart, event.anchorEnd), value)
    return value
  }
  const node = (): LooseValue => {
    const event = events[at++]
    if (event?.type === EVENT_ID.SCALAR) {
      const value = getScalarValue(source, event)
      const plain = event.style === SCALAR_STYLE.PLAIN && event.tagStart < 0
      return anchor(event, plain ? plainValue(value) : value)
    }
    if (event?.type === EVENT_ID.SEQUENCE) {
      const list: LooseValue[] = []
      anchor(event, list)
      while (!closes(events[at])) list.push(node())
      at += 1
      return list
    }
    if (event?.type === EVENT_ID.MAPPING) {
      const map: LooseMap = new Map()
      anchor(event, map)
      while (!closes(events[at])) put(map, keyOf(node()), node())
      at += 1
      return map
    }
    if (event?.type !== EVENT_ID.ALIAS) return null
    const value = anchors.get(source.slice(event.anchorStart, event.anchorEnd)) ?? null
    budget -= sizeOf(value, budget)
    if (budget <= 0) throw new Error('aliases bring in too much')
    return value
  }
  while (at < events.length && events[at]!.type !== EVENT_ID.DOCUMENT) at += 1
  at += 1
  return at >= events.length || closes(events[at]) ? null : node()
}

function closes(event: Event | undefined): boolean {
  return event === undefined || event.type === EVENT_ID.POP
}

/** Keys of a merged mapping give way to the mapping's own, before and after. */
function put(map: LooseMap, key: string, value: LooseValue): void {
  if (key !== '<<') map.set(key, value)
  else for (const one of Array.isArray(value) ? value : [value]) if (one instanceof Map) merge(map, one)
}

function merge(map: LooseMap, from: LooseMap): void {
  for (const [key, value] of from) if (!map.has(key)) map.set(key, value)
}

function keyOf(key: LooseValue): string {
  if (typeof key === 'string') return key
  if (key === null || typeof key === 'boolean') return String(key ?? '')
  return key instanceof Map || Array.isArray(key) ? '' : key.shown
}

const TRUE = /^(?:yes|true|on)$/i
const FALSE = /^(?:no|false|off)$/i
const INTEGER = /^[-+]?(?:0|[1-9][\d_,]*)$/
const OCTAL = /^[-+]?0[0-7_,]+$/
const HEX = /^[-+]?0x[\da-fA-F_,]+$/
const FLOAT = /^[-+]?(?:[\d][\d_,]*)?\.[\d]*(?:[eE][-+]?\d+)?$|^[-+]?\d+[eE][-+]?\d+$/

/** What a scalar without quotes and tag is in YAML 1.1, as Psych reads it; a symbol is its text. */
function plainValue(text: string): LooseValue {
  if (text === '' || text === '~' || /^null$/i.test(text)) return null
  if (TRUE.test(text)) return true
  if (FALSE.test(text)) return false
  const symbol = /^:(["']?)(.+)\1$/s.exec(text)
  if (symbol && !text.startsWith('::')) return symbol[2]!
  const digits = text.replace(/[_,]/g, '')
  if (INTEGER.test(text)) return { written: text, shown: String(BigInt(digits.replace('+', ''))) }
  if (OCTAL.test(text)) return { written: text, shown: String(Number.parseInt(digits, 8)) }
  if (HEX.test(text)) return { written: text, shown: String(Number(digits)) }
  if (FLOAT.test(text) && /\d/.test(text)) return { written: text, shown: floatText(Number(digits)) }
  return text
}

/** As Ruby shows a float: always with a point. */
function floatText(value: number): string {
  const text = String(value)
  return /^-?\d+$/.test(text) ? `${text}.0` : text
}

/** How many values an alias brings in, counted up to a limit. */
function sizeOf(value: LooseValue, limit: number): number {
  const open: LooseValue[] = [value]
  let size = 0
  for (let one = open.pop(); one !== undefined && size <= limit; one = open.pop()) {
    size += 1
    if (Array.isArray(one)) open.push(...one)
    else if (one instanceof Map) open.push(...one.values())
  }
  return size
}
