import { load } from 'js-yaml'
import { EXIT, ScanError } from '../errors.ts'
import { isMapping, type Mapping } from '../mapping.ts'
import type { ArchiveFile } from './archive.ts'

/** What a profile says of itself in inspec.yml. */
export interface ProfileFacts {
  readonly name: string
  readonly version: string
}

/**
 * Refuses, before anything is created, a profile that InSpec could not load: no inspec.yml or a broken one, no controls,
 * dependencies that would have to be downloaded. Pure; format: the InSpec documentation, "About InSpec profiles".
 * @throws ScanError (exit 2) with the file and, for broken YAML, the line.
 */
export function checkProfile(files: readonly ArchiveFile[]): ProfileFacts {
  const paths = files.map(({ path }) => path)
  const metadata = files.find(({ path }) => path === 'inspec.yml')
  if (!metadata) {
    const deeper = paths.find((path) => path.endsWith('/inspec.yml'))
    throw refuse(
      'has no inspec.yml',
      deeper
        ? `there is one in ${deeper}: give that folder as \`profile\``
        : 'give the folder that holds inspec.yml as `profile`',
    )
  }
  const facts = parseMetadata(metadata.data.toString('utf8'))
  const dependencies: unknown[] = Array.isArray(facts['depends']) ? facts['depends'] : []
  const controls = paths.filter((path) => /^controls\/.+\.rb$/.test(path))
  if (controls.length === 0 && dependencies.length === 0) {
    throw refuse('has no controls', 'controls are Ruby files in its folder controls/')
  }
  checkDependencies(dependencies, paths)
  if (typeof facts['name'] !== 'string' || facts['name'] === '')
    throw refuse('has no `name` in inspec.yml', 'add `name: my-profile` to inspec.yml')
  const { version } = facts
  return {
    name: facts['name'],
    version: typeof version === 'string' || typeof version === 'number' ? `${version}` : '',
  }
}

/** The text of a checked profile's inspec.yml. */
export function metadataOf(files: readonly ArchiveFile[]): string {
  return files.find(({ path }) => path === 'inspec.yml')!.data.toString('utf8')
}

const refuse = (why: string, hint: string, cause?: unknown) =>
  new ScanError(`the profile ${why}`, { exitCode: EXIT.usage, hint, cause })

function parseMetadata(text: string): Mapping {
  let facts: unknown
  try {
    facts = load(text)
  } catch (cause) {
    const { mark, reason } = cause as { mark?: { line: number }; reason?: string }
    throw refuse(
      `has a broken inspec.yml${mark ? `, line ${mark.line + 1}` : ''}: ${reason ?? 'unreadable'}`,
      'mend that line',
      cause,
    )
  }
  if (!isMapping(facts)) throw refuse('has an inspec.yml without keys', 'it needs at least `name: my-profile`')
  return facts
}

/** Nothing is downloaded at run time: every dependency must be inside, by path or vendored. */
function checkDependencies(dependencies: readonly unknown[], paths: readonly string[]): void {
  const vendored = paths.some((path) => path.startsWith('vendor/'))
  for (const dependency of dependencies) {
    if (!isMapping(dependency))
      throw refuse('has something under `depends` in inspec.yml that has no keys', 'write it as `- name: …`')
    const { name: given, path } = dependency
    const name = typeof given === 'string' ? given : 'without a name'
    if (typeof path === 'string') {
      const inside = path.replace(/^\.\//, '').replace(/\/$/, '')
      if (paths.includes(`${inside}/inspec.yml`) || vendored) continue
      throw refuse(
        `depends on \`${name}\` at ${path}, which is not inside it`,
        'run `inspec vendor` in the profile, so that the dependency travels with it',
      )
    }
    if (!vendored)
      throw refuse(
        `depends on \`${name}\`, which would have to be downloaded`,
        'run `inspec vendor --overwrite` in the profile before the scan; nothing is downloaded at run time',
      )
  }
}
