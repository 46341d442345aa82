import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { kubernetesEngine, podmanEngine } from '../action/engines.ts'
import { reference, type TargetName } from '../bed/images.ts'
import { expectedOf, expectedStatuses, statusesOf, withoutFacts } from './expected.ts'
import { LIMIT, REPORT, scanAll } from './scan.ts'

const AT_REST: TargetName[] = [
  'target-debian',
  'target-busybox',
  'target-rpm',
  'target-distroless',
  'target-scratch',
  'target-exits',
  'target-nonroot',
  'target-big',
]
const LEVELS = ['baseline', 'restricted'] as const

describe.each([kubernetesEngine('at-rest'), podmanEngine()])('every kind of image at rest: $name', (engine) => {
  beforeAll(engine.prepare, 300_000)
  afterAll(engine.dispose)

  test.each(LEVELS)(
    'beside the scanner, at %s: every control as expected, nothing left behind',
    async (level) => {
      const onCluster = engine.name === 'kubernetes'
      const unknown = { configuration: onCluster, user: onCluster && level === 'restricted' }
      const inputs = { ...REPORT, 'pod-security': level, 'target-access': 'sidecar' }
      const { scans, exitCode, runId } = await scanAll(engine, AT_REST.map(reference), inputs)
      expect(exitCode).toBe(0)
      expect(statusesOf(scans)).toEqual(
        expectedOf(AT_REST, (name) => withoutFacts(expectedStatuses(name, level), unknown)),
      )
      expect(scans.every(({ imageDigest }) => /^sha256:[0-9a-f]{64}$/.test(imageDigest))).toBe(true)
      expect(await engine.leftovers(runId)).toEqual([])
    },
    LIMIT,
  )
})

describe('every kind of image at rest, mounted: podman', () => {
  const engine = podmanEngine()

  test.each(LEVELS)(
    'at %s: as beside the scanner',
    async (level) => {
      const inputs = { ...REPORT, 'pod-security': level, 'target-access': 'volume' }
      const { scans, exitCode, runId } = await scanAll(engine, AT_REST.map(reference), inputs)
      expect(exitCode).toBe(0)
      expect(scans.map(({ targetAccess }) => targetAccess)).toEqual(AT_REST.map(() => 'volume'))
      expect(statusesOf(scans)).toEqual(expectedOf(AT_REST, (name) => expectedStatuses(name, level)))
      expect(await engine.leftovers(runId)).toEqual([])
    },
    LIMIT,
  )
})
