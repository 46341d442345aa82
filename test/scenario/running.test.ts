import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { kubernetesEngine, podmanEngine } from '../action/engines.ts'
import { reference, type TargetName } from '../bed/images.ts'
import { expectedOf, expectedStatuses, statusesOf, withoutFacts } from './expected.ts'
import { LIMIT, REPORT, scanAll } from './scan.ts'

describe.each([kubernetesEngine('running'), podmanEngine()])('images that run: $name', (engine) => {
  beforeAll(engine.prepare, 300_000)
  afterAll(engine.dispose)

  test(
    'as root: the same controls, and nothing left behind',
    async () => {
      const names: TargetName[] = ['target-debian', 'target-busybox']
      const { scans, exitCode, runId } = await scanAll(engine, names.map(reference), {
        ...REPORT,
        'target-mode': 'run',
      })
      expect(exitCode).toBe(0)
      expect(statusesOf(scans)).toEqual(
        expectedOf(names, (name) =>
          withoutFacts(expectedStatuses(name, 'baseline'), { configuration: true, user: false }),
        ),
      )
      expect(await engine.leftovers(runId)).toEqual([])
    },
    LIMIT,
  )

  test.each([
    { level: 'restricted', as: 'restricted' },
    { level: 'privileged', as: 'baseline' },
  ] as const)(
    'as a user of its own, at $level: what that level may read',
    async ({ level, as }) => {
      const inputs = { ...REPORT, 'target-mode': 'run', 'pod-security': level }
      const { scans, exitCode, runId } = await scanAll(engine, [reference('target-nonroot')], inputs)
      expect(exitCode).toBe(0)
      expect(statusesOf(scans)).toEqual(
        expectedOf(['target-nonroot'], (name) =>
          withoutFacts(expectedStatuses(name, as), { configuration: true, user: level === 'restricted' }),
        ),
      )
      expect(await engine.leftovers(runId)).toEqual([])
    },
    LIMIT,
  )

  test(
    'not to be looked into, or not running on: inconclusive, with the inputs that help',
    async () => {
      const names: TargetName[] = ['target-nonroot', 'target-exits']
      const { scans, exitCode, runId } = await scanAll(engine, names.map(reference), {
        ...REPORT,
        'target-mode': 'run',
      })
      expect(exitCode).toBe(3)
      expect(scans.map(({ verdict, error }) => [verdict, error!.exitCode])).toEqual([
        ['inconclusive', 4],
        ['inconclusive', 3],
      ])
      expect(scans[0]!.error!.message).toMatch(/no target process.*not readable: \d+ \(server, UID 10001\)/)
      expect(scans[0]!.error!.hint).toMatch(/`pod-security: privileged`, or `run-as-user`/)
      expect(scans[1]!.error!.message).toMatch(/the target’s program ended with exit code 7/)
      expect(scans[1]!.error!.hint).toMatch(/`target-mode: hold`/)
      expect(await engine.leftovers(runId)).toEqual([])
    },
    LIMIT,
  )
})
