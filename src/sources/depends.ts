import { EXIT, ScanError } from '../errors.ts'
import { isMapping, type Mapping } from '../mapping.ts'
import { checkedFolder, checkedRef, parseReference, type RemoteReference } from './reference.ts'

/** An entry of `depends` in inspec.yml. */
export interface Depends {
  /** Empty where the entry has none: then the profile's own name counts. */
  readonly name: string
  readonly constraints: readonly string[]
  readonly source: DependsSource
}

type DependsSource =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'remote'; readonly reference: RemoteReference }

/**
 * Reads the entries of `depends`; format: the InSpec documentation, "Profile dependencies".
 * @throws ScanError (exit 2) for an entry that nobody can fetch, and for a name that stands there twice.
 */
export function readDepends(profile: string, depends: unknown): Depends[] {
  const found = (Array.isArray(depends) ? depends : []).map((entry: unknown) => readEntry(profile, entry))
  const names = found.map(({ name }) => name).filter((name) => name !== '')
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw refuse(profile, `lists the dependency \`${twice}\` twice`, 'keep one of the two')
  return found
}

const refuse = (profile: string, why: string, hint: string) =>
  new ScanError(`the profile ${profile} ${why}`, { exitCode: EXIT.usage, hint })

function readEntry(profile: string, entry: unknown): Depends {
  if (!isMapping(entry))
    throw refuse(profile, 'has something under `depends` in inspec.yml that has no keys', 'write it as `- name: …`')
  const name = text(entry, 'name') ?? ''
  const { version } = entry
  const constraints = (
    Array.isArray(version) ? version : version === undefined || version === null ? [] : [version]
  ).map(String)
  return { name, constraints, source: sourceOf(profile, name, entry) }
}

function text(entry: Mapping, key: string): string | undefined {
  const value = entry[key]
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}

function sourceOf(profile: string, name: string, entry: Mapping): DependsSource {
  const path = text(entry, 'path')
  if (path !== undefined) return { kind: 'path', path }
  const git = text(entry, 'git')
  if (git !== undefined) {
    const ref = text(entry, 'ref') ?? text(entry, 'branch') ?? text(entry, 'tag')
    const folder = checkedFolder(text(entry, 'relative_path') ?? '', git)
    return { kind: 'remote', reference: { kind: 'git', url: git, ref: checkedRef(ref, git), folder } }
  }
  const url = text(entry, 'url')
  if (url !== undefined) {
    const reference = parseReference(url, '')
    if (reference.kind === 'local')
      throw refuse(
        profile,
        `depends on \`${name}\` at ${url}, which is no address`,
        'write https://…, or `path:` for a folder',
      )
    const sha256 = text(entry, 'sha256')
    return {
      kind: 'remote',
      reference: reference.kind === 'archive' && sha256 !== undefined ? { ...reference, sha256 } : reference,
    }
  }
  const service = ['supermarket', 'compliance', 'github', 'automate'].find((key) => key in entry)
  throw refuse(
    profile,
    service === undefined
      ? `depends on \`${name || 'a profile without a name'}\`, and does not say where it is`
      : `depends on \`${name}\` from ${service}, which is not fetched`,
    'name its repository: `git: https://host/owner/repo`, or put it into the profile with `inspec vendor`',
  )
}
