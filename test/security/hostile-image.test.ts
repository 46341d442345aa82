import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { kubernetesEngine, podmanEngine } from '../action/engines.ts'
import { type CliOutcome, type ScanOutcome, scan } from '../scenario/scan.ts'

const PLANTED = 'planted-in-the-inputs-5c1e'
/** What the image tries, and must not succeed in. */
const TRIED = [
  'no-survivor-of-linger',
  'no-survivor-of-bomb',
  'enter',
  'steer',
  'stop',
  'kill',
  'leave-behind',
  'secrets',
  'fill',
]

/** Not answered, because of what the command did, which the reason names. */
const isRefused = ({ statuses, skips }: ScanOutcome, id: string): boolean =>
  statuses[id] === 'skipped' &&
  skips[id]!.every((reason) => /^Not available .*: `(hostile|sh|cat)` (reads|writes|opens) \//.test(reason))

describe.each([kubernetesEngine('hostile-image'), podmanEngine()])('a hostile image: $name', (engine) => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hostile-'))
    await writeFile(join(folder, 'inputs.yml'), `planted: ${PLANTED}\n`)
    await engine.prepare()
  }, 300_000)
  afterAll(async () => {
    await rm(folder, { recursive: true })
    await engine.dispose()
  })

  const scanned = (inputs: Record<string, string>) =>
    scan(engine, {
      image: 'localhost/target-hostile:1',
      profile: join(import.meta.dirname, 'hostile-image'),
      'inputs-file': join(folder, 'inputs.yml'),
      threshold: 'compliance.min: 0, failed.critical.max: 0',
      timeout: '300s',
      ...inputs,
    })
  const expectNoSecret = (outcome: ScanOutcome & CliOutcome) => {
    const text = JSON.stringify(outcome)
    expect(text).not.toContain(PLANTED)
    expect(text).not.toContain('SCAN_NONCE=')
  }

  // the cluster of the test bed has no image volumes
  const shapes = engine.name === 'podman' ? ['volume', 'sidecar'] : ['sidecar']
  const atRest = shapes.flatMap((shape) => ['baseline', 'privileged'].map((level) => [shape, level] as const))

  test.each(atRest)(
    'at rest, %s, %s: nothing it tries succeeds, and the truth is told',
    async (shape, level) => {
      const outcome = await scanned({ 'target-access': shape, 'pod-security': level })
      expectNoSecret(outcome)
      expect(outcome).toMatchObject({ verdict: 'failed', exitCode: 1 })
      // what a command tried beyond the image makes its answer none, the truth's too; a lie is never believed
      expect(outcome.violations[0]!.controls).toContain('truth')
      const open = [...TRIED, 'truth-by-command'].filter((id) => !isRefused(outcome, id))
      const expected = TRIED.filter((id) => open.includes(id)).map((id) => [id, 'passed'])
      expect(open.filter((id) => id !== 'truth-by-command').map((id) => [id, outcome.statuses[id]])).toEqual(expected)
      if (open.includes('truth-by-command')) expect(outcome.violations[0]!.controls).toContain('truth-by-command')
    },
    300_000,
  )

  test('at rest, restricted: none of it runs, and the truth is told', async () => {
    const outcome = await scanned({ 'target-access': shapes[0]!, 'pod-security': 'restricted' })
    expectNoSecret(outcome)
    expect(outcome).toMatchObject({ verdict: 'failed', exitCode: 1 })
    expect(outcome.violations[0]!.controls).toEqual(['truth'])
    expect(outcome.statuses['kill']).toBe('skipped')
  }, 300_000)

  test.each(['baseline', 'privileged', 'restricted'])(
    'running, %s: it fails or proves nothing',
    async (level) => {
      // one that stops the scanner is given up at the time limit of the scan
      const outcome = await scanned({ 'target-mode': 'run', 'pod-security': level, timeout: '90s' })
      expect(['failed', 'inconclusive']).toContain(outcome.verdict)
      if (level !== 'restricted') expectNoSecret(outcome)
    },
    300_000,
  )
})
