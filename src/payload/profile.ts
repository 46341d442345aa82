import { createReadStream } from 'node:fs'
import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { basename, join, relative, resolve, sep } from 'node:path'
import type { ArchiveFile } from './archive.ts'
import { type ArchiveLimits, assertBytes, assertCount, refuseProfile as refuse } from './entries.ts'
import { readTarGz } from './tar-gz.ts'

/** Unpacked, above which a profile is refused: it is text, and it travels in ConfigMaps. */
const LIMITS: ArchiveLimits = { bytes: 64 * 1024 * 1024, entries: 10_000 }
/** Folders that are never part of a profile. */
const NEVER = new Set(['.git', 'node_modules', '.bundle'])

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
  const name = basename(root)
  let bytes = 0
  let count = 0
  const walk = async (directory: string, trail: readonly string[]): Promise<void> => {
    for (const entry of await readdir(directory, { withFileTypes: true })) {
      if (NEVER.has(entry.name)) continue
      count++
      assertCount(name, count, LIMITS)
      const path = join(directory, entry.name)
      const shown = relative(root, path)
      const real = entry.isSymbolicLink() ? await followLink(path, shown, root) : path
      const kind = entry.isSymbolicLink() ? await stat(real) : entry
      if (kind.isDirectory()) {
        if (trail.includes(real)) throw refuse(`has a link that leads back to itself: ${shown}`, 'remove the link')
        await walk(path, [...trail, real])
      } else if (kind.isFile()) {
        assertBytes(name, bytes + (await stat(real)).size, LIMITS)
        const data = await readFile(real).catch((cause) => {
          throw refuse(`file ${shown} cannot be read (${cause.code})`, 'change its owner or mode', cause)
        })
        bytes += data.length
        assertBytes(name, bytes, LIMITS)
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
  return withoutTopFolder(await readTarGz(createReadStream(path), basename(path), LIMITS))
}

/** Archives of a repository or of `tar czf x.tgz folder` have one folder on top. */
function withoutTopFolder(files: ArchiveFile[]): ArchiveFile[] {
  if (files.some(({ path }) => path === 'inspec.yml')) return files
  const tops = new Set(files.map(({ path }) => path.split('/')[0]!))
  const [top] = tops
  if (tops.size !== 1 || !files.some(({ path }) => path === `${top}/inspec.yml`)) return files
  return files.map(({ path, data }) => ({ path: path.slice(top!.length + 1), data }))
}
