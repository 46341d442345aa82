import { createReadStream } from 'node:fs'
import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { basename, join, relative, resolve, sep } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { extract } from 'tar-stream'
import { EXIT, ScanError } from '../errors.ts'
import type { ArchiveFile } from './archive.ts'

/** Unpacked bytes of a profile above which it is refused: a profile is text, and it travels in ConfigMaps. */
const MAX_PROFILE = 64 * 1024 * 1024
/** Folders that are never part of a profile. */
const NEVER = new Set(['.git', 'node_modules', '.bundle'])

const refuse = (why: string, hint: string, cause?: unknown) =>
  new ScanError(`profile ${why}`, { exitCode: EXIT.usage, hint, cause })

/**
 * Reads a profile's files, paths relative to its inspec.yml: from a folder, a .tar.gz archive, or a built-in profile's
 * name (a folder below `builtIn`). Links inside the folder are followed, links out of it refused.
 * @throws ScanError (exit 2) when there is no such profile or it is too large.
 */
export async function readProfile(profile: string, builtIn: string): Promise<ArchiveFile[]> {
  const path = await locate(profile, builtIn)
  const files = (await stat(path)).isDirectory() ? await readFolder(path) : await readArchive(path)
  if (files.length === 0) throw refuse(`${profile} is empty`, 'a profile is a folder with inspec.yml and controls/*.rb')
  return files
}

async function locate(profile: string, builtIn: string): Promise<string> {
  const here = resolve(profile)
  if (await exists(here)) return here
  const names = (await readdir(builtIn)).sort()
  if (names.includes(profile)) return join(builtIn, profile)
  if (/^(https?|git|ssh):|^[\w-]+\/[\w-]+$/.test(profile) && !profile.startsWith('.')) {
    throw refuse(
      `${profile} is not a folder here`,
      'nothing is downloaded at run time: check it out or run `inspec archive` in an earlier step, and give the path',
    )
  }
  throw refuse(
    `${profile} does not exist`,
    `give a folder, a .tar.gz archive, or a built-in profile: ${names.join(', ')}`,
  )
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
  let total = 0
  const walk = async (directory: string, trail: readonly string[]): Promise<void> => {
    for (const entry of await readdir(directory, { withFileTypes: true })) {
      if (NEVER.has(entry.name)) continue
      const path = join(directory, entry.name)
      const shown = relative(root, path)
      const real = entry.isSymbolicLink() ? await followLink(path, shown, root) : path
      const kind = entry.isSymbolicLink() ? await stat(real) : entry
      if (kind.isDirectory()) {
        if (trail.includes(real)) throw refuse(`has a link that leads back to itself: ${shown}`, 'remove the link')
        await walk(path, [...trail, real])
      } else if (kind.isFile()) {
        const data = await readFile(real).catch((cause) => {
          throw refuse(`file ${shown} cannot be read (${cause.code})`, 'change its owner or mode', cause)
        })
        total = within(total + data.length)
        files.push({ path: shown.split(sep).join('/'), data })
      }
    }
  }
  await walk(root, [root])
  return files
}

async function followLink(path: string, shown: string, root: string): Promise<string> {
  const real = await realpath(path).catch((cause) => {
    throw refuse(`has a link that leads nowhere: ${shown}`, 'remove or mend the link', cause)
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
  const unreadable = (cause: unknown) => {
    const zip = path.endsWith('.zip') ? 'unpack it and give the folder; ' : ''
    return refuse(
      `${basename(path)} is not a tar.gz archive`,
      `${zip}\`inspec archive\` and \`tar czf\` make such archives`,
      cause,
    )
  }
  const files: ArchiveFile[] = []
  let total = 0
  const reading = async (tar: ReturnType<typeof extract>): Promise<void> => {
    for await (const entry of tar) {
      const { name, type } = entry.header
      if (type === 'file') {
        const data = await buffer(entry)
        total = within(total + data.length)
        files.push({ path: safePath(name), data })
      } else {
        entry.resume()
        if (type === 'symlink' || type === 'link')
          throw refuse(`${basename(path)} holds a link: ${name}`, 'pack it with `tar --dereference`')
      }
    }
  }
  const tar = extract()
  const done = reading(tar)
  // both ends report a broken archive; the first to speak is enough
  done.catch(() => {})
  try {
    await pipeline(createReadStream(path), createGunzip(), tar)
    await done
  } catch (cause) {
    throw cause instanceof ScanError ? cause : unreadable(cause)
  }
  return withoutTopFolder(files)
}

/** Archives of a repository or of `tar czf x.tgz folder` have one folder on top. */
function withoutTopFolder(files: ArchiveFile[]): ArchiveFile[] {
  if (files.some(({ path }) => path === 'inspec.yml')) return files
  const tops = new Set(files.map(({ path }) => path.split('/')[0]!))
  const [top] = tops
  if (tops.size !== 1 || !files.some(({ path }) => path === `${top}/inspec.yml`)) return files
  return files.map(({ path, data }) => ({ path: path.slice(top!.length + 1), data }))
}

function safePath(name: string): string {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.includes('..') || name.startsWith('/') || parts.length === 0)
    throw refuse(`archive names a file outside itself: ${name}`, 'pack it anew')
  return parts.join('/')
}

function within(total: number): number {
  if (total > MAX_PROFILE)
    throw refuse(`has more than ${MAX_PROFILE / 1024 / 1024} MiB`, 'leave out what is not part of the profile')
  return total
}
