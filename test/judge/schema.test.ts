import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { ScanError } from '../../src/errors.ts'
import { BUCKETS, KEYS } from '../../src/judge/keys.ts'
import { parseThreshold } from '../../src/judge/threshold.ts'

const root = new URL('../../', import.meta.url)
const schema = JSON.parse(readFileSync(new URL('schemas/threshold.schema.json', root), 'utf8')) as Schema
const docs = readFileSync(new URL('docs/thresholds.md', root), 'utf8')

interface Schema {
  $ref?: string
  $defs?: Record<string, Schema>
  type?: string
  minProperties?: number
  minLength?: number
  properties?: Record<string, Schema>
  patternProperties?: Record<string, Schema>
  additionalProperties?: boolean
  items?: Schema
  anyOf?: Schema[]
}

/** Whether a value is valid by the part of JSON Schema that our schema uses. */
function valid(value: unknown, at: Schema): boolean {
  if (at.$ref && !valid(value, schema.$defs![at.$ref.replace('#/$defs/', '')]!)) return false
  if (at.anyOf && !at.anyOf.some((one) => valid(value, one))) return false
  if (at.type === 'number') return typeof value === 'number'
  if (at.type === 'string') return typeof value === 'string' && value.length >= (at.minLength ?? 0)
  if (at.type === 'array') return Array.isArray(value) && value.every((item) => valid(item, at.items!))
  if (at.type !== 'object') return true
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const entries = Object.entries(value)
  return entries.length >= (at.minProperties ?? 0) && entries.every(([key, one]) => validProperty(key, one, at))
}

function validProperty(key: string, value: unknown, at: Schema): boolean {
  const schemas = [
    at.properties?.[key],
    ...Object.entries(at.patternProperties ?? {}).map(([p, s]) => (new RegExp(p).test(key) ? s : undefined)),
  ]
  const applied = schemas.filter((one) => one !== undefined)
  return applied.length > 0 ? applied.every((one) => valid(value, one)) : at.additionalProperties !== false
}

function accepted(value: unknown): boolean {
  try {
    parseThreshold(JSON.stringify(value), { name: 'threshold.json', form: 'file' })
    return true
  } catch (error) {
    if (error instanceof ScanError) return false
    throw error
  }
}

/** Every way to write a path: each dot either nests or stays. */
function forms(path: string, value: unknown): unknown[] {
  const cuts = path.indexOf('.')
  if (cuts === -1) return [{ [path]: value }]
  const results: unknown[] = [{ [path]: value }]
  for (let at = cuts; at !== -1; at = path.indexOf('.', at + 1)) {
    for (const inner of forms(path.slice(at + 1), value)) results.push({ [path.slice(0, at)]: inner })
  }
  return results
}

describe('schema, parser and docs in step', () => {
  const values = (path: string) => (path.endsWith('.controls') ? [['A-1'], []] : [0, 3, 27.5])
  const wrongValues = (path: string) =>
    path.endsWith('.controls') ? ['A-1', [1], 3, null] : ['3', null, true, ['A'], {}]

  test('every key in every form is accepted by both', () => {
    const refused: unknown[] = []
    for (const path of KEYS.keys()) {
      for (const value of values(path)) {
        for (const form of forms(path, value)) if (!valid(form, schema) || !accepted(form)) refused.push(form)
      }
    }
    expect(refused).toEqual([])
    expect(KEYS.size).toBe(6 + 6 * 6 * 4)
  })

  test('what one refuses the other refuses', () => {
    const bad: unknown[] = [{}, [], 3, null, 'x', { passed: {} }, { passed: { total: {} } }, { compliance: {} }]
    for (const [index, path] of [...KEYS.keys()].entries()) {
      if (index > 10 && index % 13 !== 0) continue
      for (const value of wrongValues(path)) bad.push(...forms(path, value))
      bad.push(...forms(`${path}x`, 1), ...forms(path.replace(/^./, 'X'), 1), ...forms(`${path}.min.max`, 1))
    }
    expect(bad.filter((form) => valid(form, schema) || accepted(form))).toEqual([])
  })

  test('the docs name every key and no other', () => {
    const table = docs.slice(docs.indexOf('## Keys'), docs.indexOf('## Verdict'))
    const list = (name: string) =>
      [...table.match(new RegExp(`^${name} is one of (.*)\\.$`, 'm'))![1]!.matchAll(/`([^`]+)`/g)].map(
        (match) => match[1]!,
      )
    const cells = [...table.matchAll(/^\| (`.*?) \|/gm)].flatMap((row) =>
      [...row[1]!.matchAll(/`([^`:]+)/g)].map((match) => match[1]!.trim()),
    )
    const named = cells
      .filter((cell) => /^[A-Za-z_.-]+$/.test(cell))
      .flatMap((pattern) =>
        list('STATUS').flatMap((status) =>
          list('SEVERITY').map((severity) => pattern.replace('STATUS', status).replace('SEVERITY', severity)),
        ),
      )
    expect([...new Set(named)].sort()).toEqual([...KEYS.keys()].sort())
    expect(list('SEVERITY')).toEqual(BUCKETS)
  })

  test('the example in the docs is a threshold', () => {
    const example = docs.match(/```yaml\n(# yaml-language-server[^`]*)```/)![1]!
    const { limits } = parseThreshold(example, { name: 'example', form: 'file' })
    expect(limits.map((limit) => limit.path)).toEqual([
      'compliance.min',
      'unanswered.max',
      'failed.critical.max',
      'failed.high.max',
    ])
  })
})
