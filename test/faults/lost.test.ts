import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node'
import { kubeconfig, kubernetesEngine, podmanEngine, type TestEngine } from '../action/engines.ts'
import { installPackages } from '../bed/shell.ts'
import { cli, flags, SCANNER } from '../scenario/scan.ts'
import { row } from './fault.ts'
import { podProcesses } from './processes.ts'
import { profile, SCRATCH } from './run.ts'

const script = join(import.meta.dirname, '..', '..', 'scripts', 'dev.ts')
const TIME = 300_000
const MONTHS = { FAKETIME: '+100d', LD_PRELOAD: '/usr/$LIB/faketime/libfaketime.so.1' }

/** A run of the CLI, in the open. */
interface Started {
  readonly child: ChildProcess
  readonly folder: string
  /** Resolves when the log says so. */
  until(when: RegExp): Promise<void>
  readonly ended: Promise<number | null>
  log(): string
}

async function start(engine: TestEngine, inputs: Record<string, string>, env: object = {}): Promise<Started> {
  const folder = await mkdtemp(join(tmpdir(), 'lost-'))
  const given = {
    ...engine.inputs,
    image: SCRATCH,
    'scanner-image': SCANNER,
    threshold: 'compliance.min: 0',
    'output-dir': folder,
  }
  const child = spawn(process.execPath, [script, 'run', ...flags({ ...given, ...inputs })], {
    env: { ...process.env, ...engine.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  child.stderr.on('data', (text) => {
    log += text
  })
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve))
  const until = async (when: RegExp): Promise<void> => {
    while (!when.test(log)) {
      if (child.exitCode !== null) throw new Error(`it ended before ${when}:\n${log}`)
      await sleep(50)
    }
  }
  return { child, folder, until, ended, log: () => log }
}

const runIdOf = async ({ folder }: Started): Promise<string> => (await readdir(folder))[0]!.replace('scan-results-', '')

for (const engine of [kubernetesEngine('faults-lost'), podmanEngine()]) {
  describe(`somebody goes away: ${engine.name}`, () => {
    beforeAll(engine.prepare, 300_000)
    afterAll(engine.dispose)

    test(
      'outputs-closed',
      async () => {
        const run = await start(engine, { profile: profile('slow') })
        await run.until(/^Scan$/m)
        run.child.stdout!.destroy()
        run.child.stderr!.destroy()
        expect(await run.ended).toBe(row('outputs-closed').exitCode)
        const runId = await runIdOf(run)
        expect((await readdir(join(run.folder, `scan-results-${runId}`))).sort()).toEqual([
          'scan-results.json',
          'scan-summary.md',
          'scan-verdict.json',
          'threshold-result.txt',
        ])
        expect([await engine.leftovers(runId), await podProcesses(runId)]).toEqual([[], []])
        await rm(run.folder, { recursive: true })
      },
      TIME,
    )

    test(
      'clock, and cleanup-clock',
      async () => {
        await installPackages(['faketime'])
        const run = await start(engine, { profile: profile('slow') }, MONTHS)
        await run.until(/^Scan$/m)
        const runId = await runIdOf(run)
        const old = ['cleanup', ...flags(engine.inputs), '--older-than', '1h', '--json']
        // podman's own clock is this machine's: there is but one
        if (engine.name === 'kubernetes') {
          const { exitCode, stdout } = await cli({ env: { ...engine.env, ...MONTHS } }, old)
          expect([exitCode, JSON.parse(stdout)]).toMatchObject([row('cleanup-clock').exitCode, { deleted: [] }])
          expect(await engine.leftovers(runId)).not.toEqual([])
          expect(run.log()).toContain('clock is 2400 h ahead of the cluster’s')
        }
        expect(await run.ended).toBe(row('clock').exitCode)
        expect([await engine.leftovers(runId), await podProcesses(runId)]).toEqual([[], []])
        await rm(run.folder, { recursive: true })
      },
      TIME,
    )
  })
}

describe('the runner dies for good', () => {
  const cluster = kubernetesEngine('faults-orphan')
  beforeAll(cluster.prepare, 300_000)
  afterAll(cluster.dispose)

  test(
    'pod-outlives',
    async () => {
      const admin = new KubeConfig()
      admin.loadFromFile(kubeconfig)
      const core = admin.makeApiClient(CoreV1Api)
      const patch = JSON.stringify({ spec: { activeDeadlineSeconds: 12 } })
      const run = await start(cluster, { profile: profile('litter'), 'pod-patch': patch })
      await run.until(/^Scan$/m)
      const runId = await runIdOf(run)
      run.child.kill('SIGKILL')
      await run.ended
      expect(run.child.signalCode).toBe('SIGKILL')
      expect(await podProcesses(runId)).not.toEqual([])
      const pod = { name: `sidecar-scanner-${runId}`, namespace: cluster.namespace }
      let reason: string | undefined
      for (const began = performance.now(); reason === undefined && performance.now() - began < 30_000; ) {
        reason = (await core.readNamespacedPod(pod)).status?.reason
        await sleep(300)
      }
      expect(reason).toBe('DeadlineExceeded')
      expect(await podProcesses(runId)).toEqual([])
      const { stdout } = await promisify(execFile)(process.execPath, [
        script,
        'cleanup',
        ...flags(cluster.inputs),
        '--run-id',
        runId,
      ])
      expect(stdout).toContain(`deleted Pod sidecar-scanner-${runId}`)
      expect(await cluster.leftovers(runId)).toEqual([])
      await rm(run.folder, { recursive: true })
    },
    TIME,
  )
})
