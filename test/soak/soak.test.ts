import { readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { parseInputs } from '../../src/inputs/inputs.ts'
import type { Log } from '../../src/log/log.ts'
import { run } from '../../src/run/run.ts'
import { kubernetesEngine, podmanEngine } from '../action/engines.ts'
import { profile, quick } from '../faults/run.ts'
import { cli, flags, SCANNER } from '../scenario/scan.ts'

/** Scans in a row; `SOAK=100` is the long run. */
const IN_A_ROW = Number(process.env['SOAK'] || 8)
const AT_ONCE = 10

const engine = kubernetesEngine('soak')
const silent: Log = { phase() {}, info() {}, warn() {}, foreign() {}, end() {} }
const root = join(import.meta.dirname, '..', '..')
let folder: string
let count = 0

beforeAll(async () => {
  await engine.prepare()
  folder = await mkdtemp(join(tmpdir(), 'soak-'))
}, 300_000)
afterAll(async () => {
  await engine.dispose()
  await rm(folder, { recursive: true })
})

/** One run in this process; resolves to the verdicts of its images. */
async function verdicts(images: readonly string[], more: Record<string, string> = {}): Promise<string[]> {
  const inputs = parseInputs({
    image: images.join('\n'),
    profile: profile('steady'),
    'scanner-image': SCANNER,
    threshold: 'failed.total.max: 0',
    'output-dir': folder,
    ...engine.inputs,
    ...more,
  })
  const outcome = await run(inputs, {
    env: process.env,
    home: { assets: join(root, 'src'), profiles: join(root, 'profiles') },
    log: silent,
    signal: new AbortController().signal,
    clock: () => performance.now(),
    now: () => new Date(),
    runId: `soak-${++count}`,
  })
  return 'reports' in outcome ? outcome.reports.map(({ judgement }) => judgement.verdict) : []
}

const PASSES = 'localhost/target-scratch:1'
const FAILS = 'localhost/target-busybox:1'
/** Connections are kept for the next request for some seconds; what stays open after that is a leak. */
const descriptors = async () => {
  await sleep(8_000)
  return readdirSync('/proc/self/fd').length
}
setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
/** What lives after a collection. The resident size tells of the allocator: it grows to a plateau, whatever is freed. */
const memory = () => {
  collectGarbage()
  const { heapUsed, external, rss } = process.memoryUsage()
  return { living: Math.round((heapUsed + external) / 1e6), resident: Math.round(rss / 1e6) }
}

test(
  `${IN_A_ROW} scans in a row: every verdict right, nothing left, no leak`,
  async () => {
    for (let warm = 0; warm < 3; warm++) await verdicts([PASSES])
    const before = { descriptors: await descriptors(), megabytes: memory() }
    for (let scan = 0; scan < IN_A_ROW; scan++) {
      const image = scan % 4 === 3 ? FAILS : PASSES
      expect(await verdicts([image])).toEqual([image === FAILS ? 'failed' : 'passed'])
    }
    const after = { descriptors: await descriptors(), megabytes: memory() }
    console.log(`soak: ${IN_A_ROW} scans: ${JSON.stringify({ before, after })}`)
    expect(await engine.leftovers('soak-')).toEqual([])
    expect(after.descriptors).toBeLessThanOrEqual(before.descriptors)
    // one payload kept of each scan would be more
    expect(after.megabytes.living - before.megabytes.living).toBeLessThan(10 + IN_A_ROW / 20)
  },
  300_000 + IN_A_ROW * 30_000,
)

test(
  `${AT_ONCE} scans at once: every verdict right, nothing left`,
  async () => {
    const images = Array.from({ length: AT_ONCE }, (_, index) => (index % 2 === 0 ? PASSES : FAILS))
    const expected = images.map((image) => (image === FAILS ? 'failed' : 'passed'))
    expect(await verdicts(images, { parallel: String(AT_ONCE) })).toEqual(expected)
    expect(await engine.leftovers('soak-')).toEqual([])
  },
  300_000 + AT_ONCE * 30_000,
)

test('`cleanup --older-than` with podman takes a kept scan that is old enough', async () => {
  const podman = podmanEngine()
  const { exitCode, runId } = await quick(podman, { keep: 'true' })
  expect(exitCode).toBe(0)
  const cleanup = (age: string) => cli(podman, ['cleanup', ...flags(podman.inputs), '--older-than', age])
  await cleanup('1h')
  expect(await podman.leftovers(runId)).not.toEqual([])
  await sleep(1_200)
  const { exitCode: cleaned, stdout } = await cleanup('1s')
  expect([cleaned, await podman.leftovers(runId)]).toEqual([0, []])
  expect(stdout).toContain(`deleted Pod sidecar-scanner-${runId}`)
}, 300_000)
