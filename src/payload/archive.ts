import { buffer } from 'node:stream/consumers'
import { constants, createGzip } from 'node:zlib'
import { pack } from 'tar-stream'

/** A file on its way into the pod: path relative to the archive's root, with `/`. */
export interface ArchiveFile {
  readonly path: string
  readonly data: Buffer
}

/**
 * Packs files as tar.gz (POSIX ustar with pax names), the same bytes for the same files: sorted, owned by root, dated 1970.
 * Every folder travels as an entry of its own, so a scanner with a strict umask can still enter it.
 */
export async function packArchive(files: readonly ArchiveFile[]): Promise<Buffer> {
  const tar = pack()
  const mtime = new Date(0)
  const folders = new Set(files.flatMap(({ path }) => parents(path)))
  const gzip = tar.pipe(createGzip({ level: constants.Z_DEFAULT_COMPRESSION }))
  const packed = buffer(gzip)
  for (const name of [...folders].sort()) tar.entry({ name, type: 'directory', mode: 0o755, mtime })
  for (const { path, data } of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    tar.entry({ name: path, mode: 0o644, mtime, size: data.length }, data)
  }
  tar.finalize()
  return await packed
}

function parents(path: string): string[] {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, index) => `${parts.slice(0, index + 1).join('/')}/`)
}
