import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { kubernetesEngine, podmanEngine, type TestEngine } from '../action/engines.ts'
import { shell } from '../bed/shell.ts'
import { cli, flags, SCANNER } from '../scenario/scan.ts'
import { expectFault, expectRefusal, row } from './fault.ts'
import { profile, quick, refused, SCRATCH } from './run.ts'

const TIME = 300_000
const script = join(import.meta.dirname, '..', '..', 'scripts', 'dev.ts')

describe.each([kubernetesEngine('faults-here'), podmanEngine()])('trouble on this side: $name', (engine) => {
  let folder: string
  let mounted: string | undefined
  beforeAll(async () => {
    await engine.prepare()
    folder = await mkdtemp(join(tmpdir(), 'here-'))
  }, 300_000)
  afterAll(async () => {
    await engine.dispose()
    await rm(folder, { recursive: true })
  })
  afterEach(async () => {
    if (mounted) await shell('umount "$1"', [mounted])
    mounted = undefined
  })
  /** What is left of these results folders' runs; the namespace is these tests' own, podman's store is not. */
  const left = async (folder: string): Promise<string[]> => {
    if (engine.name === 'kubernetes') return await engine.leftovers('sidecar-scanner')
    const ids = (await readdir(folder)).map((name) => name.replace('scan-results-', ''))
    return (await Promise.all(ids.map((id) => engine.leftovers(id)))).flat()
  }

  /** A small file system of its own to write results to. */
  const mount = async (options: string): Promise<string> => {
    const path = await mkdtemp(join(folder, 'mount-'))
    await shell('mount -t tmpfs -o "$1" faults "$2"', [options, path])
    mounted = path
    return path
  }

  test(
    'read-only',
    async () => {
      const readOnly = await mount('ro')
      expectRefusal('read-only', await refused(engine, { 'output-dir': readOnly }))
      expect(await left(readOnly)).toEqual([])
    },
    TIME,
  )

  test(
    'disk-full',
    async () => {
      const full = await mount('size=64k')
      // a limit that holds: the scan itself went well
      const outcome = await quick(engine, { 'output-dir': full, profile: profile('slow') })
      expectFault('disk-full', outcome)
      expect(outcome.log).toMatch(/cannot write to .*: the disk is full/)
      const [results] = await readdir(full)
      // what is there is whole
      for (const name of await readdir(join(full, results!))) {
        expect(name).not.toMatch(/^scan-results\.json|\.part$/)
        const text = await readFile(join(full, results!, name), 'utf8')
        if (name.endsWith('.json'))
          expect(JSON.parse(text)).toMatchObject({ verdict: 'passed', unwritten: expect.any(String) })
      }
      expect(await left(full)).toEqual([])
    },
    TIME,
  )

  test(
    'stdout-closed',
    async () => {
      const output = await mkdtemp(join(folder, 'closed-'))
      const inputs = {
        ...engine.inputs,
        image: SCRATCH,
        'scanner-image': SCANNER,
        threshold: 'compliance.min: 0',
        'output-dir': output,
      }
      const child = spawn(process.execPath, [script, 'run', '--json', ...flags(inputs)], {
        env: { ...process.env, ...engine.env },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      child.stdout.destroy()
      let log = ''
      child.stderr.on('data', (text) => {
        log += text
      })
      const exitCode = await new Promise((resolve) => child.on('close', resolve))
      expect([exitCode, log]).toEqual([row('stdout-closed').exitCode, expect.not.stringContaining('EPIPE')])
      const [results] = await readdir(output)
      expect(await readdir(join(output, results!))).toEqual([
        'scan-results.json',
        'scan-summary.md',
        'scan-verdict.json',
        'threshold-result.txt',
      ])
      expect(await left(output)).toEqual([])
    },
    TIME,
  )

  test(
    'two-at-once',
    async () => {
      const outcomes = await Promise.all([quick(engine), quick(engine)])
      for (const outcome of outcomes) expectFault('two-at-once', outcome)
      expect(new Set(outcomes.map(({ runId }) => runId)).size).toBe(2)
      for (const { runId } of outcomes) expect(await engine.leftovers(runId)).toEqual([])
    },
    TIME,
  )

  test(
    'cleanup-run and cleanup-age',
    async () => {
      const [first, second] = [await kept(engine), await kept(engine)]
      expect(await engine.leftovers(first)).not.toEqual([])
      const cleanup = (...args: string[]) => cli(engine, ['cleanup', ...flags(engine.inputs), ...args])
      const one = await cleanup('--run-id', first)
      expect([one.exitCode, await engine.leftovers(first)]).toEqual([row('cleanup-run').exitCode, []])
      expect(await engine.leftovers(second)).not.toEqual([])
      const young = await cleanup('--older-than', '1h', '--json')
      expect(JSON.parse(young.stdout)).toMatchObject({ deleted: [] })
      await new Promise((resolve) => setTimeout(resolve, 1_200))
      // podman has no namespaces: by age it would take the scans of tests beside this one, so the soak suite tries it, which runs alone
      const old = await cleanup(...(engine.name === 'podman' ? ['--run-id', second] : ['--older-than', '1s']))
      expect([old.exitCode, await engine.leftovers(second)]).toEqual([row('cleanup-age').exitCode, []])
      expect(old.stdout).toContain(`deleted Pod sidecar-scanner-${second}`)
    },
    TIME,
  )
})

async function kept(engine: TestEngine): Promise<string> {
  const outcome = await quick(engine, { keep: 'true' })
  expect(outcome.exitCode).toBe(0)
  return outcome.runId
}
