// Lists exports of src/ that no other file of the product imports, and fails when there are any. An export that only
// tests use is allowed when its comment says so: `@internal` and why.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface SourceFile {
  readonly path: string
  readonly text: string
}

interface Export {
  readonly name: string
  readonly line: number
  readonly internal: boolean
}

/** Names a file exports itself, with their lines; `export … from` hands on and is counted as an import. */
function exportsOf(text: string): Export[] {
  const found: Export[] = []
  const add = (name: string, index: number) => {
    const before = text.slice(0, index)
    const comment = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*$/.exec(before)?.[1] ?? ''
    const internal = /@internal\s+\S/.test(comment)
    if (!found.some((one) => one.name === name)) found.push({ name, line: before.split('\n').length, internal })
  }
  const declaration =
    /^export\s+(?:declare\s+)?(?:async\s+)?(?:abstract\s+)?(?:const|let|function\*?|class|interface|type(?=\s+\w+\s*[=<])|enum)\s+(\w+)/gm
  for (const match of text.matchAll(declaration)) add(match[1]!, match.index)
  for (const match of text.matchAll(/^export\s+(?:type\s+)?\{([^}]*)\}(?!\s*from)/gm))
    for (const name of names(match[1]!)) add(name.as, match.index)
  if (/^export\s+default\b/m.test(text)) add('default', text.search(/^export\s+default\b/m))
  return found
}

/** `type A, b as c` → the names before and behind `as`. */
function names(list: string): { name: string; as: string }[] {
  return list.split(',').flatMap((part) => {
    const match = /^\s*(?:type\s+)?(\w+)(?:\s*(?:as|:)\s+(\w+))?/.exec(part)
    return match ? [{ name: match[1]!, as: match[2] ?? match[1]! }] : []
  })
}

/** What a file imports from others, as `path#name`; a whole module as `path#*`. */
function importsOf({ path, text }: SourceFile): string[] {
  const found: string[] = []
  const target = (from: string) => relative('.', join(dirname(path), from))
  const add = (from: string, list: readonly string[]) => {
    if (from.startsWith('.')) for (const name of list) found.push(`${target(from)}#${name}`)
  }
  for (const match of text.matchAll(
    /\b(?:import|export)\s+(?:type\s+)?(?:(\w+)\s*,?\s*)?(?:\{([^}]*)\}|(\*)(?:\s*as\s+\w+)?)?\s*from\s*['"]([^'"]+)['"]/g,
  )) {
    const [, whole, list, star, from] = match
    add(from!, [...(whole ? ['default'] : []), ...names(list ?? '').map(({ name }) => name), ...(star ? ['*'] : [])])
  }
  for (const match of text.matchAll(
    /(?:const\s*\{([^}]*)\}\s*=\s*await\s+)?\bimport\s*\((?:\s*\/\*.*?\*\/)?\s*['"]([^'"]+)['"]/g,
  )) {
    add(match[2]!, match[1] === undefined ? ['*'] : names(match[1]).map(({ name }) => name))
  }
  return found
}

/** Sentences on exports of `sources` that neither `sources` nor `users` import; `tests` count for `@internal` ones. */
export function unusedExports(
  sources: readonly SourceFile[],
  users: readonly SourceFile[],
  tests: readonly SourceFile[],
): string[] {
  const used = new Set([...sources, ...users].flatMap(importsOf))
  const tested = new Set(tests.flatMap(importsOf))
  const has = (set: ReadonlySet<string>, path: string, name: string) =>
    set.has(`${path}#${name}`) || set.has(`${path}#*`)
  return sources.flatMap(({ path, text }) =>
    exportsOf(text).flatMap(({ name, line, internal }) => {
      if (has(used, path, name)) return []
      if (!has(tested, path, name)) return [`${path}:${line} ${name}: nobody imports it`]
      return internal
        ? []
        : [`${path}:${line} ${name}: only tests import it, and its comment has no @internal with why`]
    }),
  )
}

function read(folder: string): SourceFile[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|js)$/.test(name))
    .map((name) => ({ path: join(folder, name), text: readFileSync(join(folder, name), 'utf8') }))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.chdir(join(import.meta.dirname, '..'))
  const entries = ['src/index.ts'].map((path) => ({ path, text: readFileSync(path, 'utf8') }))
  const sources = read('src').filter(({ path }) => !entries.some((entry) => entry.path === path))
  const unused = unusedExports(sources, [...entries, ...read('scripts')], read('test'))
  for (const line of unused) console.error(line)
  if (unused.length > 0) {
    console.error(`${unused.length} needless exports: drop the word \`export\`, or the code`)
    process.exitCode = 1
  }
}
