import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { extract, type Header } from 'tar-stream'
import { ScanError } from '../errors.ts'
import type { ArchiveFile } from './archive.ts'
import { type ArchiveLimits, assertBytes, collectEntries, refuseProfile } from './entries.ts'

const KINDS: Readonly<Record<string, 'file' | 'folder' | 'link'>> = {
  file: 'file',
  'contiguous-file': 'file',
  directory: 'folder',
  symlink: 'link',
  link: 'link',
}

/**
 * Reads the files of a tar.gz from a stream (a file, a download), never holding more than the limits allow; `name` stands for
 * it in messages.
 * @throws ScanError (exit 2) with the true reason: too large, too many entries, a link, a path outside, cut off, or no tar.gz.
 */
export async function readTarGz(source: Readable, name: string, limits: ArchiveLimits): Promise<ArchiveFile[]> {
  const entries = collectEntries(name, limits)
  const tar = extract()
  const reading = async (): Promise<void> => {
    for await (const entry of tar) await entries.add(entryOf(entry.header), entry as AsyncIterable<Buffer>)
  }
  // both ends fail when one does, and only one of them knows why
  const [flow, read] = await Promise.allSettled([
    pipeline(source, createGunzip(), unpackedLimit(name, limits), tar),
    reading(),
  ])
  const reasons = [read, flow].flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []))
  if (reasons.length === 0) return entries.files
  throw reasons.find((reason) => reason instanceof ScanError) ?? unreadable(name, reasons)
}

const entryOf = ({ name, type, size }: Header) => ({
  path: name,
  kind: KINDS[type ?? 'file'] ?? ('other' as const),
  size: size ?? 0,
})

/** Headers, names and padding count as well: an archive can be all headers. */
function unpackedLimit(name: string, limits: ArchiveLimits): Transform {
  const most = { ...limits, bytes: 2 * limits.bytes }
  let bytes = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      try {
        bytes += chunk.length
        assertBytes(name, bytes, most)
        done(null, chunk)
      } catch (error) {
        done(error as Error)
      }
    },
  })
}

const CAUSES: readonly { when: RegExp; why: string; hint: string }[] = [
  {
    when: /^E[A-Z]+$/,
    why: 'cannot be read',
    hint: 'check its owner and mode',
  },
  {
    when: /Z_BUF_ERROR|Unexpected end of data/,
    why: 'is cut off: it ends too early',
    hint: 'download or pack it again',
  },
  {
    when: /incorrect header check|unknown compression method/,
    why: 'is not a tar.gz archive',
    hint: '`inspec archive` and `tar czf` make such archives',
  },
  {
    when: /Z_DATA_ERROR/,
    why: 'is damaged: its compressed data or checksum is wrong',
    hint: 'download or pack it again',
  },
  {
    when: /Invalid tar header|Invalid header|Header exceeds/,
    why: 'is compressed, but what is inside is not a tar archive',
    hint: '`inspec archive` and `tar czf` make such archives',
  },
]

function unreadable(name: string, reasons: readonly unknown[]): ScanError {
  const texts = reasons.map((reason) => {
    const { code = '', message = '' } = reason as { code?: string; message?: string }
    return { code, text: `${code} ${message}` }
  })
  const cause = CAUSES.find(({ when }) => texts.some(({ code, text }) => when.test(code) || when.test(text)))
  const { why, hint } = cause ?? CAUSES[2]!
  const zip = name.endsWith('.zip') ? 'unpack it and give the folder; ' : ''
  return refuseProfile(`${name} ${why}`, `${zip}${hint}`, reasons[0])
}
