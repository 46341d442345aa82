import { EXIT, ScanError } from '../errors.ts'
import type { ArchiveFile } from './archive.ts'
import { isUnknown, withoutErb } from './erb.ts'
import { brokenBeyondDoubt, type LooseMap, type LooseValue, readLooseYaml } from './loose-yaml.ts'
import { decodeText } from './text.ts'

/** What a profile says of itself in inspec.yml; empty where only InSpec can say it. */
export interface ProfileFacts {
  readonly name: string
  readonly version: string
}

/** inspec.yml as far as it can be read without Ruby. */
interface Metadata {
  /** Null when it cannot be read here; InSpec may read it all the same. */
  readonly facts: LooseMap | null
  /** ERB decides which parts of it count. */
  readonly conditional: boolean
  readonly text: string
}

/**
 * Refuses, before anything is created, a profile that InSpec could not load: no inspec.yml, no controls, dependencies that
 * would have to be downloaded. Its reading of inspec.yml is best effort: InSpec reads it with ERB and Psych, and what
 * cannot be read here is left to InSpec. Pure; format: the InSpec documentation, "About InSpec profiles".
 * @throws ScanError (exit 2) with the file and, where it is broken beyond doubt, the line.
 */
export function checkProfile(files: readonly ArchiveFile[]): ProfileFacts {
  const paths = files.map(({ path }) => path)
  const metadata = readMetadata(files)
  const { facts, conditional } = metadata
  const depends = facts?.get('depends') ?? null
  const dependencies = Array.isArray(depends) ? depends : []
  const controls = paths.filter((path) => /^controls\/.+\.rb$/.test(path))
  const known = facts !== null && !conditional && !isUnknown(depends)
  if (controls.length === 0 && known && dependencies.length === 0) {
    throw refuse('has no controls', 'controls are Ruby files in its folder controls/')
  }
  if (known) checkDependencies(dependencies, paths)
  return {
    name: shown(facts?.get('name')) || firstOf(metadata, 'name'),
    version: shown(facts?.get('version')) || firstOf(metadata, 'version'),
  }
}

/** @throws ScanError (exit 2) without an inspec.yml, or with one that InSpec could not read either. */
function readMetadata(files: readonly ArchiveFile[]): Metadata {
  const file = files.find(({ path }) => path === 'inspec.yml')
  if (!file) {
    const deeper = files.find(({ path }) => path.endsWith('/inspec.yml'))?.path
    throw refuse(
      'has no inspec.yml',
      deeper
        ? `there is one in ${deeper}: give that folder as \`profile\``
        : 'give the folder that holds inspec.yml as `profile`',
    )
  }
  const written = decodeText(file.data)
  const { text, conditional } = withoutErb(written)
  const hasErb = text !== written
  try {
    const facts = readLooseYaml(text)
    if (facts instanceof Map) return { facts, conditional, text }
    // anchors and tags end elsewhere in libyaml: `&a: b` is a mapping there
    if (!hasErb && !/[&*!]/.test(text) && (Array.isArray(facts) || typeof facts === 'string'))
      throw refuse('has an inspec.yml without keys', 'it needs at least `name: my-profile`')
    return { facts: facts === null ? new Map() : null, conditional, text }
  } catch (cause) {
    if (cause instanceof ScanError) throw cause
    // behind a byte order mark libyaml reads no more than the first key, so that nothing there can be broken
    if (!hasErb && !written.startsWith('\ufeff')) refuseBroken(cause)
    return { facts: null, conditional, text }
  }
}

/** The metadata of a checked profile; null when only InSpec can read it. */
export function metadataOf(files: readonly ArchiveFile[]): Metadata {
  return readMetadata(files)
}

function refuseBroken(cause: unknown): void {
  const broken = brokenBeyondDoubt(cause)
  if (!broken) return
  const line = broken.line === undefined ? '' : `, line ${broken.line}`
  throw refuse(`has a broken inspec.yml${line}: ${broken.reason}`, 'fix the YAML on that line', cause)
}

const refuse = (why: string, hint: string, cause?: unknown) =>
  new ScanError(`the profile ${why}`, { exitCode: EXIT.usage, hint, cause })

/** A scalar as InSpec shows it; empty for what is none, or what only Ruby knows. */
function shown(value: LooseValue | undefined): string {
  if (value === null || value === undefined || isUnknown(value) || Array.isArray(value) || value instanceof Map)
    return ''
  return typeof value === 'object' ? value.shown : String(value)
}

/** A top-level key of a text that cannot be read as a whole. */
function firstOf({ facts, text }: Metadata, key: string): string {
  if (facts !== null) return ''
  const value =
    new RegExp(String.raw`^:?${key}:[ \t]+(["']?)([^\n#"']+?)\1[ \t\r]*(?:#.*)?$`, 'm').exec(text)?.[2] ?? ''
  return isUnknown(value) ? '' : value
}

/** Nothing is downloaded at run time: every dependency must be inside, by path or vendored. */
function checkDependencies(dependencies: readonly LooseValue[], paths: readonly string[]): void {
  const vendored = paths.some((path) => path.startsWith('vendor/'))
  for (const dependency of dependencies) {
    if (isUnknown(dependency)) continue
    if (!(dependency instanceof Map))
      throw refuse('has something under `depends` in inspec.yml that has no keys', 'write it as `- name: …`')
    const name = shown(dependency.get('name')) || 'without a name'
    const path = dependency.get('path')
    if (isUnknown(path)) continue
    if (typeof path === 'string') {
      const inside = path.replace(/^(?:\.\/)+/, '').replace(/\/+$/, '')
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
