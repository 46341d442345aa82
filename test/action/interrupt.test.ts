import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { kubernetesEngine, podmanEngine } from './engines.ts'
import { commands, dist, ended, Runner, type StepOptions, type StepResult } from './runner.ts'

/** What GitHub's runner leaves a cancelled step before it grows impatient is 7.5 s. */
const LIMIT = 7_000

/** The log says that a phase has begun. */
const PHASES = {
  check: /::group::Check the inputs/,
  create: /::group::Create the scan pod/,
  start: /::group::Start the pod/,
  scan: /::group::Scan\n/,
  verify: /::group::Verify the results/,
  clean: /::group::Clean up/,
}

describe.each([kubernetesEngine('action-interrupt'), podmanEngine()])('an interrupted step: $name', (engine) => {
  let runner: Runner
  beforeAll(engine.prepare)
  afterAll(engine.dispose)
  beforeEach(async () => {
    runner = await Runner.start()
    await cp(join(import.meta.dirname, 'profile'), join(runner.workspace, 'profile'), { recursive: true })
    await writeFile(join(runner.workspace, 'inputs.yml'), 'pause: 120\n')
  })
  afterEach(() => runner[Symbol.asyncDispose]())

  const inputs = {
    image: 'localhost/target-weak:1',
    profile: 'profile',
    'scanner-image': 'localhost/scanner:1',
    upload: 'false',
    ...engine.inputs,
  }
  /** A scan that takes two minutes, unless it is interrupted before or after. */
  const interrupted = async (interrupt: StepOptions['interrupt'], more = {}): Promise<StepResult> => {
    const slow =
      interrupt?.when === PHASES.verify || interrupt?.when === PHASES.clean ? {} : { 'inputs-file': 'inputs.yml' }
    return await runner.main({ ...inputs, ...slow, ...more }, { env: engine.env, interrupt: interrupt! })
  }
  const leftovers = () => engine.leftovers(runner.githubRunId)
  /** podman on a busy machine may need longer than the runner waits: then the step says so, and `post` removes what is left. */
  const expectNothingLeft = async (step: StepResult) => {
    if (engine.name === 'podman' && (await leftovers()).length > 0) {
      expect(step.log).toContain('cleaning up failed: ')
      await runner.post(inputs, step, { env: engine.env })
    }
    expect(await leftovers()).toEqual([])
  }

  test.each(Object.entries(PHASES))(
    'SIGINT in the phase %s leaves nothing',
    async (phase, when) => {
      const step = await interrupted({ signal: 'SIGINT', when })
      await expectNothingLeft(step)
      expect(step.endedAfter).toBeLessThan(LIMIT)
      // before anything is created the signal does what it does to any process
      if (phase === 'check') expect(step.signal).toBe('SIGINT')
      else expect([step.exitCode, commands(step, 'error')]).toEqual([130, ['interrupted by SIGINT']])
      expect(step.outputs).toEqual({})
    },
    300_000,
  )

  test('SIGTERM leaves nothing', async () => {
    const step = await interrupted({ signal: 'SIGTERM', when: PHASES.scan })
    await expectNothingLeft(step)
    expect([step.exitCode, commands(step, 'error')]).toEqual([143, ['interrupted by SIGTERM']])
    expect(step.endedAfter).toBeLessThan(LIMIT)
    const post = await runner.post(inputs, step, { env: engine.env })
    expect([post.exitCode, post.log]).toEqual([0, ''])
  }, 300_000)

  test('SIGINT ends several scans at once and begins no other', async () => {
    const image = Array(6).fill(inputs.image).join('\n')
    const step = await interrupted({ signal: 'SIGINT', when: /\[2\/6\] Scan\n/ }, { image })
    await expectNothingLeft(step)
    expect(step.exitCode).toBe(130)
    expect(step.endedAfter).toBeLessThan(LIMIT)
    expect(step.log).not.toContain('[3/6]')
  }, 300_000)

  test.each([
    ['create', /Create the scan pod/],
    ['scan', /Scan\n/],
  ])(
    'Ctrl-C at a terminal reaches every process of the CLI; in the phase %s it leaves nothing',
    async (_phase, when) => {
      const flags = Object.entries({ ...inputs, 'inputs-file': 'inputs.yml', upload: '' })
        .filter(([, value]) => value !== '')
        .map(([name, value]) => `--${name}=${value}`)
      const child = spawn(process.execPath, [join(dist, 'cli.js'), 'run', ...flags], {
        cwd: runner.workspace,
        detached: true,
        env: { PATH: process.env['PATH'], HOME: runner.workspace, ...engine.env },
      })
      const { exitCode, log, endedAfter } = await ended(child, { signal: 'SIGINT', when, group: true })
      const runId = readdirSync(runner.workspace).flatMap((name) => /^scan-results-(.+)$/.exec(name)?.[1] ?? [])[0]
      expect(await engine.leftovers(runId!)).toEqual([])
      expect([exitCode, log]).toEqual([130, expect.stringMatching(/^error: interrupted by SIGINT$/m)])
      expect(endedAfter).toBeLessThan(LIMIT)
    },
    300_000,
  )

  test.each(['create', 'start', 'scan'] as const)(
    'after SIGKILL in the phase %s `post` alone cleans up',
    async (phase) => {
      const step = await interrupted({ signal: 'SIGKILL', when: PHASES[phase] })
      expect([step.signal, Object.keys(step.state)]).toEqual(['SIGKILL', ['run-id']])
      // children that outlive the step end by themselves
      await new Promise((resolve) => setTimeout(resolve, 1_000))
      const before = await leftovers()
      if (phase !== 'create') expect(before).not.toEqual([])
      const post = await runner.post(inputs, step, { env: engine.env })
      // the cluster deletes the Secret, when it has seen that its owner is gone
      while ((await leftovers()).some((name) => name.startsWith('inspec-inputs-')))
        await new Promise((resolve) => setTimeout(resolve, 100))
      expect(await leftovers()).toEqual([])
      expect([post.exitCode, commands(post, 'warning')]).toEqual([0, []])
      if (before.length > 0) expect(post.log).toContain('removed what the step left behind: Pod sidecar-scanner-')
    },
    300_000,
  )

  test('`keep` leaves the pod, `post` says how to remove it', async () => {
    const step = await runner.main({ ...inputs, keep: 'true', threshold: 'none' }, { env: engine.env })
    expect([step.exitCode, Object.keys(step.state)]).toEqual([0, ['run-id']])
    const post = await runner.post({ ...inputs, keep: 'true' }, step, { env: engine.env })
    expect(post.log).toContain(`sidecar-scan cleanup --run-id ${step.outputs['run-id']}`)
    expect(await leftovers()).not.toEqual([])
    await runner.post(inputs, step, { env: engine.env })
    expect(await leftovers()).toEqual([])
  }, 300_000)

  test('`post` that cannot reach the engine warns and says how to clean up by hand', async () => {
    const state = { 'run-id': `${runner.githubRunId}-1-abcdef` }
    const kubeconfig = { kubeconfig: join(runner.workspace, 'gone') }
    const post = await runner.post({ ...inputs, ...kubeconfig, engine: 'kubernetes' }, {
      state,
    } as unknown as StepResult)
    expect(post.exitCode).toBe(0)
    expect(commands(post, 'warning')).toEqual([
      expect.stringMatching(/^cleaning up failed: .*does not exist; run `sidecar-scan cleanup --run-id \d+-1-abcdef`$/),
    ])
  })
})
