import { createHash } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { HttpClient } from '@actions/http-client'
import { EXIT, ScanError } from '../errors.ts'
import { makeFolders } from '../folders.ts'
import { type FetchAccess, tokenFor } from './access.ts'
import { refusedOffline } from './git.ts'
import { type ArchiveReference, withoutCredentials } from './reference.ts'

/** Bytes an archive may have. */
const MAX_BYTES = 100 * 1024 * 1024
/** Seconds a download may take, and how long a server may be silent meanwhile. */
const LIMIT_S = 120
const SILENCE_S = 30
const MAX_REDIRECTS = 5

const refuse = (what: string, why: string, hint: string, cause?: unknown) =>
  new ScanError(`${what} ${why}`, { exitCode: EXIT.usage, hint, cause })

/**
 * Downloads an archive, with the proxies of the environment. A pinned one is kept in the cache and taken from it.
 * @throws ScanError (exit 2) when it cannot be had, is too large, or is not what its `sha256` says.
 */
export async function downloadArchive(
  reference: ArchiveReference,
  access: FetchAccess,
): Promise<{ data: Buffer; sha256: string }> {
  const what = withoutCredentials(reference.url)
  const kept = reference.sha256 === undefined ? undefined : join(access.cache, 'archive', reference.sha256)
  const cached = kept === undefined ? undefined : await readFile(kept).catch(() => undefined)
  if (cached && sha256Of(cached) === reference.sha256) return { data: cached, sha256: reference.sha256 }
  if (access.offline) throw refusedOffline(what)
  access.onProgress(`downloading ${what}`)
  const data = await download(reference.url, access)
  const sha256 = sha256Of(data)
  if (reference.sha256 !== undefined && reference.sha256 !== sha256) {
    throw refuse(
      what,
      `has the digest sha256=${sha256}, not the one in the reference`,
      'the archive has changed since it was pinned: look at what is new, then pin that',
    )
  }
  if (kept !== undefined) await keep(kept, data)
  return { data, sha256 }
}

const sha256Of = (data: Buffer) => createHash('sha256').update(data).digest('hex')

async function keep(path: string, data: Buffer): Promise<void> {
  try {
    await makeFolders(join(path, '..'))
    await writeFile(`${path}.${process.pid}.new`, data)
    await rename(`${path}.${process.pid}.new`, path)
  } catch {
    // a cache that cannot be written to is no cache: the next run downloads again
  }
}

async function download(address: string, access: FetchAccess): Promise<Buffer> {
  const limit = AbortSignal.timeout(LIMIT_S * 1000)
  const signal = AbortSignal.any([access.signal, limit])
  const what = withoutCredentials(address)
  const client = new HttpClient('sidecar-scan', [], { allowRedirects: false, socketTimeout: SILENCE_S * 1000 })
  try {
    return await Promise.race([follow(client, address, access, signal), aborted(signal)])
  } catch (cause) {
    access.signal.throwIfAborted()
    if (cause instanceof ScanError) throw cause
    if (limit.aborted)
      throw refuse(what, `did not arrive within ${LIMIT_S} s`, 'download it in an earlier step, and give the path')
    throw refuse(
      what,
      `cannot be downloaded: ${reasonOf(cause)}`,
      'check that this machine reaches the server; download the archive in an earlier step, and give the path',
      cause,
    )
  } finally {
    client.dispose()
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its host name is unknown',
  EAI_AGAIN: 'its host name cannot be resolved',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  ETIMEDOUT: 'the server does not answer',
  ERR_STREAM_PREMATURE_CLOSE: 'the connection was cut',
}

function reasonOf(cause: unknown): string {
  const { code, message } = cause as { code?: string; message?: string }
  return REASONS[code ?? ''] ?? message?.split('\n')[0] ?? 'unknown reason'
}

async function follow(client: HttpClient, address: string, access: FetchAccess, signal: AbortSignal): Promise<Buffer> {
  const what = withoutCredentials(address)
  let url = address
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    const token = tokenFor(url, access)
    const { message } = await client.get(url, token === undefined ? {} : { authorization: `Bearer ${token}` })
    const status = message.statusCode ?? 0
    if (status === 200) return await bodyOf(message, what, signal)
    message.resume()
    if (![301, 302, 303, 307, 308].includes(status)) throw refusedStatus(what, status)
    url = redirected(url, message.headers.location, what)
  }
  throw refuse(what, `is redirected more than ${MAX_REDIRECTS} times`, 'give the address of the archive itself')
}

function redirected(from: string, location: string | undefined, what: string): string {
  const to = location === undefined ? null : URL.parse(location, from)
  if (to === null) throw refuse(what, 'is redirected to nowhere', 'give the address of the archive itself')
  if (to.protocol !== new URL(from).protocol)
    throw refuse(
      what,
      `is redirected from ${new URL(from).protocol}// to ${to.protocol}//, which is not followed`,
      `give the address of the archive itself: ${withoutCredentials(to.href)}`,
    )
  return to.href
}

function refusedStatus(what: string, status: number): ScanError {
  if (status === 404 || status === 410)
    return refuse(what, 'does not exist (HTTP 404)', 'check the address; for a private repository give `token`')
  if (status === 401 || status === 403)
    return refuse(
      what,
      `may not be downloaded (HTTP ${status})`,
      'it needs credentials: give `token`, or download it in an earlier step',
    )
  return refuse(what, `cannot be downloaded (HTTP ${status})`, 'try again later, or download it in an earlier step')
}

async function bodyOf(message: IncomingMessage, what: string, signal: AbortSignal): Promise<Buffer> {
  const tooLarge = () =>
    refuse(what, `has more than ${MAX_BYTES / 1024 / 1024} MiB`, 'pack the profile alone: `inspec archive` does')
  const declared = Number(message.headers['content-length'] ?? Number.NaN)
  if (declared > MAX_BYTES) {
    message.destroy()
    throw tooLarge()
  }
  const stop = () => message.destroy()
  signal.addEventListener('abort', stop, { once: true })
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of message as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > MAX_BYTES) throw tooLarge()
      chunks.push(chunk)
    }
  } finally {
    signal.removeEventListener('abort', stop)
    message.destroy()
  }
  if (!message.complete || (!Number.isNaN(declared) && bytes !== declared))
    throw refuse(
      what,
      `is cut off: ${bytes} of ${declared} bytes arrived`,
      'run again; if it happens again, the server has a fault',
    )
  return Buffer.concat(chunks)
}
