import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import { EXIT, ScanError } from '../errors.ts'
import { type ArchiveFile, packArchive } from '../payload/archive.ts'
import { withoutTopFolder } from '../payload/profile.ts'
import { type Depends, readDepends } from './depends.ts'
import { type LockEntry, parseLock, renderLock } from './lock.ts'
import { type ProfileMetadata, readMetadata } from './metadata.ts'
import { isPinned, type RemoteReference, referenceText } from './reference.ts'
import type { Tree } from './tree.ts'
import { meets } from './version.ts'

/** Where a profile was found: its tree, the folder in it, and whether the tree came over the network. */
export interface Place {
  readonly tree: Tree
  readonly folder: string
  readonly remote: boolean
}

/** What a remote reference leads to. */
export interface Fetched {
  readonly place: Place
  /** Of a repository. */
  readonly commit: string | undefined
  /** Of an archive, in hexadecimal. */
  readonly sha256: string | undefined
}

type FetchSource = (reference: RemoteReference) => Promise<Fetched>

/** A dependency that was found: for logs and reports. */
export interface FoundDependency {
  readonly name: string
  readonly version: string
  /** As inspec.yml has it, without credentials. */
  readonly source: string
  readonly commit: string | undefined
  readonly sha256: string | undefined
  readonly floating: boolean
}

/** A profile with all it depends on inside. */
interface VendoredProfile {
  readonly files: readonly ArchiveFile[]
  readonly dependencies: readonly FoundDependency[]
}

interface Resolved {
  readonly lock: LockEntry
  readonly found: FoundDependency
  readonly dependencies: readonly Resolved[]
}

/** Dependencies of dependencies of … : beyond this it is a fault. */
const MAX_DEPTH = 20

/**
 * Puts everything a profile depends on into its folder `vendor/`, as `inspec vendor` does: the same folders under the same
 * keys, and an inspec.lock that leads to them, so that InSpec needs no network. `root` is the profile's folder in the pod. A
 * profile without dependencies, or with all of them inside already, stays as it is.
 * @throws ScanError (exit 2) for a dependency that cannot be had, a cycle, or a version that does not fit.
 */
export async function vendorDependencies(
  files: readonly ArchiveFile[],
  place: Place,
  root: string,
  fetchSource: FetchSource,
): Promise<VendoredProfile> {
  const metadata = readMetadata(files)
  if (metadata === undefined || metadata.depends.length === 0 || isVendored(files)) return { files, dependencies: [] }
  const vendor = new Map<string, readonly ArchiveFile[]>()
  const locked = lockOf(files)
  const resolved = await resolveAll({ metadata, files, place, trail: [] }, locked, { root, vendor, fetchSource })
  const own = files.filter(({ path }) => path !== 'inspec.lock' && !path.startsWith('vendor/'))
  const added = [...vendor].flatMap(([key, kept]) =>
    kept.map(({ path, data }) => ({ path: `vendor/${key}/${path}`, data })),
  )
  const lock = { path: 'inspec.lock', data: Buffer.from(renderLock(resolved.map((one) => one.lock))) }
  return { files: [...own, ...added, lock], dependencies: everyOne(resolved) }
}

/** Whether `inspec vendor` has put all dependencies into the profile, in a way that holds on another machine. */
function isVendored(files: readonly ArchiveFile[]): boolean {
  const lock = lockOf(files)
  if (lock === undefined) return files.some(({ path }) => path.startsWith('vendor/'))
  const complete = (entries: readonly LockEntry[]): boolean =>
    entries.every(
      ({ source, dependencies }) =>
        source.path === undefined && keysOf(source).some((key) => hasKey(files, key)) && complete(dependencies),
    )
  return complete(lock)
}

/** Under which an InSpec looks for what an entry of a lock names. */
function keysOf({ ref, sha256, relative_path: folder }: LockEntry['source']): string[] {
  if (sha256 !== undefined) return [sha256]
  return ref === undefined ? [] : folder === undefined ? [ref] : [ref, digest(ref + folder)]
}

const hasKey = (files: readonly ArchiveFile[], key: string) =>
  files.some(
    ({ path }) => path.startsWith(`vendor/${key}/`) || path === `vendor/${key}.tar.gz` || path === `vendor/${key}.zip`,
  )

function lockOf(files: readonly ArchiveFile[]): LockEntry[] | undefined {
  const lock = files.find(({ path }) => path === 'inspec.lock')
  return lock && parseLock(lock.data.toString('utf8'))
}

function everyOne(resolved: readonly Resolved[]): FoundDependency[] {
  return resolved.flatMap(({ found, dependencies }) => [found, ...everyOne(dependencies)])
}

/** A profile whose dependencies are looked for, and the ones that led to it. */
interface Parent {
  readonly metadata: ProfileMetadata
  readonly files: readonly ArchiveFile[]
  readonly place: Place
  readonly trail: readonly { readonly name: string; readonly identity: string }[]
}

interface Vendoring {
  readonly root: string
  /** Key → the files of a dependency, as InSpec would lay them out. */
  readonly vendor: Map<string, readonly ArchiveFile[]>
  readonly fetchSource: FetchSource
}

async function resolveAll(
  parent: Parent,
  locked: readonly LockEntry[] | undefined,
  vendoring: Vendoring,
): Promise<Resolved[]> {
  const resolved: Resolved[] = []
  for (const depends of readDepends(parent.metadata.name, parent.metadata.depends)) {
    const pinned = locked?.find(({ name }) => name === depends.name)
    resolved.push(await resolveOne(parent, withLock(depends, pinned), pinned?.dependencies, vendoring))
  }
  return resolved
}

/** The commit or the digest that inspec.lock holds for a dependency, in place of what inspec.yml leaves open. */
function withLock(depends: Depends, locked: LockEntry | undefined): Depends {
  if (locked === undefined || depends.source.kind === 'path') return depends
  const { reference } = depends.source
  const { git, ref, url, sha256 } = locked.source
  const pinned: RemoteReference | undefined =
    reference.kind === 'git' && git === reference.url && ref !== undefined
      ? { ...reference, ref }
      : reference.kind === 'archive' && url === reference.url && sha256 !== undefined
        ? { ...reference, sha256 }
        : undefined
  return pinned === undefined ? depends : { ...depends, source: { kind: 'remote', reference: pinned } }
}

async function resolveOne(
  parent: Parent,
  depends: Depends,
  locked: readonly LockEntry[] | undefined,
  vendoring: Vendoring,
): Promise<Resolved> {
  const found = await locate(parent, depends, vendoring.fetchSource)
  const laidOut = await found.place.tree.read(found.place.folder)
  const files = withoutTopFolder(laidOut)
  const metadata = readMetadata(files)
  if (!files.some(({ path }) => path === 'inspec.yml'))
    throw refuse(
      `\`${depends.name}\` at ${found.text} is no profile`,
      'it has no inspec.yml: check `path` or `relative_path`',
    )
  const name = depends.name || metadata?.name || ''
  assertNoCycle(parent, name, found.identity)
  assertVersion(depends, metadata, found.text)
  const key = found.key ?? digest(await packArchive(laidOut))
  vendoring.vendor.set(
    key,
    found.top === '' ? laidOut : laidOut.map(({ path, data }) => ({ path: `${found.top}/${path}`, data })),
  )
  const dependencies =
    metadata === undefined
      ? []
      : await resolveAll(
          { metadata, files, place: found.place, trail: [...parent.trail, { name, identity: found.identity }] },
          locked ?? lockOf(files),
          vendoring,
        )
  return {
    lock: {
      name,
      source: { path: `${vendoring.root}/vendor/${key}` },
      constraints: depends.constraints,
      dependencies: dependencies.map(({ lock }) => lock),
    },
    found: {
      name,
      version: metadata?.version ?? '',
      source: found.text,
      commit: found.commit,
      sha256: found.sha256,
      floating: found.floating,
    },
    dependencies,
  }
}

/** A dependency's place, and the key and layout that `inspec vendor` gives it. */
interface Located {
  readonly place: Place
  readonly identity: string
  readonly text: string
  /** Undefined: of its content. */
  readonly key: string | undefined
  /** The folder that InSpec puts above the profile. */
  readonly top: string
  readonly commit: string | undefined
  readonly sha256: string | undefined
  readonly floating: boolean
}

async function locate(parent: Parent, { name, source }: Depends, fetchSource: FetchSource): Promise<Located> {
  if (source.kind === 'path') {
    const { tree, folder, remote } = parent.place
    const inside = tree.resolve(folder, source.path)
    const identity = `${tree.name}//${inside}`
    const nothing = { key: undefined, top: '', commit: undefined, sha256: undefined, floating: false }
    return { place: { tree, folder: inside, remote }, identity, text: source.path, ...nothing }
  }
  const { reference } = source
  if (parent.place.remote && reference.kind === 'git' && !/^(https?|ssh|git):\/\/|^git@/.test(reference.url))
    throw refuse(
      `\`${name}\` of a remote profile would be read from ${reference.url} on this machine`,
      'a profile that is fetched may depend on remote profiles only',
    )
  const { place, commit, sha256 } = await fetchSource(reference)
  return {
    place,
    identity: `${reference.url}@${commit ?? sha256}//${place.folder}`,
    text: referenceText(reference),
    key: reference.kind === 'archive' ? sha256 : gitKey(reference, commit!),
    top: reference.kind === 'git' && reference.folder !== '' ? posix.basename(reference.folder) : '',
    commit,
    sha256,
    floating: !isPinned(reference),
  }
}

/** The key of InSpec's git fetcher: the commit, or the address where inspec.yml names no branch, tag or ref. */
function gitKey(
  { url, ref, folder }: { url: string; ref: string | undefined; folder: string },
  commit: string,
): string {
  if (ref === undefined) return digest(url + folder)
  return folder === '' ? commit : digest(commit + folder)
}

const digest = (content: string | Buffer) => createHash('sha256').update(content).digest('hex')

function assertNoCycle({ trail, metadata }: Parent, name: string, identity: string): void {
  if (trail.length < MAX_DEPTH && !trail.some((before) => before.identity === identity)) return
  const path = [...trail.map((before) => before.name), name].join(' → ')
  throw refuse(
    trail.length < MAX_DEPTH
      ? `\`${name}\` depends on itself: ${path}`
      : `of ${metadata.name} go more than ${MAX_DEPTH} levels deep`,
    'remove one of these dependencies from its inspec.yml',
  )
}

function assertVersion({ name, constraints }: Depends, metadata: ProfileMetadata | undefined, where: string): void {
  const unmet = constraints.find((constraint) => metadata !== undefined && !meets(metadata.version, constraint))
  if (unmet !== undefined)
    throw refuse(
      `\`${name}\` at ${where} has version ${metadata!.version || 'none'}, but inspec.yml asks for ${unmet}`,
      'change `version` in inspec.yml, or name a tag that has it',
    )
}

const refuse = (what: string, hint: string) => new ScanError(`the dependency ${what}`, { exitCode: EXIT.usage, hint })
