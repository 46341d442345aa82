import yauzl, { type Entry, type ZipFile } from 'yauzl'
import { ScanError } from '../errors.ts'
import type { ArchiveFile } from './archive.ts'
import { type ArchiveLimits, collectEntries, refuseProfile } from './entries.ts'

/** Of `versionMadeBy`: the archive's attributes are those of Unix. */
const UNIX = 3
const S_IFMT = 0o170000
const KINDS: Readonly<Record<number, 'file' | 'folder' | 'link' | 'other'>> = {
  0: 'file',
  16807: 'file',
  9604: 'folder',
  21609: 'link',
}

/**
 * Reads the files of a zip archive, never unpacking more than the limits allow; `name` stands for it in messages.
 * @throws ScanError (exit 2) with the true reason: too large, too many entries, a link, a path outside, or no zip archive.
 */
export async function readZip(data: Buffer, name: string, limits: ArchiveLimits): Promise<ArchiveFile[]> {
  const entries = collectEntries(name, limits)
  try {
    const zip = await yauzl.fromBufferPromise(data, {
      lazyEntries: true,
      decodeStrings: true,
      validateEntrySizes: true,
    })
    await eachEntry(zip, async (entry) => {
      const content = entry.fileName.endsWith('/') ? nothing() : await zip.openReadStreamPromise(entry)
      await entries.add({ path: entry.fileName, kind: kindOf(entry), size: entry.uncompressedSize }, content)
    })
    return entries.files
  } catch (cause) {
    if (cause instanceof ScanError) throw cause
    const said = (cause as Error).message
    const [, outside] = /(?:invalid relative path|absolute path): (.*)/.exec(said) ?? []
    if (outside !== undefined)
      throw refuseProfile(
        `${name} names a file outside itself: ${outside}`,
        'pack it again, from within its folder',
        cause,
      )
    throw refuseProfile(`${name} cannot be read as a zip archive: ${said}`, 'pack it again, without a password', cause)
  }
}

async function eachEntry(zip: ZipFile, take: (entry: Entry) => Promise<void>): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    zip.on('error', reject)
    zip.on('end', resolve)
    zip.on('entry', (entry: Entry) => {
      take(entry).then(() => zip.readEntry(), reject)
    })
    zip.readEntry()
  })
}

function kindOf({ fileName, versionMadeBy, externalFileAttributes }: Entry): 'file' | 'folder' | 'link' | 'other' {
  if (fileName.endsWith('/')) return 'folder'
  const mode = versionMadeBy >>> 8 === UNIX ? (externalFileAttributes >>> 16) & S_IFMT : 0
  return KINDS[mode] ?? 'other'
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
