import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { ScanError } from '../../src/errors.ts'
import type { FetchAccess } from '../../src/sources/access.ts'
import { downloadArchive } from '../../src/sources/download.ts'
import { type FileServer, redirect, startFileServer } from './file-server.ts'

jest.setTimeout(60_000)
const ARCHIVE = Buffer.from('an archive, or so it says')
const SHA256 = createHash('sha256').update(ARCHIVE).digest('hex')
let server: FileServer
let other: FileServer
let scratch: string

beforeAll(async () => {
  server = await startFileServer()
  other = await startFileServer()
  scratch = await mkdtemp(join(tmpdir(), 'download-test-'))
  server.serve('/p.tar.gz', ARCHIVE)
  other.serve('/p.tar.gz', ARCHIVE)
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await other[Symbol.asyncDispose]()
  await rm(scratch, { recursive: true, force: true })
})

function access(overrides: Partial<FetchAccess> = {}): FetchAccess {
  return {
    signal: AbortSignal.timeout(60_000),
    env: {},
    offline: false,
    cache: join(scratch, 'cache'),
    token: undefined,
    onProgress: () => {},
    ...overrides,
  }
}

const fetched = (path: string, sha256?: string, how = access()) =>
  downloadArchive({ kind: 'archive', url: path.startsWith('/') ? server.url + path : path, sha256 }, how)

async function refusal(work: Promise<unknown>): Promise<ScanError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof ScanError) return error
  throw new Error(`not refused: ${String(error)}`)
}

describe('an archive', () => {
  test('is downloaded, with its digest', async () => {
    expect(await fetched('/p.tar.gz')).toEqual({ data: ARCHIVE, sha256: SHA256 })
  })

  test.each([301, 302, 303, 307, 308])('is found behind a redirect %d, also to another server', async (status) => {
    server.serve('/moved', redirect('p.tar.gz', status))
    server.serve('/away', redirect(`${other.url}/p.tar.gz`, status))
    expect((await fetched('/moved')).data).toEqual(ARCHIVE)
    expect((await fetched('/away')).data).toEqual(ARCHIVE)
  })

  test('that is pinned is taken from the cache, if it is what it says', async () => {
    const cache = await mkdtemp(join(scratch, 'cache-'))
    expect((await fetched('/p.tar.gz', SHA256, access({ cache }))).data).toEqual(ARCHIVE)
    const before = server.requests.length
    expect((await fetched('/p.tar.gz', SHA256, access({ cache, offline: true }))).data).toEqual(ARCHIVE)
    expect(server.requests.length).toBe(before)
    await writeFile(join(cache, 'archive', SHA256), 'something else')
    expect((await fetched('/p.tar.gz', SHA256, access({ cache }))).data).toEqual(ARCHIVE)
    expect(server.requests.length).toBe(before + 1)
    expect(await readdir(join(cache, 'archive'))).toEqual([SHA256])
  })

  test('a cache that cannot be written to is no obstacle', async () => {
    await writeFile(join(scratch, 'file'), '')
    const cache = join(scratch, 'file', 'cache')
    expect((await fetched('/p.tar.gz', SHA256, access({ cache }))).data).toEqual(ARCHIVE)
  })
})

describe('what is refused', () => {
  test('another digest than the pinned one, before it is kept', async () => {
    const cache = await mkdtemp(join(scratch, 'cache-'))
    const wrong = 'ab'.repeat(32)
    const { message, exitCode } = await refusal(fetched('/p.tar.gz', wrong, access({ cache })))
    expect(exitCode).toBe(2)
    expect(message).toBe(`${server.url}/p.tar.gz has the digest sha256=${SHA256}, not the one in the reference`)
    expect(await readdir(cache)).toEqual([])
  })

  test.each([
    [404, 'does not exist (HTTP 404)'],
    [403, 'may not be downloaded (HTTP 403)'],
    [500, 'cannot be downloaded (HTTP 500)'],
  ])('HTTP %d', async (status, why) => {
    server.serve('/status', (_, response) => void response.writeHead(status).end())
    expect((await refusal(fetched('/status'))).message).toBe(`${server.url}/status ${why}`)
  })

  test('a redirect to another scheme, to nowhere, or without end', async () => {
    for (const to of ['file:///etc/passwd', 'ftp://host.example/p', 'https://host.example/p']) {
      server.serve('/scheme', redirect(to))
      expect((await refusal(fetched('/scheme'))).message).toMatch(/ is redirected from http:\/\/ to \w+:\/\/, which/)
    }
    server.serve('/nowhere', (_, response) => void response.writeHead(302).end())
    expect((await refusal(fetched('/nowhere'))).message).toMatch('is redirected to nowhere')
    server.serve('/loop', redirect('/loop'))
    expect((await refusal(fetched('/loop'))).message).toMatch('is redirected more than 5 times')
  })

  test('a body that is cut off', async () => {
    server.serve('/cut', (_, response) => {
      response.writeHead(200, { 'content-length': 1000 }).write('only this')
      setTimeout(() => response.destroy(), 50)
    })
    expect((await refusal(fetched('/cut'))).message).toMatch(/cut/)
  })

  test('more than 100 MiB, declared or not, without reading it all', async () => {
    server.serve('/declared', (_, response) => {
      response.writeHead(200, { 'content-length': 200 * 1024 * 1024 }).write('x')
    })
    expect((await refusal(fetched('/declared'))).message).toMatch('has more than 100 MiB')
    let sent = 0
    server.serve('/endless', (_, response) => {
      const chunk = Buffer.alloc(1024 * 1024)
      response.writeHead(200)
      const more = () => {
        while (!response.destroyed && response.write(chunk)) sent++
        sent++
      }
      response.on('drain', more)
      more()
    })
    expect((await refusal(fetched('/endless'))).message).toMatch('has more than 100 MiB')
    expect(sent).toBeLessThan(200)
  })

  test('a server that is not there, and an abort in the middle', async () => {
    expect((await refusal(fetched('http://127.0.0.1:9/p'))).message).toBe(
      'http://127.0.0.1:9/p cannot be downloaded: the connection was refused',
    )
    server.serve('/slow', (_, response) => void response.writeHead(200).write('a'))
    const controller = new AbortController()
    const work = refusal(fetched('/slow', undefined, access({ signal: controller.signal })))
    setTimeout(() => controller.abort(new ScanError('interrupted by SIGINT', { exitCode: 130 })), 100)
    expect((await work).exitCode).toBe(130)
  })

  test('everything when offline', async () => {
    const before = server.requests.length
    expect((await refusal(fetched('/p.tar.gz', undefined, access({ offline: true })))).exitCode).toBe(2)
    expect(server.requests.length).toBe(before)
  })
})

test('the token goes to its own server, and does not follow a redirect away from it', async () => {
  const token = { host: new URL(server.url).host, value: 'only-for-this-server' }
  server.serve('/token', redirect(`${other.url}/p.tar.gz`))
  await fetched('/token', undefined, access({ token }))
  expect(server.requests.at(-1)).toEqual({ path: '/token', authorization: 'Bearer only-for-this-server' })
  expect(other.requests.at(-1)).toEqual({ path: '/p.tar.gz', authorization: undefined })
})
