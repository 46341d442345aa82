// The licence texts of every package in the bundle, as their terms ask. ncc's own list forgets the entry's packages as
// soon as there is more than one chunk; its statistics do not.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

interface Module {
  readonly name?: string
  readonly modules?: readonly Module[]
}

/** What ncc's `--stats-out` says, as far as it matters here. */
export interface Stats {
  readonly modules: readonly Module[]
}

/** One text for all packages, by name: name and version, licence, licence text. */
export function licences(stats: Stats, root: string): string {
  const folders = new Set<string>()
  const visit = ({ name = '', modules = [] }: Module): void => {
    const folder = /\.\/((?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+)/.exec(name)?.[1]
    if (folder) folders.add(folder)
    modules.forEach(visit)
  }
  stats.modules.forEach(visit)
  const texts = [...folders].map((folder) => licence(join(root, folder)))
  return [...new Set(texts)].sort().join('\n\n')
}

function licence(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    name: string
    version: string
    license?: string | { readonly type: string }
  }
  const files = existsSync(folder)
    ? readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
    : []
  const texts = files.sort().map((file) => readFileSync(join(folder, file), 'utf8').trim())
  const kind = typeof license === 'string' ? license : (license?.type ?? 'the package states no licence')
  return [`${name} ${version}`, kind, ...texts, ''].join('\n')
}
