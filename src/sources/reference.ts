import { EXIT, ScanError } from '../errors.ts'

/** A repository at a ref (branch, tag or commit; the default branch without one), and the folder of the profile in it. */
export interface GitReference {
  readonly kind: 'git'
  readonly url: string
  readonly ref: string | undefined
  /** Without slashes at its ends; empty for the top of the repository. */
  readonly folder: string
}

/** An archive to download: `sha256`, in hexadecimal, pins it. */
export interface ArchiveReference {
  readonly kind: 'archive'
  readonly url: string
  readonly sha256: string | undefined
}

/** A folder, an archive or the name of a built-in profile, as the user wrote it. */
interface LocalReference {
  readonly kind: 'local'
  readonly path: string
}

type ProfileReference = GitReference | ArchiveReference | LocalReference
export type RemoteReference = GitReference | ArchiveReference

const refuse = (text: string, why: string, hint: string) =>
  new ScanError(`profile \`${withoutCredentials(text)}\` ${why}`, { exitCode: EXIT.usage, hint })

const FORMS =
  'write https://host/profile.tar.gz, git+https://host/owner/repo@ref//folder, or owner/repo@ref for a repository on GitHub'
const COMMIT = /^[0-9a-f]{40}$/

/** Whether what the reference leads to can never change. */
export function isPinned(reference: RemoteReference): boolean {
  return reference.kind === 'git' ? COMMIT.test(reference.ref ?? '') : reference.sha256 !== undefined
}

/** A reference in words for logs and reports: in the form the user would write it, without credentials. */
export function referenceText(reference: ProfileReference): string {
  if (reference.kind === 'local') return reference.path
  if (reference.kind === 'archive') return withoutCredentials(reference.url)
  const { url, ref, folder } = reference
  return `${withoutCredentials(url)}${ref === undefined ? '' : `@${ref}`}${folder === '' ? '' : `//${folder}`}`
}

/**
 * Reads one line of the input `profile`. `server` is the address that the short form `owner/repo@ref` stands for.
 * @throws ScanError (exit 2) for a form that nobody can fetch.
 */
export function parseReference(text: string, server: string): ProfileReference {
  if (/^(supermarket|compliance|s3|gs|oci|docker):/i.test(text)) throw noSuchSource(text)
  if (/^git\+/i.test(text)) return gitPlus(text)
  if (/^(git@[^:/]+:|ssh:\/\/)/.test(text)) return git(text, text)
  if (/^https?:\/\//i.test(text)) return web(text)
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) throw refuse(text, 'has an address of an unknown kind', FORMS)
  const short = /^([\w-][\w.-]*\/[\w-][\w.-]*)(@[^@]+)$/.exec(text)
  if (short) return git(`${server}/${short[1]}.git${short[2]}`, text)
  return { kind: 'local', path: text }
}

function noSuchSource(text: string): ScanError {
  const [, kind] = /^(\w+):/.exec(text)!
  return refuse(
    text,
    `would come from ${kind}, which is not fetched`,
    kind === 'supermarket' || kind === 'compliance'
      ? 'name the git repository of the profile, as in git+https://host/owner/repo@v1.0.0, or download its archive in an earlier step'
      : `download it in an earlier step and give the path; or ${FORMS}`,
  )
}

function gitPlus(text: string): GitReference {
  const address = text.replace(/^git\+/i, '')
  if (!/^(https?|ssh|file):\/\//.test(address)) throw refuse(text, 'has an address that git cannot fetch', FORMS)
  return git(address, text)
}

/** `URL[@REF][//FOLDER]`: the ref follows the last `@` of the path, the folder the first `//` of it. */
function git(address: string, text: string): GitReference {
  const start = address.includes('://') ? address.indexOf('/', address.indexOf('://') + 3) : address.indexOf(':')
  if (start < 0 || start === address.length - 1) throw refuse(text, 'names no repository', FORMS)
  const [host, path] = [address.slice(0, start), address.slice(start)]
  const at = path.lastIndexOf('@')
  const cut = path.indexOf('//', 1)
  // a folder may hold an `@`, a ref may hold single slashes
  const end = at > 0 && (cut < 0 || at < cut) ? at : cut < 0 ? path.length : cut
  const refEnd = cut < 0 ? path.length : cut
  const ref = end < refEnd ? path.slice(end + 1, refEnd) : undefined
  const url = host + path.slice(0, end)
  return {
    kind: 'git',
    url,
    ref: checkedRef(ref, text),
    folder: checkedFolder(cut < 0 ? '' : path.slice(cut + 2), text),
  }
}

/** What git takes for a name (git-check-ref-format), and never for an option. */
export function checkedRef(ref: string | undefined, text: string): string | undefined {
  if (ref === undefined) return undefined
  const forbidden = /^-|^\/|\/$|\.\.|@\{|[\u0000-\u0020\u007f~^:?*[\\]|\.lock$|\.$|^$/
  if (!forbidden.test(ref)) return ref
  throw refuse(text, `has \`${ref}\` as its ref, which is no name of a branch, tag or commit`, FORMS)
}

export function checkedFolder(folder: string, text: string): string {
  const parts = folder.split('/').filter((part) => part !== '' && part !== '.')
  if (!parts.includes('..')) return parts.join('/')
  throw refuse(text, 'names a folder outside the repository', 'write the folder as it lies in the repository')
}

/** GitHub's pages of a repository stand for the repository, as InSpec reads them; anything else is an archive. */
function web(text: string): RemoteReference {
  const url = URL.parse(text)
  if (!url?.hostname) throw refuse(text, 'is not a valid address', FORMS)
  const [address, fragment] = [text.split('#')[0]!, url.hash.slice(1)]
  if (/\.git\/?$/.test(url.pathname) || /\.git(@|\/\/)/.test(url.pathname)) return git(address, text)
  if (url.hostname === 'github.com') {
    const page = /^\/([^/]+\/[^/]+?)\/?(?:\/tree\/(.+?)\/?)?$/.exec(url.pathname)
    if (page) return git(`${url.origin}/${page[1]}.git${page[2] === undefined ? '' : `@${page[2]}`}`, text)
  }
  const sha256 = fragment === '' ? undefined : /^sha256[=:]([0-9a-fA-F]{64})$/.exec(fragment)?.[1]?.toLowerCase()
  if (fragment !== '' && sha256 === undefined)
    throw refuse(
      text,
      `ends in \`#${fragment.slice(0, 20)}\``,
      'pin an archive with `#sha256=` and its 64 hexadecimal digits',
    )
  return { kind: 'archive', url: address, sha256 }
}

/** An address without user and password. */
export function withoutCredentials(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1')
}
