import { resolve } from 'node:path'
import { readProfileAt } from '../payload/profile.ts'
import type { Tree } from './tree.ts'

/** Profiles on this machine: a `path` in inspec.yml may lead anywhere on it, as for InSpec. */
export function folderTree(): Tree {
  return {
    name: 'this machine',
    resolve: (folder, path) => resolve(folder, path),
    read: async (folder) => await readProfileAt(folder, folder),
  }
}
