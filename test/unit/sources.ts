import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

export interface Import {
  /** As written, relative ones resolved to a path from the project's root. */
  readonly from: string
  readonly typeOnly: boolean
}

export interface Source {
  /** From the project's root: `src/plan/pod.ts`. */
  readonly path: string
  /** The code with comments blanked and the content of quoted strings left as it is. */
  readonly code: string
  readonly imports: readonly Import[]
}

/** Every TypeScript file below a folder of the project, with what it imports. */
export function readSources(folder: string): Source[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => parseSource(join(folder, name), readFileSync(join(root, folder, name), 'utf8')))
}

export function parseSource(path: string, text: string): Source {
  const code = withoutComments(text)
  const imports: Import[] = []
  const add = (from: string, typeOnly: boolean) => {
    imports.push({ from: from.startsWith('.') ? relative('.', join(dirname(path), from)) : from, typeOnly })
  }
  for (const [, kind, names, from] of code.matchAll(
    /\b(?:import|export)\s+(type\s+)?(?:([\w*{}\s,$]*?)\s*from\s*)?'([^'\n]+)'/g,
  )) {
    const named = /^\s*\{([^}]*)\}\s*$/
      .exec(names ?? '')?.[1]
      ?.split(',')
      .filter((name) => name.trim() !== '')
    const onlyTypes = named !== undefined && named.length > 0 && named.every((name) => /^\s*type\s/.test(name))
    add(from!, kind !== undefined || onlyTypes)
  }
  for (const [, from] of code.matchAll(/\bimport\s*\(\s*'([^'\n]+)'/g)) add(from!, false)
  return { path, code, imports }
}

/** Comments become spaces, so that places stay; strings, templates and regular expressions are left alone. */
export function withoutComments(text: string): string {
  const token =
    /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|(?<=[(,=:[!&|?{};\n]\s*)\/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])+\/|\/\/[^\n]*|\/\*[\s\S]*?\*\//g
  return text.replace(token, (found) => (/^\/[/*]/.test(found) ? found.replace(/[^\n]/g, ' ') : found))
}
