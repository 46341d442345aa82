import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const models = join(
  import.meta.dirname,
  '..',
  '..',
  'node_modules',
  '@kubernetes',
  'client-node',
  'dist',
  'gen',
  'models',
)

interface Field {
  readonly baseName: string
  readonly type: string
}
interface Model {
  readonly fields: readonly Field[]
  readonly required: readonly string[]
}
const known = new Map<string, Promise<Model>>()

/** A type of the Kubernetes API as the client's generated models have it. */
function modelOf(type: string): Promise<Model> {
  const found = known.get(type) ?? readModel(type)
  known.set(type, found)
  return found
}

async function readModel(type: string): Promise<Model> {
  const module = (await import(join(models, `${type}.js`))) as Record<string, { attributeTypeMap: Field[] }>
  const declared = readFileSync(join(models, `${type}.d.ts`), 'utf8')
  const required = [...declared.matchAll(/^ {4}'(\w+)': /gm)].map(([, name]) => name!)
  const fields = module[type]!.attributeTypeMap
  const bases = required.map((name) => fields.find((field) => name === field.baseName)?.baseName ?? name)
  return { fields, required: bases }
}

interface Options {
  /** A strategic-merge patch: fields may be missing or null, and `$patch` may stand anywhere. */
  readonly patch?: boolean
}

/** What the API server would not take of an object: unknown fields, missing ones, and values of the wrong type, by their paths. */
export async function schemaFaults(object: object, options: Options = {}): Promise<string[]> {
  const { apiVersion, kind } = object as { apiVersion: string; kind: string }
  const version = apiVersion.split('/').at(-1)!
  return await check(object, `${version[0]!.toUpperCase()}${version.slice(1)}${kind}`, kind, options)
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

async function check(value: unknown, type: string, path: string, options: Options): Promise<string[]> {
  if (value === null) return options.patch ? [] : [`${path} is null`]
  const wrong = [`${path} is ${JSON.stringify(value)}, not ${type}`]
  const array = /^Array<(.*)>$/.exec(type)?.[1]
  if (array !== undefined) {
    if (!Array.isArray(value)) return wrong
    return (await Promise.all(value.map((item, index) => check(item, array, `${path}[${index}]`, options)))).flat()
  }
  const ofMap = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1]
  if (ofMap !== undefined) {
    if (!isObject(value)) return wrong
    const entries = Object.entries(value)
    return (await Promise.all(entries.map(([key, item]) => check(item, ofMap, `${path}.${key}`, options)))).flat()
  }
  if (type === 'any') return []
  if (type === 'IntOrString') return ['string', 'number'].includes(typeof value) ? [] : wrong
  if (['string', 'number', 'boolean'].includes(type)) return typeof value === type ? [] : wrong
  return isObject(value) ? await checkFields(value, type, path, options) : wrong
}

async function checkFields(
  value: Record<string, unknown>,
  type: string,
  path: string,
  options: Options,
): Promise<string[]> {
  const { fields, required } = await modelOf(type)
  const missing = options.patch ? [] : required.filter((name) => !(name in value))
  const faults = await Promise.all(
    Object.entries(value).map(([key, item]) => {
      const field = fields.find(({ baseName }) => baseName === key)
      if (field) return check(item, field.type, `${path}.${key}`, options)
      return options.patch && key === '$patch' ? [] : [`${path}.${key} is not a field of ${type}`]
    }),
  )
  return [...missing.map((name) => `${path}.${name} is missing`), ...faults.flat()]
}
