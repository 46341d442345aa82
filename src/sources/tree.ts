import { posix } from 'node:path'
import { EXIT, ScanError } from '../errors.ts'
import type { ArchiveFile } from '../payload/archive.ts'

/** The files of a repository, of an archive or of a folder on this machine, below which a profile and its `path` dependencies lie. */
export interface Tree {
  /** What it is, in words. */
  readonly name: string
  /** The files below a folder, by paths relative to it. @throws ScanError (exit 2) for a folder that is not in the tree. */
  readonly read: (folder: string) => Promise<ArchiveFile[]>
  /** The folder that `path`, written in a profile in `folder`, leads to. @throws ScanError (exit 2) where it leads out of the tree. */
  readonly resolve: (folder: string, path: string) => string
}

/** A tree of files that are in memory; nothing outside it can be reached. */
export function treeOf(name: string, files: readonly ArchiveFile[]): Tree {
  return {
    name,
    resolve: (folder, path) => resolveInside(name, folder, path),
    read: async (folder) => below(name, folder, files),
  }
}

/** A `path` of a profile inside a tree that has no outside. */
export function resolveInside(name: string, folder: string, path: string): string {
  const found = posix.normalize(posix.join(folder, path)).replace(/\/+$/, '')
  if (!path.startsWith('/') && found !== '..' && !found.startsWith('../')) return found === '.' ? '' : found
  throw new ScanError(`the dependency at \`${path}\` lies outside ${name}`, {
    exitCode: EXIT.usage,
    hint: 'name its repository in inspec.yml instead: `git: https://host/owner/repo`',
  })
}

/** The files of a folder, by paths relative to it. */
export function below(name: string, folder: string, files: readonly ArchiveFile[]): ArchiveFile[] {
  if (folder === '') return [...files]
  const prefix = `${folder}/`
  const found = files
    .filter(({ path }) => path.startsWith(prefix))
    .map(({ path, data }) => ({ path: path.slice(prefix.length), data }))
  if (found.length > 0) return found
  throw new ScanError(`there is no folder \`${folder}\` in ${name}`, {
    exitCode: EXIT.usage,
    hint: 'check the folder behind `//`, or `relative_path` and `path` in inspec.yml',
  })
}
