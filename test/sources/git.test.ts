import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync, inflateSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { ScanError } from '../../src/errors.ts'
import type { FetchAccess } from '../../src/sources/access.ts'
import { fetchRepository } from '../../src/sources/git.ts'
import type { GitReference } from '../../src/sources/reference.ts'
import { type GitServer, startGitServer } from './git-server.ts'

jest.setTimeout(60_000)
const TOKEN = 'ghp_only-for-this-server'
let server: GitServer
let scratch: string
let first: string
let second: string

beforeAll(async () => {
  server = await startGitServer(TOKEN)
  scratch = await mkdtemp(join(tmpdir(), 'git-test-'))
  first = await server.commit(
    'o/r.git',
    { 'inspec.yml': 'name: r\nversion: 1.0.0\n', 'controls/a.rb': '# one' },
    { tag: 'v1' },
  )
  second = await server.commit('o/r.git', { 'controls/a.rb': '# two', 'sub/inspec.yml': 'name: sub\n' })
  await server.commit('o/r.git', { 'controls/a.rb': '# branch' }, { branch: 'feature/x' })
  await server.commit('private/r.git', { 'inspec.yml': 'name: secret\n' })
  await server.commit(
    'o/links.git',
    { 'inspec.yml': 'name: l\n', 'real/a.rb': '# real' },
    {
      links: {
        'controls/a.rb': '../real/a.rb',
        'controls/out.rb': '../../../etc/passwd',
        'controls/gone.rb': 'nothing',
      },
    },
  )
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rm(scratch, { recursive: true, force: true })
})

function access(overrides: Partial<FetchAccess> = {}): FetchAccess {
  return {
    signal: AbortSignal.timeout(60_000),
    env: process.env,
    offline: false,
    cache: join(scratch, 'cache'),
    token: undefined,
    onProgress: () => {},
    ...overrides,
  }
}

const reference = (ref?: string, name = 'o/r.git', folder = ''): GitReference => ({
  kind: 'git',
  url: `${server.url}/${name}`,
  ref,
  folder,
})

async function filesOf(one: GitReference, how = access()): Promise<{ commit: string; files: Record<string, string> }> {
  const { commit, tree } = await fetchRepository(one, how)
  const files = await tree.read(one.folder)
  return { commit, files: Object.fromEntries(files.map(({ path, data }) => [path, data.toString()])) }
}

async function refusal(work: Promise<unknown>): Promise<ScanError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof ScanError) return error
  throw new Error(`not refused: ${String(error)}`)
}

describe('a repository', () => {
  test.each([
    ['the default branch', undefined, () => second, '# two'],
    ['a branch with a slash', 'feature/x', undefined, '# branch'],
    ['an annotated tag', 'v1', () => first, '# one'],
  ])('is fetched at %s', async (_, ref, commit, text) => {
    const found = await filesOf(reference(ref))
    if (commit) expect(found.commit).toBe(commit())
    expect(found.files['controls/a.rb']).toBe(text)
  })

  test('is fetched at a commit, whole or short, that is no branch any more', async () => {
    expect((await filesOf(reference(first))).files['controls/a.rb']).toBe('# one')
    expect(await filesOf(reference(first.slice(0, 10)))).toMatchObject({
      commit: first,
      files: { 'controls/a.rb': '# one' },
    })
  })

  test('gives one folder of it', async () => {
    expect((await filesOf(reference(undefined, 'o/r.git', 'sub'))).files).toEqual({ 'inspec.yml': 'name: sub\n' })
    expect(await refusal(filesOf(reference(undefined, 'o/r.git', 'other')))).toMatchObject({
      message: `there is no folder \`other\` in ${server.url}/o/r.git`,
      exitCode: 2,
    })
  })

  test('links count as the files they lead to, and never lead out', async () => {
    const { files } = await filesOf(reference(undefined, 'o/links.git'))
    expect(files).toEqual({ 'inspec.yml': 'name: l\n', 'real/a.rb': '# real', 'controls/a.rb': '# real' })
  })

  test('is kept in the cache when it is pinned, and only an intact one is taken from there', async () => {
    const cache = await mkdtemp(join(scratch, 'cache-'))
    await filesOf(reference(second), access({ cache }))
    await filesOf(reference('v1'), access({ cache }))
    const before = server.requests.length
    expect((await filesOf(reference(second), access({ cache, offline: true }))).files['controls/a.rb']).toBe('# two')
    expect(server.requests.length).toBe(before)
    const [repository] = await readdir(join(cache, 'git'))
    expect(await readdir(join(cache, 'git', repository!))).toEqual([second])
    // somebody else on this machine changes it
    const objects = join(cache, 'git', repository!, second, 'objects')
    const blob = deflateSync(Buffer.from('blob 6\0# evil'))
    for (const path of await readdir(objects, { recursive: true })) {
      if (!/^[0-9a-f]{2}\/[0-9a-f]{38}$/.test(path)) continue
      if (
        inflateSync(await readFile(join(objects, path)))
          .toString()
          .includes('# two')
      ) {
        await chmod(join(objects, path), 0o644)
        await writeFile(join(objects, path), blob)
      }
    }
    expect((await filesOf(reference(second), access({ cache }))).files['controls/a.rb']).toBe('# two')
    expect(server.requests.length).toBeGreaterThan(before)
  })

  test('offline is refused unless it is pinned and kept', async () => {
    for (const ref of [undefined, 'v1', first]) {
      const cache = await mkdtemp(join(scratch, 'cache-'))
      expect(await refusal(filesOf(reference(ref), access({ cache, offline: true })))).toMatchObject({ exitCode: 2 })
    }
  })
})

describe('what cannot be fetched', () => {
  test('a ref that is not there', async () => {
    for (const ref of ['nosuch', 'deadbeef', 'f'.repeat(40)])
      expect(await refusal(filesOf(reference(ref)))).toMatchObject({
        message: `${server.url}/o/r.git has no branch, tag or commit \`${ref}\``,
        exitCode: 2,
      })
  })

  test('a repository that is not there, and a server that is not', async () => {
    expect(await refusal(filesOf(reference(undefined, 'o/none.git')))).toMatchObject({
      message: `there is no repository at ${server.url}/o/none.git`,
    })
    const nowhere: GitReference = { kind: 'git', url: 'http://127.0.0.1:9/o/r', ref: undefined, folder: '' }
    expect(await refusal(filesOf(nowhere))).toMatchObject({ message: 'http://127.0.0.1:9/o/r cannot be reached' })
  })

  test('a private one needs the token of its own server', async () => {
    const one = reference(undefined, 'private/r.git')
    const { host } = new URL(server.url)
    expect(await refusal(filesOf(one))).toMatchObject({
      message: `${server.url}/private/r.git cannot be read: it does not exist, or it needs credentials`,
      hint: 'check the address; for a private repository give `token`',
    })
    const other = access({ token: { host: 'git.example', value: TOKEN } })
    expect(await refusal(filesOf(one, other))).toMatchObject({ exitCode: 2 })
    const wrong = await refusal(filesOf(one, access({ token: { host, value: 'wrong-token' } })))
    expect(`${wrong.message}${wrong.hint}`).not.toContain('wrong-token')
    expect((await filesOf(one, access({ token: { host, value: TOKEN } }))).files).toEqual({
      'inspec.yml': 'name: secret\n',
    })
  })

  test('nothing stays behind, and an abort ends git', async () => {
    const temporary = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('sidecar-scan-git-'))
    const before = await temporary()
    await refusal(filesOf(reference('nosuch')))
    const controller = new AbortController()
    controller.abort(new ScanError('interrupted by SIGINT', { exitCode: 130 }))
    expect(await refusal(filesOf(reference(), access({ signal: controller.signal })))).toMatchObject({ exitCode: 130 })
    expect(await temporary()).toEqual(before)
  })
})
