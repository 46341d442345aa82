import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Engine } from '../../src/engine/engine.ts'
import { kubernetesEngine } from '../action/engines.ts'
import { core, leaving, loadEngine, ourMarker, podWith, results, running } from '../cluster/pods.ts'
import { profile } from '../faults/run.ts'
import { type CliOutcome, cli, flags, SCANNER } from '../scenario/scan.ts'

const engine = kubernetesEngine('flood')
const { namespace } = engine
const LIMIT = 300_000
/** Of a run whose pod sends without end, in MB; a run that is left alone takes about 200. */
const MEMORY_MB = 450
let folder: string
let admin: Engine

beforeAll(async () => {
  await engine.prepare()
  folder = await mkdtemp(join(tmpdir(), 'flood-'))
  admin = await loadEngine(namespace)
}, 300_000)
afterAll(async () => {
  await engine.dispose()
  await rm(folder, { recursive: true })
})

interface Flooded extends CliOutcome {
  readonly said: string
  readonly memoryMb: number
}

/** A run, and the most memory that its process held. */
async function run(inputs: Readonly<Record<string, string>>): Promise<Flooded> {
  const file = join(await mkdtemp(join(folder, 'run-')), 'memory')
  const tell = `import{writeFileSync}from'node:fs';process.on('exit',()=>writeFileSync(${JSON.stringify(file)},String(process.resourceUsage().maxRSS)))`
  const env = { ...engine.env, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(tell)}` }
  const all = { 'scanner-image': SCANNER, 'output-dir': folder, threshold: 'none', timeout: '90', ...engine.inputs }
  const outcome = await cli({ env }, ['run', '--json', ...flags({ ...all, ...inputs })])
  const { inconclusive, error } = JSON.parse(outcome.stdout) as {
    inconclusive: string | null
    error?: { message: string }
  }
  const memoryMb = Number(await readFile(file, 'utf8')) / 1024
  return { ...outcome, said: `${inconclusive} ${error?.message}`, memoryMb }
}

function expectBounded({ exitCode, said, log, memoryMb }: Flooded, why: RegExp): void {
  expect({ exitCode, log }).toEqual({ exitCode: 4, log })
  expect(said).toMatch(why)
  expect(memoryMb).toBeLessThan(MEMORY_MB)
}

/** Runs a script in the scanner of the scan that runs now, as a tenant with `pods/exec` can. */
async function intrude(script: string): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const { items } = await core.listNamespacedPod({
      namespace,
      labelSelector: 'app.kubernetes.io/managed-by=sidecar-scan',
    })
    const pod = items.find(({ status }) => status?.phase === 'Running')?.metadata?.name
    if (pod !== undefined) {
      const command = ['sh', '-c', `until [ -e /results/progress ]; do sleep 0.1; done; ${script}`]
      await admin.exec({ pod, container: 'scanner' }, { command, onOutput: () => {} }, AbortSignal.timeout(60_000))
      return
    }
    await sleep(100)
  }
  throw new Error('no scan came up')
}

describe('the scanner of a scan is made to send without end', () => {
  const scan = { image: 'localhost/target-scratch:1', profile: profile('slow') }
  test.each([
    ['a line', 'yes x | tr -d "\\n" | head -c 300000000 >>/results/progress', /a line of more than 1 MiB/],
    [
      'results',
      // with the scan’s own nonce, which whoever may run commands in the scanner can read
      `head -c 40000000 /dev/urandom >/results/scan-results.json.gz; printf '{"nonce":"%s","exitCode":0,"sha256":"${'0'.repeat(64)}","bytes":1000,"packedBytes":1000,"startedAt":"2026-01-01T00:00:00Z","finishedAt":"2026-01-01T00:00:01Z"}' "$(cat /scan/nonce)" >/results/scan-complete`,
      /more than the announced 1000 bytes arrived/,
    ],
  ])(
    '%s',
    async (_, script, why) => {
      const [outcome] = await Promise.all([run(scan), intrude(script)])
      expectBounded(outcome, why)
    },
    LIMIT,
  )
})

describe('a pod that runs already sends without end', () => {
  test.each([
    ['an empty marker', '', /no results/],
    ['a marker like ours', undefined, /no results/],
  ])(
    '%s',
    async (name, marker, why) => {
      const found = await results()
      const pod = name.replaceAll(' ', '-')
      const script = leaving(undefined, marker ?? ourMarker(found))
      await podWith(namespace, pod, ['sh', '-c', `ln -s /dev/zero /results/scan-results.json; ${script}`])
      await running(namespace, pod)
      expectBounded(await run({ pod }), why)
    },
    LIMIT,
  )
})
