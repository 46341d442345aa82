import { EXIT, ScanError } from '../errors.ts'

export type JsonObject = Record<string, unknown>

/** JSON text → value; a leading byte order mark is skipped. @throws ScanError (exit 4) with line and column. */
export function parseJson(text: string, name: string): unknown {
  const json = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
  try {
    return JSON.parse(json)
  } catch (cause) {
    const hint =
      'give the file as InSpec wrote it with --reporter json; a cut-off file usually means a full disk or a killed scanner'
    const fail = (message: string) => new ScanError(message, { exitCode: EXIT.results, hint, cause })
    if (json.trim() === '') throw fail(`${name} is empty`)
    const offset = errorOffset(json)
    if (offset >= json.length) throw fail(`${name} is not JSON: it ends too early, at ${place(json, json.length)}`)
    throw fail(`${name} is not JSON: unexpected ${printable(json, offset)} at ${place(json, offset)}`)
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `line 3, column 7`, both from 1, of an offset into a text. */
export function place(text: string, offset: number): string {
  const before = text.slice(0, offset)
  const lineStart = before.lastIndexOf('\n') + 1
  let line = 1
  for (let at = before.indexOf('\n'); at !== -1; at = before.indexOf('\n', at + 1)) line += 1
  return `line ${line}, column ${offset - lineStart + 1}`
}

function printable(text: string, offset: number): string {
  return JSON.stringify(String.fromCodePoint(text.codePointAt(offset)!))
}

const TOKEN =
  /[ \t\r\n]*(?:([{}[\],:])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null))/y

/**
 * Where a text stops being JSON: V8 names the place for some errors only. A token walk by the grammar of RFC 8259 that
 * keeps its nesting in an array, so that depth costs no stack.
 */
function errorOffset(text: string): number {
  const open: string[] = []
  let expect: 'value' | 'first' | 'key' | 'firstKey' | 'colon' | 'next' = 'value'
  let offset = 0
  for (;;) {
    const start = offset + /^[ \t\r\n]*/.exec(text.slice(offset, offset + 65_536))![0].length
    if (expect === 'next' && open.length === 0) return start
    TOKEN.lastIndex = offset
    const token = matchToken(text, offset)
    if (!token) return start
    const { mark, string, end } = token
    const closes = mark === '}' ? '{' : mark === ']' ? '[' : ''
    const mayClose =
      expect === 'next' || (expect === 'first' && mark === ']') || (expect === 'firstKey' && mark === '}')
    if (closes) {
      if (!mayClose || open.pop() !== closes) return start
      expect = 'next'
    } else if (mark === ',') {
      if (expect !== 'next') return start
      expect = open.at(-1) === '{' ? 'key' : 'value'
    } else if (mark === ':') {
      if (expect !== 'colon') return start
      expect = 'value'
    } else if (expect === 'key' || expect === 'firstKey') {
      if (!string) return start
      expect = 'colon'
    } else if (expect === 'value' || expect === 'first') {
      if (mark) open.push(mark)
      expect = mark === '{' ? 'firstKey' : mark === '[' ? 'first' : 'next'
    } else return start
    offset = end
  }
}

/** The token at an offset, or undefined: also when a string is too long for the pattern, whose stack is not endless. */
function matchToken(
  text: string,
  offset: number,
): { mark: string | undefined; string: boolean; end: number } | undefined {
  TOKEN.lastIndex = offset
  try {
    const match = TOKEN.exec(text)
    return match ? { mark: match[1], string: match[2] !== undefined, end: TOKEN.lastIndex } : undefined
  } catch {
    return undefined
  }
}
