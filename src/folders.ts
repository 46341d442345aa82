import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Makes a folder and those on the way to it. Not the recursive `mkdir` of Node: it tries without end where the parent is there and the
 * file system answers ENOENT, as /proc does.
 */
export async function makeFolders(path: string): Promise<void> {
  const parent = dirname(path)
  try {
    await mkdir(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // `mkdir` says EROFS, EACCES or ENOENT of a folder that is there already on some file systems
    if (await isFolder(path)) return
    if (code !== 'ENOENT' || parent === path || (await isFolder(parent))) throw error
    await makeFolders(parent)
    await makeFolders(path)
  }
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}
