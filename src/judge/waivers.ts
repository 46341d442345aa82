import { EXIT, ScanError } from '../errors.ts'
import { nearest } from '../inputs/nearest.ts'
import { parseCsv } from './csv.ts'
import { type Moment, parseMoment } from './day.ts'
import { refuseUtf16 } from './encoding.ts'
import { indentFlow } from './flow-indent.ts'
import type { Waiver } from './types.ts'
import { keyText, parseYaml, type YamlDocument } from './yaml.ts'

const HINT =
  'a waiver is a control id with justification, run (true or false) and expiration_date (YYYY-MM-DD); see docs/thresholds.md'
const KNOWN = ['justification', 'run', 'expiration_date']
const TRUE: ReadonlySet<unknown> = new Set([true, 'true', 'yes', 'y', 'on'])
const FALSE: ReadonlySet<unknown> = new Set([false, 'false', 'no', 'n', 'off'])

/** The keys of one waiver as written, and the lines they stand in. */
interface RawWaiver {
  readonly controlId: string
  readonly line: number
  readonly fields: ReadonlyMap<string, { readonly value: unknown; readonly line: number }>
}

/**
 * InSpec's waiver file (YAML, JSON or CSV, by the name's ending) → waivers in the file's order. A key that is nearly one
 * InSpec knows, or that looks like an end, is refused: a misspelt `expiration_date` would make a waiver that never ends.
 * @throws ScanError (exit 2) with the line.
 */
export function parseWaivers(text: string, name: string): Waiver[] {
  refuseUtf16(text, name)
  if (/\.xlsx?$/i.test(name) || /^(?:PK\u0003\u0004|\ufffd{2}\u0011\ufffd{2}\ufffd?\u001a)/.test(text))
    throw new ScanError(`${name} is an Excel file, which is not read`, {
      exitCode: EXIT.usage,
      hint: 'save it as "CSV UTF-8" and give that file; every InSpec takes it so',
    })
  const source = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
  const raw = name.toLowerCase().endsWith('.csv') ? fromCsv(source, name) : fromYaml(source, name)
  return raw.map((waiver) => parseWaiver(waiver, name))
}

function fromYaml(text: string, name: string): RawWaiver[] {
  const { value, place } = parseLoosely(text, name)
  if (value === undefined || value === null) return []
  if (!(value instanceof Map))
    throw refuse(
      name,
      1,
      'must be a mapping of control ids to waivers: the file must have control ids at the top level',
    )
  const wrapped = wrappingKey(value)
  if (wrapped !== null)
    throw refuse(
      name,
      place([wrapped]).line,
      `${wrapped} is no control: the file must have control ids at the top level`,
    )
  return [...value].map(([key, body]) => {
    const controlId = keyText(key)
    const line = place([controlId]).line
    if (!isScalar(key)) throw refuse(name, line, `a control id must be text, which ${controlId} is not`)
    if (!(body instanceof Map)) throw refuse(name, line, `the waiver for ${controlId} must be a mapping`)
    const fields = [...body].map(([field, content]) => {
      const path = keyText(field)
      return [path, { value: content as unknown, line: place([controlId, path]).line }] as const
    })
    return { controlId, line, fields: new Map(fields) }
  })
}

/** libyaml, which InSpec reads with, does not care how the lines of a flow collection are indented. */
function parseLoosely(text: string, name: string): YamlDocument {
  try {
    return parseYaml(text, name, HINT, { numbers: false })
  } catch (error) {
    const indented = indentFlow(text)
    if (indented === text) throw error
    return parseYaml(indented, name, HINT, { numbers: false })
  }
}

/** The key that stands around all waivers, such as `waivers`, or null. */
function wrappingKey(file: ReadonlyMap<unknown, unknown>): string | null {
  const [first, ...more] = file
  if (!first || more.length > 0 || typeof first[0] !== 'string') return null
  const [key, body] = first
  if (Array.isArray(body)) return key
  const inner = body instanceof Map ? [...body] : []
  const known = inner.some(([field]) => KNOWN.includes(keyText(field)))
  return inner.length > 0 && !known && inner.every(([, value]) => value instanceof Map) ? key : null
}

function fromCsv(text: string, name: string): RawWaiver[] {
  const records = parseCsv(text)
  if (!Array.isArray(records)) throw refuse(name, records.brokenLine, 'a quote is not closed, or stands inside a cell')
  const [head, ...rows] = records
  if (!head) return []
  const columns = head.cells.map((cell) => cell.trim())
  if (!columns.includes('control_id')) throw refuse(name, head.line, 'the first row must name a column control_id')
  const twice = columns.find((column, index) => column !== '' && columns.indexOf(column) !== index)
  if (twice) throw refuse(name, head.line, `the column ${twice} is there twice`)
  const seen = new Map<string, number>()
  const filled = rows.filter(({ cells }) => cells.some((cell) => cell.trim() !== ''))
  return filled.map(({ cells, line }) => {
    if (cells.length > columns.length)
      throw refuse(name, line, `the row has ${cells.length} cells, the first row ${columns.length}`)
    const row = columns.map((column, index) => [column, (cells[index] ?? '').trim()] as const)
    const controlId = row.find(([column]) => column === 'control_id')?.[1] ?? ''
    if (controlId === '') throw refuse(name, line, 'the row has no control_id')
    const first = seen.get(controlId)
    if (first !== undefined) throw refuse(name, line, `${controlId} is waived twice (first in line ${first})`)
    seen.set(controlId, line)
    const fields = row.filter(([column, value]) => column !== 'control_id' && column !== '' && value !== '')
    return { controlId, line, fields: new Map(fields.map(([column, value]) => [column, { value, line }])) }
  })
}

function parseWaiver({ controlId, line, fields }: RawWaiver, file: string): Waiver {
  const extra = new Map<string, string | boolean | null>()
  for (const [key, field] of fields) {
    if (KNOWN.includes(key)) continue
    const meant = meantKey(key, field.value, fields.has('expiration_date'))
    if (meant)
      throw refuse(file, field.line, `unknown key ${key} of the waiver for ${controlId} (did you mean ${meant}?)`)
    extra.set(key, isScalar(field.value) ? field.value : null)
  }
  const end = parseExpiration(fields.get('expiration_date'), file, controlId)
  return {
    controlId,
    justification: parseJustification(fields.get('justification'), file, controlId),
    expirationDate: end?.day ?? null,
    endsAt: end?.at ?? null,
    run: parseRun(fields.get('run'), file, controlId),
    file,
    line,
    extra,
  }
}

/** What a file read without numbers holds besides lists and mappings. */
function isScalar(value: unknown): value is string | boolean | null {
  return value === null || typeof value === 'string' || typeof value === 'boolean'
}

type Field = { readonly value: unknown; readonly line: number } | undefined

function parseJustification(field: Field, file: string, controlId: string): string {
  if (!field || field.value === null) return ''
  if (!isScalar(field.value)) throw refuse(file, field.line, `the justification of ${controlId} must be text`)
  return String(field.value).trim()
}

function parseExpiration(field: Field, file: string, controlId: string): Moment | null {
  if (!field || field.value === null) return null
  const end = typeof field.value === 'string' ? parseMoment(field.value) : null
  if (end === null)
    throw refuse(file, field.line, `the expiration_date of ${controlId} must be a day written YYYY-MM-DD`)
  return end
}

const END =
  /expir|until|sunset|deadline|(^|_)(ends?|ending|due|thru|till|stops?|ttl)(_|$)|valid(ity)?_(to|through|end)|review_by/
const BEGIN =
  /creat|approv|accept|start|beg[iau]n|from|since|add|open|issu|sign|updat|modif|request|grant|report|submit|effective|last|review/

/**
 * The key that an unknown one most likely means, or undefined. What would end a waiver under another name is the worst
 * mistake here: such a waiver never ends. So a date that is not said to be a beginning counts as a misspelt end.
 */
function meantKey(key: string, value: unknown, hasEnd: boolean): string | undefined {
  const plain = key
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^\p{L}\d]+/gu, '_')
  if (END.test(plain)) return 'expiration_date'
  const isDate = !hasEnd && typeof value === 'string' && parseMoment(value) !== null
  if (isDate && !BEGIN.test(plain)) return 'expiration_date'
  return nearest(plain, KNOWN)
}

/** InSpec runs the control unless `run` says no. */
function parseRun(field: Field, file: string, controlId: string): boolean {
  if (!field || field.value === null) return true
  const word = typeof field.value === 'string' ? field.value.toLowerCase() : field.value
  if (TRUE.has(word)) return true
  if (FALSE.has(word)) return false
  throw refuse(file, field.line, `run of ${controlId} must be true or false`)
}

function refuse(file: string, line: number, problem: string): ScanError {
  return new ScanError(`${file}, line ${line}: ${problem}`, { exitCode: EXIT.usage, hint: HINT })
}
