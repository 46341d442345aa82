import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { kubernetesEngine } from '../action/engines.ts'
import { scan, scanAll } from './scan.ts'

const engine = kubernetesEngine('access')
beforeAll(engine.prepare, 300_000)
afterAll(engine.dispose)

test('a cluster without image volumes: `auto` takes the sidecar, says so once, and the scan is right', async () => {
  const images = ['localhost/target-busybox:1', 'localhost/target-scratch:1']
  const { scans, log, exitCode } = await scanAll(engine, images, { 'target-access': 'auto' })
  expect(exitCode).toBe(0)
  expect(scans.map(({ targetAccess, verdict }) => [targetAccess, verdict])).toEqual([
    ['sidecar', 'passed'],
    ['sidecar', 'passed'],
  ])
  expect(log.match(/target-access: .*/g)).toEqual([
    'target-access: sidecar, because Kubernetes v1.20.2 has no image volumes',
  ])
}, 300_000)

test('a cluster without image volumes: `volume` fails in one sentence with a hint, and leaves nothing', async () => {
  const outcome = await scan(engine, { image: 'localhost/target-busybox:1', 'target-access': 'volume' })
  expect([outcome.exitCode, outcome.verdict]).toEqual([3, 'inconclusive'])
  expect(outcome.error!.message).toMatch(/^the cluster cannot mount the image as a volume: [^\n]+$/)
  expect(outcome.error!.hint).toMatch(/`target-access: sidecar`, or `auto`/)
  expect(await engine.leftovers(outcome.runId)).toEqual([])
}, 300_000)
