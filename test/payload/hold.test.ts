import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { holdPrograms } from '../../src/payload/hold.ts'
import { installPackages, run } from '../bed/shell.ts'

let machine: string
let work: string

beforeAll(async () => {
  await installPackages(['qemu-user-static'])
  machine = (await run('uname', ['-m'])).trim()
  work = await mkdtemp(join(tmpdir(), 'hold-'))
  await chmod(work, 0o755)
}, 300_000)

afterAll(async () => {
  await rm(work, { recursive: true })
})

/**
 * Runs a program as user 10001 in a root of its own, as a runtime would. It must not end by itself: it is killed when it has
 * written all, or after a while. A program for another machine runs in an emulator that is found in the same root.
 */
async function held(name: string, env: Record<string, string>, prepare?: (root: string) => Promise<unknown>) {
  const root = await mkdtemp(join(work, 'root-'))
  await chmod(root, 0o755)
  for (const folder of ['proc', 'opt/app']) await mkdir(join(root, folder), { recursive: true })
  const { data } = holdPrograms().find((program) => program.name === `hold-${name}`)!
  await writeFile(join(root, 'hold'), data, { mode: 0o755 })
  const emulator = name === machine ? [] : ['/emulator']
  if (emulator.length > 0) await copyFile(`/usr/bin/qemu-${name}-static`, join(root, 'emulator'))
  await prepare?.(root)
  const user = ['--setuid', '10001', '--setgid', '10002']
  const inside = ['--mount-proc', '--root', root, '--wd', '/opt/app', ...user]
  const child = spawn('/usr/bin/unshare', ['--mount', ...inside, ...emulator, '/hold'], { env, stdio: 'inherit' })
  let ended: number | string | null = null
  child.on('exit', (code, signal) => {
    ended = code ?? signal
  })
  const facts = join(root, '.sidecar-facts')
  for (let waited = 0; waited < 1500 && ended === null && !existsSync(join(facts, 'done')); waited += 50)
    await sleep(50)
  await sleep(100)
  const endedBefore = ended
  child.kill('SIGKILL')
  return { endedBefore, facts, read: (file: string) => readFile(join(facts, file)) }
}

const shared = async (root: string) => {
  await mkdir(join(root, '.sidecar-facts'))
  await chmod(join(root, '.sidecar-facts'), 0o777)
}

describe.each(['x86_64', 'aarch64'])('the program for %s', (name) => {
  test('writes environment, user and working folder, then waits', async () => {
    // 120 KiB in one variable, lines, nothing, and a name without a value
    const env = { PATH: '/bin', LINES: 'a\nb', EMPTY: '', LONG: 'x'.repeat(120 * 1024) }
    const { endedBefore, read } = await held(name, env, shared)
    expect(endedBefore).toBeNull()
    const entries = (await read('environ')).toString('utf8').split('\0')
    expect(Object.fromEntries(entries.filter(Boolean).map((entry) => entry.split('=')))).toEqual(env)
    expect((await read('status')).toString()).toMatch(/^Uid:\t10001\t10001\t10001\t10001\nGid:\t10002\t10002/m)
    expect((await read('cwd')).toString()).toBe('/opt/app\0')
    expect(await read('done')).toHaveLength(0)
  })

  test('only waits where there is no folder for what it knows', async () => {
    const { endedBefore, facts } = await held(name, {})
    expect(endedBefore).toBeNull()
    expect(existsSync(facts)).toBe(false)
  })

  test('does not say that it is done when it could not write all', async () => {
    const { endedBefore, facts } = await held(name, { A: 'b' }, async (root) => {
      await shared(root)
      // full after the environment
      await mkdir(join(root, '.sidecar-facts/status'))
    })
    expect(endedBefore).toBeNull()
    expect(existsSync(join(facts, 'environ'))).toBe(true)
    expect(existsSync(join(facts, 'done'))).toBe(false)
  })
})

test('is smaller than any program of an image', () => {
  for (const { data } of holdPrograms()) expect(data.length).toBeLessThan(512)
})
