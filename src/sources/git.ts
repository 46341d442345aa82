import { createHash } from 'node:crypto'
import { mkdtemp, rename, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, posix } from 'node:path'
import { EXIT, ScanError } from '../errors.ts'
import { makeFolders } from '../folders.ts'
import type { ArchiveFile } from '../payload/archive.ts'
import type { FetchAccess } from './access.ts'
import { explainGit } from './git-errors.ts'
import { type Git, gitIn } from './git-program.ts'
import { type GitReference, isPinned, referenceText, withoutCredentials } from './reference.ts'
import { below, resolveInside, type Tree } from './tree.ts'

/** Bytes of the files of a repository that are read. */
const MAX_BYTES = 100 * 1024 * 1024
const MAX_LINKS = 16

/** The files of a repository at one commit. */
interface Checkout {
  readonly commit: string
  readonly tree: Tree
}

/** An entry of `git ls-tree`: mode, object, path. */
interface Entry {
  readonly mode: string
  readonly object: string
  readonly path: string
}

/**
 * Fetches one commit of a repository with the machine's git: nothing of the history, no submodules. Files are read from git's
 * objects, so that no hook, filter or link of the repository acts here.
 * @throws ScanError (exit 2) when it cannot be had, with git's reason.
 */
export async function fetchRepository(reference: GitReference, access: FetchAccess): Promise<Checkout> {
  const kept = isPinned(reference) ? join(access.cache, 'git', digest(reference.url), reference.ref!) : undefined
  if (kept !== undefined && (await isIntact(kept, reference, access))) return await checkout(kept, reference, access)
  if (access.offline) throw refusedOffline(referenceText(reference))
  const folder = await newFolder(kept)
  try {
    access.onProgress(`fetching ${referenceText(reference)}`)
    await fetchCommit(folder, reference, access)
    const found = await checkout(folder, reference, access)
    // read before the folder goes or moves
    const files = await found.tree.read('')
    const tree = inMemory(reference, files)
    if (kept !== undefined) await keep(folder, kept)
    return { commit: found.commit, tree }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Beside where it is kept, so that it can be moved there; else among the temporary folders. */
async function newFolder(kept: string | undefined): Promise<string> {
  const made =
    kept &&
    (await makeFolders(join(kept, '..')).then(
      () => mkdtemp(`${kept}.new-`),
      () => undefined,
    ))
  return made ?? (await mkdtemp(join(tmpdir(), 'sidecar-scan-git-')))
}

export function refusedOffline(what: string): ScanError {
  return new ScanError(`${what} would have to be fetched, but \`offline\` is true`, {
    exitCode: EXIT.usage,
    hint: 'give a folder or an archive that is on this machine, or a pinned reference that an earlier run has put into the cache',
  })
}

function inMemory(reference: GitReference, files: readonly ArchiveFile[]): Tree {
  const name = withoutCredentials(reference.url)
  return {
    name,
    resolve: (folder, path) => resolveInside(name, folder, path),
    read: async (folder) => below(name, folder, files),
  }
}

async function fetchCommit(folder: string, { url, ref }: GitReference, access: FetchAccess): Promise<void> {
  const git = gitIn(folder, url, access)
  await git(['init', '--quiet', '--bare', '.'], 'git cannot make a repository')
  const wanted = ref ?? 'HEAD'
  const shallow = await git.try(['fetch', '--quiet', '--no-tags', '--depth=1', '--', url, wanted])
  if (shallow.exitCode === 0) return
  // a server may refuse single commits, and git short ones: then the branches and tags are searched
  if (ref === undefined || !/^[0-9a-f]{7,40}$/.test(ref)) throw explainGit(shallow, url, ref)
  const whole = await git.try(['fetch', '--quiet', '--', url, '+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'])
  if (whole.exitCode !== 0) throw explainGit(whole, url, ref)
  const found = await git.try(['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`])
  if (found.exitCode !== 0) throw explainGit({ ...found, stderr: "couldn't find remote ref" }, url, ref)
  await git(['update-ref', '--no-deref', 'FETCH_HEAD', found.stdout.trim()], 'git cannot note the commit')
}

async function checkout(folder: string, reference: GitReference, access: FetchAccess): Promise<Checkout> {
  const git = gitIn(folder, reference.url, access)
  const commit = (await git(['rev-parse', '--verify', 'FETCH_HEAD^{commit}'], 'git found no commit')).stdout.trim()
  const listed = await git(['ls-tree', '-r', '-z', '--full-tree', commit], 'git cannot list the files')
  const entries = listed.stdout
    .split('\0')
    .filter((line) => line !== '')
    .map((line): Entry => {
      const [, mode, object, path] = /^(\d+) \w+ ([0-9a-f]+)\t(.*)$/s.exec(line)!
      return { mode: mode!, object: object!, path: path! }
    })
    // a commit of another repository: submodules are not fetched
    .filter(({ mode }) => mode !== '160000')
  const name = withoutCredentials(reference.url)
  return {
    commit,
    tree: {
      name,
      resolve: (from, path) => resolveInside(name, from, path),
      read: async (wanted) => below(name, wanted, await readEntries(git, entries, reference)),
    },
  }
}

/** All files with their content; a link inside the repository stands for the file it leads to. */
async function readEntries(git: Git, entries: readonly Entry[], reference: GitReference): Promise<ArchiveFile[]> {
  const chunks: Buffer[] = []
  let total = 0
  const result = await git.try(['cat-file', '--batch', '--buffer'], {
    input: entries.map(({ object }) => `${object}\n`).join(''),
    onOutput: (chunk) => {
      total += chunk.length
      if (total <= MAX_BYTES) chunks.push(chunk)
    },
  })
  if (total > MAX_BYTES) throw tooLarge(reference)
  if (result.exitCode !== 0) throw explainGit(result, reference.url, reference.ref)
  const contents = batchContents(Buffer.concat(chunks), entries)
  const files = new Map(entries.map(({ path, mode }, index) => [path, { mode, data: contents[index]! }]))
  return [...files.keys()].flatMap((path) => {
    const data = followed(path, files)
    return data === undefined ? [] : [{ path, data }]
  })
}

/** Output of `git cat-file --batch`: `OBJECT TYPE SIZE`, a line feed, the content, a line feed. */
function batchContents(output: Buffer, entries: readonly Entry[]): Buffer[] {
  let at = 0
  return entries.map(({ path }) => {
    const end = output.indexOf(10, at)
    const size = Number(/^[0-9a-f]+ blob (\d+)$/.exec(output.toString('latin1', at, end))?.[1] ?? Number.NaN)
    if (end < 0 || Number.isNaN(size)) throw unreadable(path)
    at = end + 1 + size + 1
    return output.subarray(end + 1, end + 1 + size)
  })
}

const unreadable = (path: string) =>
  new ScanError(`git cannot read ${path} of the repository`, {
    exitCode: EXIT.usage,
    hint: 'clone it and give the folder',
  })

/** The content a path leads to; undefined for a link that leads out of the repository or to no file. */
function followed(path: string, files: ReadonlyMap<string, { mode: string; data: Buffer }>): Buffer | undefined {
  let at = path
  for (let links = 0; links < MAX_LINKS; links++) {
    const file = files.get(at)
    if (file?.mode !== '120000') return file?.data
    at = posix.normalize(posix.join(posix.dirname(at), file.data.toString('utf8')))
  }
  return undefined
}

const tooLarge = (reference: GitReference) =>
  new ScanError(`${referenceText(reference)} has more than ${MAX_BYTES / 1024 / 1024} MiB of files`, {
    exitCode: EXIT.usage,
    hint: 'clone it, and give the folder of the profile alone',
  })

/** A repository in the cache counts only when every object in it is what its name says. */
async function isIntact(folder: string, reference: GitReference, access: FetchAccess): Promise<boolean> {
  if (!(await stat(folder).catch(() => undefined))) return false
  const git = gitIn(folder, reference.url, access)
  const commit = await git.try(['rev-parse', '--verify', '--quiet', 'FETCH_HEAD^{commit}'])
  if (commit.stdout.trim() !== reference.ref) return false
  return (await git.try(['fsck', '--full', '--no-dangling', '--no-progress', reference.ref])).exitCode === 0
}

async function keep(folder: string, kept: string): Promise<void> {
  try {
    await rm(kept, { recursive: true, force: true })
    await rename(folder, kept)
  } catch {
    // a cache that cannot be written to is no cache: the next run fetches again
  }
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex')
