import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { kubernetesEngine, podmanEngine } from '../action/engines.ts'
import { expectFault } from './fault.ts'
import { profile, quick } from './run.ts'

const TIME = 300_000

describe.each([kubernetesEngine('faults-scan'), podmanEngine()])('a scan that proves nothing: $name', (engine) => {
  let runId = ''
  beforeAll(engine.prepare, 300_000)
  afterAll(engine.dispose)
  afterEach(async () => expect(await engine.leftovers(runId)).toEqual([]))

  const fault = async (id: string, inputs: Record<string, string>, compliance = 0) => {
    const outcome = await quick(engine, inputs)
    runId = outcome.runId
    expectFault(id, outcome)
    expect(outcome.compliance).toBe(compliance)
  }

  test('profile-broken', () => fault('profile-broken', { profile: profile('broken') }), TIME)
  test('log-in-pieces', () => fault('log-in-pieces', { profile: profile('pieces') }), TIME)
  test('platform', () => fault('platform', { profile: profile('platform') }), TIME)
  test('no-controls', () => fault('no-controls', { profile: profile('vanish') }), TIME)
  test('results-cut-short', () => fault('results-cut-short', { profile: profile('short') }), TIME)
  test('controls-missing', () => fault('controls-missing', { profile: profile('fewer') }, 100), TIME)
  test(
    'results-large',
    async () => {
      const inputs = { profile: profile('huge'), 'scanner-resources': '{"limits":{"memory":"4Gi"}}', timeout: '120' }
      const outcome = await quick(engine, inputs)
      runId = outcome.runId
      expectFault('results-large', outcome)
      expect(Object.keys(outcome.statuses)).toHaveLength(7)
    },
    TIME,
  )
  test('crash', () => fault('crash', { profile: profile('crash') }), TIME)
  test('hang', () => fault('hang', { profile: profile('hang'), timeout: '12' }), TIME)
  test('foreign-marker', () => fault('foreign-marker', { profile: profile('marker') }), TIME)
  test(
    'licence',
    () => {
      const env = [{ name: 'CHEF_LICENSE', value: '' }]
      const patch = JSON.stringify({ spec: { containers: [{ name: 'scanner', env }] } })
      return fault('licence', { 'pod-patch': patch })
    },
    TIME,
  )
})
