import { createReadStream } from 'node:fs'
import { open, readdir, readFile, realpath, stat } from 'node:fs/promises'
import { basename, join, relative, resolve, sep } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { ArchiveFile } from './archive.ts'
import { type ArchiveLimits, assertBytes, assertCount, refuseProfile as refuse } from './entries.ts'
import { readTarGz } from './tar-gz.ts'

/** Unpacked, above which a profile is refused: it is text, and it travels in ConfigMaps. */
const PROFILE_LIMITS: ArchiveLimits = { bytes: 64 * 1024 * 1024, entries: 10_000 }
/** Folders that are never part of a profile. */
const NEVER = new Set(['.git', 'node_modules', '.bundle'])

/**
 * Reads a profile's files, paths relative to its inspec.yml: from a folder, a .tar.gz or .zip archive, or a built-in profile's
 * name (a folder below `builtIn`). Links inside the folder are followed, links out of it refused.
 * @throws ScanError (exit 2) when there is no such profile or it is too large.
 */
export async function readProfile(profile: string, builtIn: string): Promise<ArchiveFile[]> {
  return await readProfileAt(profile, (await locate(profile, builtIn)) ?? (await noSuchProfile(profile, builtIn)))
}

/** The files of a profile in a folder or an archive of this machine. @throws ScanError (exit 2). */
export async function readProfileAt(shown: string, path: string): Promise<ArchiveFile[]> {
  if (!(await exists(path)))
    throw refuse(`${shown} does not exist`, 'check the path, or `path` of the dependency in inspec.yml')
  const files = (await stat(path)).isDirectory() ? await readFolder(path) : await readArchive(path)
  if (files.length === 0) throw refuse(`${shown} is empty`, 'a profile is a folder with inspec.yml and controls/*.rb')
  return files
}

/** The folder or archive on this machine that a line of `profile` stands for; undefined where there is none. */
export async function locate(profile: string, builtIn: string): Promise<string | undefined> {
  const here = resolve(profile)
  if (await exists(here)) return here
  return (await readdir(builtIn)).includes(profile) ? join(builtIn, profile) : undefined
}

async function noSuchProfile(profile: string, builtIn: string): Promise<never> {
  const names = (await readdir(builtIn)).sort().join(', ')
  const github = /^[\w-]+\/[\w.-]+$/.test(profile)
    ? ` For a repository on GitHub, name its branch or tag: ${profile}@main`
    : ''
  throw refuse(`${profile} does not exist`, `give a folder, an archive, or a built-in profile: ${names}.${github}`)
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  )
}

async function readFolder(folder: string): Promise<ArchiveFile[]> {
  const root = await realpath(folder)
  const files: ArchiveFile[] = []
  const name = basename(root)
  let bytes = 0
  let count = 0
  const walk = async (directory: string, trail: readonly string[]): Promise<void> => {
    for (const entry of await readdir(directory, { withFileTypes: true })) {
      if (NEVER.has(entry.name)) continue
      count++
      assertCount(name, count, PROFILE_LIMITS)
      const path = join(directory, entry.name)
      const shown = relative(root, path)
      const real = entry.isSymbolicLink() ? await followLink(path, shown, root) : path
      const kind = entry.isSymbolicLink() ? await stat(real) : entry
      if (kind.isDirectory()) {
        if (trail.includes(real)) throw refuse(`has a link that leads back to itself: ${shown}`, 'remove the link')
        await walk(path, [...trail, real])
      } else if (kind.isFile()) {
        assertBytes(name, bytes + (await stat(real)).size, PROFILE_LIMITS)
        const data = await readFile(real).catch((cause) => {
          throw refuse(`file ${shown} cannot be read (${cause.code})`, 'change its owner or mode', cause)
        })
        bytes += data.length
        assertBytes(name, bytes, PROFILE_LIMITS)
        files.push({ path: shown.split(sep).join('/'), data })
      }
    }
  }
  await walk(root, [root])
  return files
}

async function followLink(path: string, shown: string, root: string): Promise<string> {
  const real = await realpath(path).catch((cause) => {
    throw refuse(`has a link that leads nowhere: ${shown}`, 'remove or fix the link', cause)
  })
  if (real !== root && !real.startsWith(root + sep)) {
    throw refuse(
      `has a link that leads out of it: ${shown}`,
      'copy the file into the profile, so that it travels with it',
    )
  }
  return real
}

async function readArchive(path: string): Promise<ArchiveFile[]> {
  return withoutTopFolder(await unpack(createReadStream(path), basename(path), await firstBytes(path)))
}

/** The files of an archive, by what it is and not by its name. */
async function unpack(content: Readable, name: string, start: string): Promise<ArchiveFile[]> {
  if (!start.startsWith('PK')) return await readTarGz(content, name, PROFILE_LIMITS)
  const { readZip } = await import('./zip.ts')
  return await readZip(await buffer(content), name, PROFILE_LIMITS)
}

/** The files of an archive that was downloaded, with its top folder. @throws ScanError (exit 2). */
export async function unpackArchive(data: Buffer, name: string): Promise<ArchiveFile[]> {
  return await unpack(Readable.from([data]), name, data.toString('latin1', 0, 2))
}

async function firstBytes(path: string): Promise<string> {
  await using file = await open(path)
  const { buffer: bytes } = await file.read({ buffer: Buffer.alloc(2) })
  return bytes.toString('latin1')
}

/** Archives of a repository or of `tar czf x.tgz folder` have one folder on top. */
export function withoutTopFolder(files: ArchiveFile[]): ArchiveFile[] {
  if (files.some(({ path }) => path === 'inspec.yml')) return files
  const [top, ...more] = new Set(files.map(({ path }) => path.split('/')[0]!))
  if (top === undefined || more.length > 0 || !files.some(({ path }) => path === `${top}/inspec.yml`)) return files
  return files.map(({ path, data }) => ({ path: path.slice(top.length + 1), data }))
}
