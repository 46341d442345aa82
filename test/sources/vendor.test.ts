import { createHash } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { ScanError } from '../../src/errors.ts'
import { packArchive } from '../../src/payload/archive.ts'
import type { FetchAccess } from '../../src/sources/access.ts'
import { type LoadedProfile, loadProfile } from '../../src/sources/load.ts'
import { type FileServer, startFileServer } from './file-server.ts'
import { type GitServer, startGitServer } from './git-server.ts'
import { inspec, installInSpec } from './inspec.ts'

jest.setTimeout(300_000)
type Files = Readonly<Record<string, string>>
let git: GitServer
let web: FileServer
let scratch: string
let builtIn: string
let program: string
let commits: Record<string, string>

const control = (id: string) => `control '${id}' do\n  impact 0.5\n  describe(1) { it { should cmp 1 } }\nend\n`
const metadata = (name: string, version: string, ...depends: string[]) =>
  [`name: ${name}`, `version: ${version}`, ...(depends.length > 0 ? ['depends:', ...depends] : []), ''].join('\n')
const profile = (name: string, version: string, ...depends: string[]): Files => ({
  'inspec.yml': metadata(name, version, ...depends),
  'controls/c.rb': control(`${name}-1`),
})
/** A profile that includes the controls of others. */
const overlay = (name: string, includes: readonly string[], ...depends: string[]): Files => ({
  'inspec.yml': metadata(name, '1.0.0', ...depends),
  'controls/c.rb': `${includes.map((one) => `include_controls '${one}'\n`).join('')}${control(`${name}-1`)}`,
})

async function archive(files: Files, top = ''): Promise<Buffer> {
  return await packArchive(Object.entries(files).map(([path, text]) => ({ path: top + path, data: Buffer.from(text) })))
}

async function folder(name: string, files: Files): Promise<string> {
  const path = join(scratch, name)
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(path, file)), { recursive: true })
    await writeFile(join(path, file), text)
  }
  return path
}

beforeAll(async () => {
  program = await installInSpec()
  git = await startGitServer()
  web = await startFileServer()
  scratch = await mkdtemp(join(tmpdir(), 'vendor-test-'))
  builtIn = await folder('built-in', {})
  await mkdir(builtIn, { recursive: true })
  web.serve('/base.tar.gz', await archive(profile('base', '2.1.0'), 'base-2.1.0/'))
  const base = `  - name: base\n    url: ${web.url}/base.tar.gz\n    version: ~> 2.0`
  const middle = overlay('middle', ['base'], base)
  const inRepository = Object.fromEntries(
    Object.entries(profile('inside', '0.3.0')).map(([path, text]) => [`profiles/inside/${path}`, text]),
  )
  commits = {
    middle: await git.commit('o/middle.git', middle, { tag: 'v1.0.0' }),
    inside: await git.commit('o/many.git', inRepository),
  }
})

afterAll(async () => {
  await git[Symbol.asyncDispose]()
  await web[Symbol.asyncDispose]()
  await rm(scratch, { recursive: true, force: true })
})

const access = (overrides: Partial<FetchAccess> = {}): FetchAccess => ({
  signal: AbortSignal.timeout(120_000),
  env: process.env,
  offline: false,
  cache: join(scratch, 'cache'),
  token: undefined,
  onProgress: () => {},
  ...overrides,
})

const load = (text: string, root = '/scan/profile', how = access()) =>
  loadProfile(text, builtIn, root, 'https://github.com', how)

async function refusal(work: Promise<unknown>): Promise<ScanError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof ScanError) return error
  throw new Error(`not refused: ${String(error)}`)
}

const paths = ({ files }: Pick<LoadedProfile, 'files'>) => files.map(({ path }) => path).sort()

/** The whole tree below a folder, but for git's own. */
async function treeBelow(top: string): Promise<string[]> {
  const found: string[] = []
  for (const path of await readdir(top, { recursive: true }))
    if (!/(^|\/)\.git(\/|$)/.test(path) && (await stat(join(top, path))).isFile()) found.push(path)
  return found.sort()
}

/** Three overlays deep, each reached by another kind of reference, and two more beside them. */
async function overlayOfOverlays(): Promise<string> {
  await folder('beside', profile('beside', '1.0.0'))
  return await folder(
    'top',
    overlay(
      'top',
      ['middle', 'inside', 'renamed'],
      `  - name: middle\n    git: ${git.url}/o/middle.git\n    tag: v1.0.0`,
      `  - name: inside\n    git: ${git.url}/o/many.git\n    branch: main\n    relative_path: profiles/inside`,
      '  - name: renamed\n    path: ../beside',
    ),
  )
}

describe('an overlay of an overlay of a base', () => {
  test('is vendored as `inspec vendor` does it: the same files under the same keys', async () => {
    const top = await overlayOfOverlays()
    const ours = await load(top)
    const theirs = join(scratch, 'vendored', 'top')
    await mkdir(dirname(theirs), { recursive: true })
    await cp(top, theirs, { recursive: true })
    await cp(join(scratch, 'beside'), join(scratch, 'vendored', 'beside'), { recursive: true })
    await inspec(program, ['vendor', theirs, '--overwrite'], scratch)
    // InSpec's key of a `path` is the digest of an archive that has the time in it
    const withoutKey = (list: readonly string[]) => {
      const known = [
        commits['middle']!,
        createHash('sha256').update(`${commits['inside']}profiles/inside`).digest('hex'),
      ]
      const base = list.find((path) => path.includes('base-2.1.0/'))!.split('/')[1]!
      return list
        .map((path) => path.split('/'))
        .map(([vendor, key, ...rest]) =>
          vendor !== 'vendor' || key === base || known.includes(key!)
            ? [vendor, key, ...rest].join('/')
            : `vendor/PATH/${rest.join('/')}`,
        )
        .sort()
    }
    expect(withoutKey(paths(ours))).toEqual(withoutKey(await treeBelow(theirs)))
  })

  test('runs from the vendored folder without any server, with the results of the unvendored one', async () => {
    const top = await overlayOfOverlays()
    const before = JSON.parse(
      await inspec(program, ['exec', top, '--reporter', 'json', '--no-create-lockfile'], join(scratch, 'home-1')),
    )
    const root = join(scratch, 'pod', 'profile')
    const loaded = await load(top, root)
    for (const { path, data } of loaded.files) {
      await mkdir(dirname(join(root, path)), { recursive: true })
      await writeFile(join(root, path), data)
    }
    const asked = [git.requests.length, web.requests.length]
    const after = JSON.parse(
      await inspec(program, ['exec', root, '--reporter', 'json', '--no-create-lockfile'], join(scratch, 'home-2')),
    )
    expect([git.requests.length, web.requests.length]).toEqual(asked)
    const said = (results: {
      profiles: { name: string; parent_profile?: string; controls: { id: string; results?: { status: string }[] }[] }[]
    }) =>
      results.profiles.map(({ name, parent_profile, controls }) => ({
        name,
        parent_profile,
        controls: controls
          .map(({ id, results }) => [id, ...(results ?? []).map(({ status }) => status)].join(' '))
          .sort(),
      }))
    expect(said(after)).toEqual(said(before))
    expect(said(after)[0]!.controls).toEqual(['base-1', 'beside-1', 'inside-1', 'middle-1', 'top-1 passed'])
  })

  test('says what was found, and what may be another one tomorrow', async () => {
    const { dependencies, source } = await load(await overlayOfOverlays())
    expect(source).toMatchObject({
      commit: undefined,
      floating: false,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(dependencies).toEqual([
      {
        name: 'middle',
        version: '1.0.0',
        source: `${git.url}/o/middle.git@v1.0.0`,
        commit: commits['middle'],
        sha256: undefined,
        floating: true,
      },
      {
        name: 'base',
        version: '2.1.0',
        source: `${web.url}/base.tar.gz`,
        commit: undefined,
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        floating: true,
      },
      {
        name: 'inside',
        version: '0.3.0',
        source: `${git.url}/o/many.git@main//profiles/inside`,
        commit: commits['inside'],
        sha256: undefined,
        floating: true,
      },
      { name: 'renamed', version: '1.0.0', source: '../beside', commit: undefined, sha256: undefined, floating: false },
    ])
  })

  test('a remote one finds its own dependencies, a `path` among them inside its repository', async () => {
    const files = {
      ...overlay('first', ['second'], '  - name: second\n    path: ../second'),
    }
    const many = Object.fromEntries([
      ...Object.entries(files).map(([path, text]) => [`first/${path}`, text]),
      ...Object.entries(profile('second', '1.0.0')).map(([path, text]) => [`second/${path}`, text]),
    ])
    const commit = await git.commit('o/pair.git', many)
    const loaded = await load(`git+${git.url}/o/pair.git//first`)
    expect(loaded.source).toMatchObject({ text: `${git.url}/o/pair.git//first`, commit, floating: true })
    expect(loaded.dependencies.map(({ name }) => name)).toEqual(['second'])
    expect((await load(`git+${git.url}/o/pair.git@${commit}//first`)).source.floating).toBe(false)
  })

  test('an inspec.lock pins what inspec.yml leaves open', async () => {
    const old = await git.commit('o/moving.git', profile('moving', '1.0.0'))
    const top = await folder(
      'locked',
      overlay('locked', ['moving'], `  - name: moving\n    git: ${git.url}/o/moving.git\n    branch: main`),
    )
    await inspec(program, ['vendor', top, '--overwrite'], scratch)
    await rm(join(top, 'vendor'), { recursive: true })
    await git.commit('o/moving.git', profile('moving', '2.0.0'))
    expect((await load(top)).dependencies[0]).toMatchObject({ commit: old, version: '1.0.0', floating: false })
    await rm(join(top, 'inspec.lock'))
    expect((await load(top)).dependencies[0]).toMatchObject({ version: '2.0.0', floating: true })
  })

  test('a profile that InSpec has vendored stays as it is, and needs no server', async () => {
    const top = await folder('ready', overlay('ready', ['base'], `  - name: base\n    url: ${web.url}/base.tar.gz`))
    await inspec(program, ['vendor', top, '--overwrite'], scratch)
    const asked = web.requests.length
    const loaded = await load(top, '/scan/profile', access({ offline: true }))
    expect(web.requests.length).toBe(asked)
    expect(paths(loaded)).toEqual(await treeBelow(top))
    const lock = loaded.files.find(({ path }) => path === 'inspec.lock')!
    expect(lock.data).toEqual(await readFile(join(top, 'inspec.lock')))
  })

  test('a vendored `path` of another machine is found again', async () => {
    const top = await overlayOfOverlays()
    await inspec(program, ['vendor', top, '--overwrite'], scratch)
    const loaded = await load(top)
    const lock = loaded.files.find(({ path }) => path === 'inspec.lock')!.data.toString()
    expect(lock).not.toContain(scratch)
    expect(loaded.dependencies.map(({ name }) => name)).toEqual(['middle', 'base', 'inside', 'renamed'])
    await rm(join(top, 'vendor'), { recursive: true })
    await rm(join(top, 'inspec.lock'))
  })
})

describe('dependencies that cannot be had are refused', () => {
  const refusedFor = async (name: string, ...depends: string[]) =>
    await refusal(load(await folder(name, overlay(name, [], ...depends))))

  test('a cycle, over any kind of reference', async () => {
    await folder('cycle-b', overlay('cycle-b', [], '  - name: a\n    path: ../cycle-a'))
    const { message, exitCode } = await refusedFor('cycle-a', '  - name: b\n    path: ../cycle-b')
    expect(exitCode).toBe(2)
    expect(message).toMatch(/^the dependency `b` depends on itself: b → a → b$/)
    await git.commit('o/self.git', overlay('self', [], `  - name: self\n    git: ${git.url}/o/self.git`))
    expect((await refusal(load(`git+${git.url}/o/self.git`))).message).toMatch('depends on itself')
  })

  test('a version that does not fit', async () => {
    const base = `  - name: base\n    url: ${web.url}/base.tar.gz\n    version: ">= 3.0"`
    expect((await refusedFor('version', base)).message).toBe(
      `the dependency \`base\` at ${web.url}/base.tar.gz has version 2.1.0, but inspec.yml asks for >= 3.0`,
    )
  })

  test('the same name twice, no source, a supermarket', async () => {
    const twice = '  - name: beside\n    path: ../beside'
    expect((await refusedFor('twice', twice, twice)).message).toMatch('lists the dependency `beside` twice')
    expect((await refusedFor('nowhere', '  - name: x')).message).toMatch('does not say where it is')
    expect((await refusedFor('shop', '  - name: x\n    supermarket: a/b')).message).toMatch(
      'from supermarket, which is not fetched',
    )
  })

  test('what is no profile, and what is not there', async () => {
    await git.commit('o/empty.git', { 'README.md': 'nothing' })
    expect((await refusedFor('none', `  - name: x\n    git: ${git.url}/o/empty.git`)).message).toMatch('is no profile')
    expect((await refusedFor('gone', '  - name: x\n    path: ../not-here')).message).toMatch('does not exist')
  })

  test('a remote profile that reaches for this machine', async () => {
    await git.commit('o/reach.git', overlay('reach', [], '  - name: x\n    path: ../../../etc'))
    expect((await refusal(load(`git+${git.url}/o/reach.git`))).message).toMatch('lies outside')
    await git.commit('o/file.git', overlay('file', [], `  - name: x\n    git: file://${scratch}/beside`))
    expect((await refusal(load(`git+${git.url}/o/file.git`))).message).toMatch('would be read from')
    await git.commit('o/plain.git', overlay('plain', [], `  - name: x\n    git: ${scratch}/beside`))
    expect((await refusal(load(`git+${git.url}/o/plain.git`))).message).toMatch('would be read from')
  })

  test('everything remote when offline', async () => {
    const top = await overlayOfOverlays()
    const cache = await mkdtemp(join(scratch, 'cache-'))
    expect(await refusal(load(top, '/scan/profile', access({ offline: true, cache })))).toMatchObject({ exitCode: 2 })
  })
})
