import { buffer } from 'node:stream/consumers'
import { constants, createGzip } from 'node:zlib'
import { pack } from 'tar-stream'

/** A file on its way into the pod: path relative to the archive's root, with `/`. */
export interface ArchiveFile {
  readonly path: string
  readonly data: Buffer
}

/** Packs files as tar.gz (see `packFiles`). */
export async function packArchive(files: readonly ArchiveFile[]): Promise<Buffer> {
  return await buffer(tarOf(files).pipe(createGzip({ level: constants.Z_DEFAULT_COMPRESSION })))
}

/**
 * Packs files as tar (POSIX ustar with pax names), the same bytes for the same files: sorted, owned by root, dated 1970. Every
 * folder travels as an entry of its own, so a scanner with a strict umask can still enter it.
 */
export async function packFiles(files: readonly ArchiveFile[]): Promise<Buffer> {
  return await buffer(tarOf(files))
}

function tarOf(files: readonly ArchiveFile[]) {
  const tar = pack()
  const mtime = new Date(0)
  const folders = new Set(files.flatMap(({ path }) => parents(path)))
  for (const name of [...folders].sort()) tar.entry({ name, type: 'directory', mode: 0o755, mtime })
  for (const { path, data } of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    tar.entry({ name: path, mode: 0o644, mtime, size: data.length }, data)
  }
  tar.finalize()
  return tar
}

function parents(path: string): string[] {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, index) => `${parts.slice(0, index + 1).join('/')}/`)
}
