import { EXIT, ScanError } from '../errors.ts'
import type { ArchiveFile } from './archive.ts'

/** What an archive may hold: checked while it is read, so that a small file that unpacks to much costs nothing. */
export interface ArchiveLimits {
  /** Unpacked bytes of all entries. */
  readonly bytes: number
  /** Files, folders and whatever else is in it. */
  readonly entries: number
}

/** One entry of an archive, whatever its format. */
interface Entry {
  /** As the archive has it. */
  readonly path: string
  readonly kind: 'file' | 'folder' | 'link' | 'other'
  /** Unpacked bytes as the archive declares them; the bytes that come are counted all the same. */
  readonly size: number
}

/** Takes the entries of one archive, in their order, and refuses the first that does not belong into a profile. */
interface Entries {
  /** @throws ScanError (exit 2) with the reason; nothing of the archive is to be read after that. */
  add(entry: Entry, content: AsyncIterable<Uint8Array>): Promise<void>
  /** The files that were taken. */
  readonly files: ArchiveFile[]
}

/** A refusal of a profile, in the words all of them have. */
export const refuseProfile = (why: string, hint: string, cause?: unknown) =>
  new ScanError(`profile ${why}`, { exitCode: EXIT.usage, hint, cause })

const LEAVE_OUT = 'leave out what is not part of the profile: `inspec archive` packs what is'

/** @throws ScanError (exit 2) when there are more unpacked bytes than a profile may have. */
export function assertBytes(name: string, bytes: number, limits: ArchiveLimits): void {
  if (bytes > limits.bytes) throw refuseProfile(`${name} has more than ${limits.bytes / 1024 / 1024} MiB`, LEAVE_OUT)
}

/** @throws ScanError (exit 2) when there are more entries than a profile may have. */
export function assertCount(name: string, count: number, limits: ArchiveLimits): void {
  if (count > limits.entries)
    throw refuseProfile(`${name} has more than ${limits.entries} files and folders`, LEAVE_OUT)
}

/** The one way from an archive's entries to a profile's files, for every format of archive. */
export function collectEntries(archive: string, limits: ArchiveLimits): Entries {
  const files: ArchiveFile[] = []
  const kinds = new Map<string, 'file' | 'folder'>()
  let count = 0
  let bytes = 0

  /** Notes a path and the folders it lies in; two files of one name, or a file that is a folder too, mean no one thing. */
  const note = (path: string, kind: 'file' | 'folder'): void => {
    const parts = path.split('/')
    for (let length = 1; length < parts.length; length++) note(parts.slice(0, length).join('/'), 'folder')
    const before = kinds.get(path)
    if (before === 'file' && kind === 'file')
      throw refuseProfile(`${archive} holds ${path} twice`, 'pack it again, with each file once')
    if (before !== undefined && before !== kind)
      throw refuseProfile(`${archive} holds ${path} as a file and as a folder`, 'pack it again')
    kinds.set(path, kind)
  }

  return {
    files,
    async add({ path: given, kind, size }, content) {
      count++
      assertCount(archive, count, limits)
      assertBytes(archive, bytes + size, limits)
      if (kind === 'link')
        throw refuseProfile(
          `${archive} holds a link: ${given}`,
          'pack it with `tar --dereference`, or `inspec archive`',
        )
      if (kind === 'other')
        throw refuseProfile(`${archive} holds ${given}, which is neither a file nor a folder`, LEAVE_OUT)
      const path = pathInside(archive, given)
      if (path !== '') note(path, kind)
      const chunks: Uint8Array[] = []
      for await (const chunk of content) {
        bytes += chunk.length
        assertBytes(archive, bytes, limits)
        if (kind === 'file') chunks.push(chunk)
      }
      if (kind === 'file') files.push({ path, data: Buffer.concat(chunks) })
    },
  }
}

/** The path without `.` and doubled slashes; empty for the archive's own root folder. */
function pathInside(archive: string, given: string): string {
  const refuse = (why: string) => refuseProfile(`${archive} ${why}: ${given}`, 'pack it again, from within its folder')
  if (/^([/\\]|[A-Za-z]:[/\\])/.test(given)) throw refuse('names a file by an absolute path')
  if (/(^|[/\\])\.\.([/\\]|$)/.test(given)) throw refuse('names a file outside itself')
  if (given.includes('\0')) throw refuse('names a file with a zero byte')
  return given
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')
}
