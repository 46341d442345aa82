import { EXIT, ScanError } from '../errors.ts'
import { refuseUtf16 } from './encoding.ts'

/** JSON text → value; a leading byte order mark is skipped. @throws ScanError (exit 4) with line and column. */
export function parseJson(text: string, name: string): unknown {
  const json = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
  try {
    return JSON.parse(json)
  } catch (cause) {
    refuseUtf16(text, name, EXIT.results)
    const fail = (message: string, hint = AS_WRITTEN) => new ScanError(message, { exitCode: EXIT.results, hint, cause })
    if (json.trim() === '') throw fail(`${name} is empty`, CUT_OFF)
    const offset = offsetIn(cause, json)
    if (offset >= json.length)
      throw fail(`${name} is not JSON: it ends too early, at ${place(json, json.length)}`, CUT_OFF)
    const other = otherKind(json)
    if (other) throw fail(`${name} ${other.what}`, other.hint)
    throw fail(`${name} is not JSON: unexpected ${printable(json, offset)} at ${place(json, offset)}`)
  }
}

const AS_WRITTEN = 'give the file as InSpec wrote it with --reporter json'
const CUT_OFF = `${AS_WRITTEN}; a cut-off file usually means a full disk or a killed scanner`

/** What a text that is not JSON most likely is instead, or null. */
function otherKind(text: string): { readonly what: string; readonly hint: string } | null {
  const start = text.slice(0, 100_000)
  if (/^\s*<(?:\?xml|!doctype|html|testsuite)/i.test(start))
    return { what: 'is XML or HTML, not JSON', hint: 'run InSpec with --reporter json (not junit2 or html2)' }
  if (/^(?:---\s|\s*:?(?:platform|profiles|version|statistics):\s)/.test(start))
    return { what: 'is YAML, not JSON', hint: 'run InSpec with --reporter json (not yaml)' }
  const before = /^(?!\s*\{)([^\n]*)\n(?:[^\n]*\n)*?\s*\{\s*["\n]/.exec(start)?.[1]
  if (before === undefined) return null
  const line = before.length > 80 ? `${before.slice(0, 79)}…` : before
  return {
    what: `has a log line before the JSON: ${JSON.stringify(line)}`,
    hint: 'write the report into a file of its own with --reporter json:FILE, or remove what stands before the first {',
  }
}

/** `line 3, column 7`, both from 1, of an offset into a text. */
function place(text: string, offset: number): string {
  const before = text.slice(0, offset)
  const lineStart = before.lastIndexOf('\n') + 1
  let line = 1
  for (let at = before.indexOf('\n'); at !== -1; at = before.indexOf('\n', at + 1)) line += 1
  return `line ${line}, column ${offset - lineStart + 1}`
}

function printable(text: string, offset: number): string {
  return JSON.stringify(String.fromCodePoint(text.codePointAt(offset)!))
}

/** V8 names the place of some errors; the others are looked for. */
function offsetIn(cause: unknown, json: string): number {
  const message = String(cause)
  const position = /at position (\d+)/.exec(message)?.[1]
  if (position !== undefined) return Number(position)
  return message.includes('Unexpected end') ? json.length : errorOffset(json)
}

const SPACE = /[ \t\r\n]*/y
const TOKEN =
  /([{}[\],:])|("[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*")|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y

type Expected = 'value' | 'first item' | 'key' | 'first key' | 'colon' | 'next'

/** Where a text stops being JSON, by the grammar of RFC 8259. Nesting is kept in an array: depth costs no stack. */
function errorOffset(text: string): number {
  const open: string[] = []
  let expected: Expected = 'value'
  for (let offset = 0; ; ) {
    SPACE.lastIndex = offset
    SPACE.exec(text)
    const start = SPACE.lastIndex
    TOKEN.lastIndex = start
    const token = TOKEN.exec(text)
    const next: Expected | null =
      token && step(token[1] ?? (token[2] === undefined ? 'literal' : 'string'), expected, open)
    if (!next) return start
    expected = next
    offset = TOKEN.lastIndex
  }
}

/** What may follow a token, or null where the token may not stand. */
function step(token: string, expected: Expected, open: string[]): Expected | null {
  if (expected === 'next' && open.length === 0) return null
  switch (token) {
    case '}':
      return (expected === 'next' || expected === 'first key') && open.pop() === '{' ? 'next' : null
    case ']':
      return (expected === 'next' || expected === 'first item') && open.pop() === '[' ? 'next' : null
    case ',':
      return expected === 'next' ? (open.at(-1) === '{' ? 'key' : 'value') : null
    case ':':
      return expected === 'colon' ? 'value' : null
  }
  if (token === 'string' && (expected === 'key' || expected === 'first key')) return 'colon'
  if (expected !== 'value' && expected !== 'first item') return null
  if (token !== '{' && token !== '[') return 'next'
  open.push(token)
  return token === '{' ? 'first key' : 'first item'
}
