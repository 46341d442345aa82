import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { createGzip, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Header as FullHeader, pack } from 'tar-stream'
import { readProfile } from '../../src/payload/profile.ts'

const run = promisify(execFile)
type Header = Partial<FullHeader>
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'archive-'))
})
afterAll(() => rm(folder, { recursive: true }))

const METADATA: [Header, string] = [{ name: 'inspec.yml' }, 'name: a\n']

/** Packs entries as they are, whatever a decent program would say to them. */
async function packed(name: string, entries: readonly [Header, string?][]): Promise<string> {
  const tar = pack()
  for (const [header, content] of entries) tar.entry(header as { name: string }, content ?? '')
  tar.finalize()
  const path = join(folder, name)
  await writeFile(path, tar.pipe(createGzip()))
  return path
}

const read = (path: string) => readProfile(path, folder)

describe('an archive is refused with its true reason', () => {
  test.each<[string, [Header, string?][], RegExp]>([
    [
      'symlink',
      [[{ name: 'controls/a.rb', type: 'symlink', linkname: '/etc/passwd' }]],
      /holds a link: controls\/a\.rb/,
    ],
    ['hard link', [[{ name: 'b', type: 'link', linkname: 'inspec.yml' }]], /holds a link: b/],
    ['traversal', [[{ name: '../a.rb' }, 'x']], /names a file outside itself: \.\.\/a\.rb/],
    ['inner traversal', [[{ name: 'controls/../../a.rb' }, 'x']], /outside itself/],
    ['traversal by backslashes', [[{ name: 'controls\\..\\..\\a.rb' }, 'x']], /outside itself/],
    ['traversal of a folder', [[{ name: '../up/', type: 'directory' }]], /outside itself/],
    ['absolute', [[{ name: '/etc/cron.d/a' }, 'x']], /by an absolute path: \/etc\/cron\.d\/a/],
    ['drive', [[{ name: 'C:\\a.rb' }, 'x']], /by an absolute path/],
    ['device', [[{ name: 'null', type: 'character-device', devmajor: 1, devminor: 3 }]], /neither a file nor a folder/],
    ['fifo', [[{ name: 'pipe', type: 'fifo' }]], /neither a file nor a folder/],
    [
      'twice',
      [
        [{ name: 'controls/a.rb' }, 'x'],
        [{ name: './controls//a.rb' }, 'y'],
      ],
      /holds controls\/a\.rb twice/,
    ],
    [
      'file and folder',
      [
        [{ name: 'a' }, 'x'],
        [{ name: 'a/b' }, 'y'],
      ],
      /holds a as a file and as a folder/,
    ],
    [
      'folder and file',
      [
        [{ name: 'a/b' }, 'y'],
        [{ name: 'a' }, 'x'],
      ],
      /holds a as a file and as a folder/,
    ],
  ])('%s', async (name, entries, why) => {
    const path = await packed(`${name}.tgz`, [METADATA, ...entries])
    await expect(read(path)).rejects.toThrow(why)
    await expect(read(path)).rejects.toMatchObject({ exitCode: 2, hint: expect.any(String) })
  })

  test('what is no tar.gz, what is cut off and what is damaged are told apart', async () => {
    const good = await readFile(await packed('good.tgz', [METADATA, [{ name: 'controls/a.rb' }, 'x'.repeat(100_000)]]))
    const path = join(folder, 'other.tgz')
    const reason = async (bytes: Buffer) => {
      await writeFile(path, bytes)
      return await read(path).then(String, (error: Error) => error.message)
    }
    expect(await reason(Buffer.from('name: a\n'))).toBe('profile other.tgz is not a tar.gz archive')
    expect(await reason(good.subarray(0, good.length / 2))).toBe('profile other.tgz is cut off: it ends too early')
    expect(await reason(gzipSync('x'.repeat(2_000)))).toMatch(/what is inside is not a tar archive/)
    const damaged = Buffer.from(good)
    damaged[good.length - 6]! ^= 1
    expect(await reason(damaged)).toMatch(/is damaged/)
    expect(await reason(Buffer.alloc(0))).toMatch(/cut off|not a tar\.gz/)
  })

  test('too many entries', async () => {
    const many = Array.from({ length: 10_001 }, (_, i): [Header, string] => [{ name: `controls/${i}.rb` }, ''])
    const path = await packed('many.tgz', many)
    await expect(read(path)).rejects.toThrow(/many\.tgz has more than 10000 files and folders/)
  }, 30_000)

  test('a folder has the same limits', async () => {
    const path = join(folder, 'large')
    await mkdir(path)
    await writeFile(join(path, 'inspec.yml'), 'name: a\n')
    await writeFile(join(path, 'core'), Buffer.alloc(65 * 1024 * 1024))
    await expect(read(path)).rejects.toThrow(/large has more than 64 MiB/)
  }, 30_000)
})

describe('an archive that unpacks to a gigabyte', () => {
  const script = `
    import { readProfile } from ${JSON.stringify(join(import.meta.dirname, '..', '..', 'src', 'payload', 'profile.ts'))}
    const said = await readProfile(process.argv[1], '/').then(String, (error) => error.message)
    console.log(JSON.stringify({ said, peak: process.resourceUsage().maxRSS }))`
  const peakOf = async (path: string) => {
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script, path])
    return JSON.parse(stdout) as { said: string; peak: number }
  }
  /** Zeros in a tar.gz of a few MiB, written by tar itself where it can. */
  async function bomb(name: string, header: Header): Promise<string> {
    const tar = pack()
    const path = join(folder, name)
    const writing = writeFile(path, tar.pipe(createGzip({ level: 1 })))
    const entry = tar.entry({ ...header, name: 'controls/a.rb', size: 2 ** 30 } as never)
    const zeros = Buffer.alloc(1 << 20)
    await new Promise((resolve, reject) => {
      Readable.from(
        (function* () {
          for (let i = 0; i < 1024; i++) yield zeros
        })(),
      )
        .pipe(entry)
        .on('finish', () => resolve(undefined))
        .on('error', reject)
    })
    tar.finalize()
    await writing
    return path
  }

  test('is refused before it is unpacked, with little memory', async () => {
    const { said, peak } = await peakOf(await bomb('bomb.tgz', {} as Header))
    expect(said).toBe('profile bomb.tgz has more than 64 MiB')
    expect(peak).toBeLessThan(250 * 1024)
  }, 300_000)

  test('also when the bytes are behind the end of the archive, where nothing declares them', async () => {
    const path = join(folder, 'trailer.tgz')
    const zeros = Buffer.alloc(1 << 20)
    await writeFile(
      path,
      Readable.from(
        (function* () {
          for (let i = 0; i < 1024; i++) yield zeros
        })(),
      ).pipe(createGzip({ level: 1 })),
    )
    const { said, peak } = await peakOf(path)
    expect(said).toMatch(/more than 128 MiB/)
    expect(peak).toBeLessThan(250 * 1024)
  }, 300_000)
})

test('what tar and InSpec pack is read, whatever its folders and prefixes', async () => {
  await mkdir(join(folder, 'p', 'controls'), { recursive: true })
  await writeFile(join(folder, 'p', 'inspec.yml'), 'name: a\n')
  await writeFile(join(folder, 'p', 'controls', `${'long'.repeat(40)}.rb`), 'control("a") {}\n')
  for (const [name, ...args] of [
    ['a.tgz', '-C', join(folder, 'p'), '.'],
    ['b.tgz', '-C', folder, 'p'],
    ['c.tgz', '--format=pax', '-C', folder, './p'],
    ['d.tgz', '--format=gnu', '-C', join(folder, 'p'), 'inspec.yml', 'controls'],
  ] as const) {
    await run('tar', ['czf', join(folder, name), ...args])
    expect((await read(join(folder, name))).map(({ path }) => path).sort()).toEqual([
      `controls/${'long'.repeat(40)}.rb`,
      'inspec.yml',
    ])
  }
})
