import {
  boolCoreTag,
  CORE_SCHEMA,
  constructFromEvents,
  EVENT_ID,
  type Event,
  FAILSAFE_SCHEMA,
  getScalarValue,
  mergeTag,
  nullCoreTag,
  parseEvents,
  realMapTag,
  YAMLException,
} from 'js-yaml'
import { EXIT, ScanError } from '../errors.ts'

/** Where a key stands in a YAML text, and where its value does if that is a scalar. Offsets; lines from 1. */
interface KeyPlace {
  readonly line: number
  readonly span?: readonly [number, number]
}

/** One YAML document: mappings as Maps (no key can reach a prototype), and the places of its keys. */
export interface YamlDocument {
  /** Undefined for an empty text. */
  readonly value: unknown
  /** The place of the key at this path of keys and list indexes; of the nearest key above it when it came through an alias or a merge. */
  readonly place: (path: readonly string[]) => KeyPlace
}

// Types of YAML 1.2 (dates and "yes" stay text) plus merge keys; Maps keep `__proto__` an ordinary key.
const SCHEMA = CORE_SCHEMA.withTags(mergeTag, realMapTag)
// The same without numbers, for files whose keys are ids: the control 1.10 is not the control 1.1.
const WITHOUT_NUMBERS = FAILSAFE_SCHEMA.withTags(boolCoreTag, nullCoreTag, mergeTag, realMapTag)
const LIMITS = { maxAliases: 100, maxTotalMergeKeys: 1_000 }
const SEPARATOR = '\u0000'
const NO_WORD = '(a key that is a list or a mapping)'

/** A key as one step of a path. */
export function keyText(key: unknown): string {
  return typeof key === 'object' && key !== null ? NO_WORD : String(key)
}

/**
 * YAML (and so JSON) text with at most one document. Repeated keys, tabs, unknown anchors and documents built to explode
 * (more than 100 aliases, nesting past 20) are refused. Without `numbers`, what looks like one stays the text it is.
 * @throws ScanError (exit 2) with the line.
 */
export function parseYaml(
  text: string,
  name: string,
  hint: string,
  { numbers = true }: { readonly numbers?: boolean } = {},
): YamlDocument {
  const refuse = (message: string, cause?: unknown) => new ScanError(message, { exitCode: EXIT.usage, hint, cause })
  try {
    const events = parseEvents(text, { maxDepth: 20 })
    const documents = constructFromEvents(events, {
      source: text,
      schema: numbers ? SCHEMA : WITHOUT_NUMBERS,
      ...LIMITS,
    })
    if (documents.length > 1) throw refuse(`${name} holds ${documents.length} YAML documents; it must be one`)
    const places = keyPlaces(text, events)
    return { value: documents[0], place: (path) => nearestPlace(places, path) }
  } catch (error) {
    if (error instanceof ScanError) throw error
    const reason = error instanceof YAMLException ? error.reason : String(error)
    const mark = error instanceof YAMLException ? error.mark : undefined
    const where = mark ? `, line ${mark.line + 1}, column ${mark.column + 1}` : ''
    throw refuse(`${name}${where}: not valid YAML: ${reason}`, error)
  }
}

/** The places of all keys, found by walking the parser's events; what aliases bring in has no place of its own. */
function keyPlaces(text: string, events: readonly Event[]): Map<string, KeyPlace> {
  const places = new Map<string, KeyPlace>()
  const lineOf = lineCounter(text)
  const open: { mapping: boolean; prefix: string; key: string | null; index: number }[] = []
  for (const event of events) {
    if (event.type === EVENT_ID.POP) {
      open.pop()
      continue
    }
    const frame = open.at(-1)
    const container =
      event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.DOCUMENT
    const scalar = event.type === EVENT_ID.SCALAR ? event : null
    if (frame?.mapping && frame.key === null) {
      frame.key = scalar ? getScalarValue(text, scalar) : NO_WORD
      places.set(frame.prefix + frame.key, { line: lineOf(startOf(event)) })
      if (container) open.push({ mapping: false, prefix: SEPARATOR, key: null, index: 0 })
      continue
    }
    const step = frame ? (frame.mapping ? frame.key! : String(frame.index++)) : ''
    const path = frame && event.type !== EVENT_ID.DOCUMENT ? frame.prefix + step : ''
    if (frame?.mapping) frame.key = null
    if (scalar) {
      const line = places.get(path)?.line ?? lineOf(scalar.valueStart)
      places.set(path, { line, span: [scalar.valueStart, scalar.valueEnd] })
    } else if (container) {
      const inDocument = frame !== undefined && open.length > 1
      open.push({
        mapping: event.type === EVENT_ID.MAPPING,
        prefix: inDocument ? path + SEPARATOR : '',
        key: null,
        index: 0,
      })
    }
  }
  return places
}

/** Where a key begins: a document and a POP begin none, and are given 0. */
function startOf(event: Event): number {
  if ('valueStart' in event) return event.valueStart
  if ('start' in event) return event.start
  return 'anchorStart' in event ? event.anchorStart : 0
}

function nearestPlace(places: ReadonlyMap<string, KeyPlace>, path: readonly string[]): KeyPlace {
  const own = places.get(path.join(SEPARATOR))
  if (own) return own
  for (let length = path.length - 1; length > 0; length--) {
    const above = places.get(path.slice(0, length).join(SEPARATOR))
    if (above) return { line: above.line }
  }
  return { line: 1 }
}

function lineCounter(text: string): (offset: number) => number {
  let line = 1
  let from = 0
  return (offset) => {
    if (offset < from) {
      line = 1
      from = 0
    }
    for (let at = text.indexOf('\n', from); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) {
      line += 1
      from = at + 1
    }
    return line
  }
}
