import { createHash } from 'node:crypto'
import { type ArchiveFile, packArchive } from '../payload/archive.ts'
import { locate, readProfile, readProfileAt, unpackArchive, withoutTopFolder } from '../payload/profile.ts'
import type { FetchAccess } from './access.ts'
import { folderTree } from './folder.ts'
import { isPinned, parseReference, type RemoteReference, referenceText } from './reference.ts'
import { treeOf } from './tree.ts'
import { type Fetched, type FoundDependency, type Place, vendorDependencies } from './vendor.ts'

/** Where a profile came from. */
interface ProfileSource {
  /** As the user wrote it, without credentials. */
  readonly text: string
  readonly commit: string | undefined
  /** Of the profile's files in the form they travel in, in hexadecimal; the same files have the same digest. */
  readonly sha256: string
  /** It may be another one tomorrow: a branch, a tag, an archive without a digest. */
  readonly floating: boolean
}

/** A profile with all it depends on, ready to travel. */
export interface LoadedProfile {
  readonly files: readonly ArchiveFile[]
  readonly source: ProfileSource
  readonly dependencies: readonly FoundDependency[]
}

/**
 * Reads one profile, from this machine or from a server, and everything it depends on. `root` is its folder in the pod.
 * @throws ScanError (exit 2) naming what cannot be had.
 */
export async function loadProfile(
  text: string,
  builtIn: string,
  root: string,
  server: string,
  access: FetchAccess,
): Promise<LoadedProfile> {
  const path = await locate(text, builtIn)
  const reference = path === undefined ? parseReference(text, server) : undefined
  if (reference === undefined || reference.kind === 'local') {
    const files = path === undefined ? await readProfile(text, builtIn) : await readProfileAt(text, path)
    const place = { tree: folderTree(), folder: path ?? text, remote: false }
    return await vendored(files, place, { text, commit: undefined, floating: false }, root, access)
  }
  const { place, commit } = await fetchSource(reference, access)
  const files = withoutTopFolder(await place.tree.read(place.folder))
  const source = { text: referenceText(reference), commit, floating: !isPinned(reference) }
  return await vendored(files, place, source, root, access)
}

async function vendored(
  files: readonly ArchiveFile[],
  place: Place,
  source: Omit<ProfileSource, 'sha256'>,
  root: string,
  access: FetchAccess,
): Promise<LoadedProfile> {
  const sha256 = createHash('sha256')
    .update(await packArchive(files))
    .digest('hex')
  const complete = await vendorDependencies(files, place, root, (reference) => fetchSource(reference, access))
  return { ...complete, source: { ...source, sha256 } }
}

async function fetchSource(reference: RemoteReference, access: FetchAccess): Promise<Fetched> {
  if (reference.kind === 'git') {
    const { fetchRepository } = await import('./git.ts')
    const { commit, tree } = await fetchRepository(reference, access)
    return { place: { tree, folder: reference.folder, remote: true }, commit, sha256: undefined }
  }
  const { downloadArchive } = await import('./download.ts')
  const { data, sha256 } = await downloadArchive(reference, access)
  const name = referenceText(reference)
  const files = await unpackArchive(data, name)
  return { place: { tree: treeOf(name, files), folder: '', remote: true }, commit: undefined, sha256 }
}
