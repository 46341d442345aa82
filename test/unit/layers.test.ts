import { describe, expect, test } from '@jest/globals'
import { type Import, parseSource, readSources, type Source } from './sources.ts'

const sources = readSources('src')

const PURE =
  // the page's own script is text here, and runs in a browser
  /^src\/(protocol|judge|render(?!\/html\/script\.ts)|plan|report)\/|^src\/log\/plain\.ts$|^src\/scan\/(podstate|pull|marker|stream)\.ts$|^src\/(errors|mapping)\.ts$/
/** What a pure file may take from Node: computation, no world. */
const PURE_BUILTINS = ['node:buffer', 'node:crypto', 'node:path', 'node:zlib']
const WORLD =
  /\bprocess\.|\bDate\.now\b|\bnew Date\(\)|\bperformance\.|\bset(Timeout|Interval|Immediate)\b|\bMath\.random\b|\brandom(Bytes|UUID)\b|\bfetch\(/

/** The rooms of the house from the ground up: each leans only on those before it, types included. */
const ROOMS = [
  'protocol',
  'log',
  'inputs',
  'judge',
  'plan',
  'process',
  'payload',
  'sources',
  'engine',
  'scan',
  'report',
  'render',
  'publish',
  'run',
  'commands',
]

/** The room a file is in; undefined for the files beside the rooms: entries at the top, errors and helpers below all. */
const roomOf = (path: string): string | undefined => /^src\/([^/]+)\//.exec(path)?.[1]

/** Imports from a room that does not stand below the file's own. */
const upward =
  (rooms: readonly string[]) =>
  ({ path, imports }: Source): string[] => {
    const own = roomOf(path)
    if (own === undefined) return []
    return imports
      .map(({ from }) => from)
      .filter((from) => {
        const other = roomOf(from)
        return other !== undefined && other !== own && rooms.indexOf(other) >= rooms.indexOf(own)
      })
  }

/** Files that break a rule, as `file: what`. */
function breaches(files: readonly Source[], find: (source: Source) => readonly string[]): string[] {
  return files.flatMap((source) => find(source).map((what) => `${source.path}: ${what}`))
}

const valuesFrom = (wanted: RegExp) => (source: Source) =>
  source.imports.filter(({ from, typeOnly }) => !typeOnly && wanted.test(from)).map(({ from }) => from)

const notIn = (allowed: RegExp) => sources.filter(({ path }) => !allowed.test(path))

/** The first circle of imports, as its files in order; undefined when there is none. */
function circle(files: readonly Source[]): string[] | undefined {
  const edges = new Map(files.map(({ path, imports }) => [path, imports.map(({ from }: Import) => from)]))
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path]
    if (done.has(path)) return undefined
    for (const next of edges.get(path) ?? []) {
      const found = edges.has(next) ? visit(next, [...trail, path]) : undefined
      if (found) return found
    }
    done.add(path)
    return undefined
  }
  for (const path of edges.keys()) {
    const found = visit(path, [])
    if (found) return found
  }
  return undefined
}

const world = ({ code }: Source): string[] => {
  const found = WORLD.exec(code)?.[0]
  return found === undefined ? [] : [found]
}

const impureImports = ({ imports }: Source): string[] =>
  imports
    .filter(({ typeOnly, from }) => !typeOnly && (from.startsWith('node:') || from.startsWith('@')))
    .map(({ from }) => from)
    .filter((from) => !PURE_BUILTINS.includes(from))

/** Files a pure one may lean on: other pure ones, and what has no imports of the world either. */
const reach = (start: Source): Set<string> => {
  const seen = new Set<string>()
  const visit = (path: string): void => {
    if (seen.has(path)) return
    seen.add(path)
    for (const { from, typeOnly } of sources.find((source) => source.path === path)?.imports ?? [])
      if (!typeOnly) visit(from)
  }
  visit(start.path)
  return seen
}

describe('the import rules of the house', () => {
  test('there are sources to read, and their imports are seen', () => {
    expect(sources.length).toBeGreaterThan(50)
    const plan = sources.find(({ path }) => path === 'src/plan/plan.ts')
    expect(plan?.imports).toContainEqual({ from: 'src/plan/names.ts', typeOnly: false })
    expect(plan?.imports).toContainEqual({ from: '@kubernetes/client-node', typeOnly: true })
    const choose = sources.find(({ path }) => path === 'src/engine/choose.ts')
    expect(choose?.imports).toContainEqual({ from: 'src/engine/podman/podman.ts', typeOnly: false })
  })

  test('every relative import names a file that exists', () => {
    const known = new Set(sources.map(({ path }) => path))
    const missing = breaches(sources, ({ imports }) =>
      imports.map(({ from }) => from).filter((from) => from.startsWith('src/') && !known.has(from)),
    )
    expect(missing).toEqual([])
  })

  test('pure files import nothing of the world and use no process, clock or chance', () => {
    const pure = sources.filter(({ path }) => PURE.test(path))
    expect(pure.length).toBeGreaterThan(25)
    expect(breaches(pure, impureImports)).toEqual([])
    expect(breaches(pure, world)).toEqual([])
  })

  test('pure files do not reach the world through others', () => {
    const pure = sources.filter(({ path }) => PURE.test(path))
    const world = new Set(
      sources
        .filter(({ imports }) =>
          imports.some(({ from, typeOnly }) => !typeOnly && /^node:(fs|child_process|net|http)|^@actions\//.test(from)),
        )
        .map(({ path }) => path),
    )
    expect(breaches(pure, (source) => [...reach(source)].filter((path) => world.has(path)))).toEqual([])
  })

  test('only the Kubernetes engine uses the client; types may be used anywhere', () => {
    const rest = notIn(/^src\/engine\/kubernetes\//)
    expect(breaches(rest, valuesFrom(/^@kubernetes\/client-node/))).toEqual([])
  })

  test('programs are run in one file', () => {
    expect(breaches(notIn(/^src\/process\/program\.ts$/), valuesFrom(/^@actions\/exec$/))).toEqual([])
    expect(breaches(sources, valuesFrom(/^(node:)?child_process$/))).toEqual([])
  })

  test('artifacts are uploaded in one file', () => {
    expect(breaches(notIn(/^src\/publish\/github\.ts$/), valuesFrom(/^@actions\/artifact$/))).toEqual([])
  })

  test('the environment is read in the entries and where GitHub is published to', () => {
    const rest = notIn(/^src\/(main|cli|publish\/github)\.ts$/)
    expect(breaches(rest, ({ code }) => code.match(/\bprocess\.env\b/g) ?? [])).toEqual([])
  })

  test('the process is ended in the one place a second interrupt leads to', () => {
    const rest = notIn(/^src\/signals\.ts$/)
    expect(breaches(rest, ({ code }) => code.match(/\bprocess\.exit\(/g) ?? [])).toEqual([])
  })

  test('a room leans only on rooms below it, types included', () => {
    const found = new Set(sources.map(({ path }) => roomOf(path)).filter((room) => room !== undefined))
    expect([...found].filter((room) => !ROOMS.includes(room))).toEqual([])
    expect(breaches(sources, upward(ROOMS))).toEqual([])
  })

  test('imports run in no circle, types included', () => {
    expect(circle(sources)).toBeUndefined()
  })

  test('files stay below 300 lines', () => {
    expect(breaches(sources, ({ code }) => (code.split('\n').length > 301 ? ['too long'] : []))).toEqual([])
  })
})

describe('the checks themselves', () => {
  const source = (path: string, text: string) => parseSource(path, text)

  test('see imports in every form', () => {
    const { imports } = source(
      'src/a/b.ts',
      [
        "import { type A, type B } from '../c.ts'",
        "import { type A, b } from './d.ts'",
        "import type { E } from 'e'",
        "import * as f from 'f'",
        "import 'g'",
        "export { h } from './h.ts'",
        "export type * from './i.ts'",
        "const j = await import(/* eager */ '../j.ts')",
        "// import { k } from 'k'",
        "const text = 'it’s // no comment'; const url = 'http://x' // import 'l'",
      ].join('\n'),
    )
    expect(imports).toEqual([
      { from: 'src/c.ts', typeOnly: true },
      { from: 'src/a/d.ts', typeOnly: false },
      { from: 'e', typeOnly: true },
      { from: 'f', typeOnly: false },
      { from: 'g', typeOnly: false },
      { from: 'src/a/h.ts', typeOnly: false },
      { from: 'src/a/i.ts', typeOnly: true },
      { from: 'src/j.ts', typeOnly: false },
    ])
  })

  test('find a circle, the world, and what is not pure', () => {
    const a = source('src/a.ts', "import type { B } from './b.ts'\nexport const now = Date.now()")
    const b = source('src/b.ts', "import { a } from './a.ts'\nimport { readFileSync } from 'node:fs'")
    expect(circle([a, b])).toEqual(['src/a.ts', 'src/b.ts', 'src/a.ts'])
    expect(breaches([a, b], world)).toEqual(['src/a.ts: Date.now'])
    expect(breaches([a, b], impureImports)).toEqual(['src/b.ts: node:fs'])
    const low = source('src/low/a.ts', "import type { B } from '../high/b.ts'\nimport { c } from './c.ts'")
    const high = source('src/high/b.ts', "import { d } from '../low/d.ts'\nimport { e } from '../errors.ts'")
    expect(breaches([low, high], upward(['low', 'high']))).toEqual(['src/low/a.ts: src/high/b.ts'])
    expect(breaches([b], valuesFrom(/^node:fs$/))).toEqual(['src/b.ts: node:fs'])
  })
})
