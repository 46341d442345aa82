import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { kubernetesEngine, podmanEngine } from '../action/engines.ts'
import { LIMIT, scan } from '../scenario/scan.ts'

describe.each([kubernetesEngine('mounted'), podmanEngine()])('what a runtime mounts: $name', (engine) => {
  beforeAll(engine.prepare, 300_000)
  afterAll(engine.dispose)

  test(
    'commands write to it, and it is not believed to be the image’s',
    async () => {
      const { statuses, skips } = await scan(engine, {
        image: 'localhost/target-debian:1',
        profile: `${import.meta.dirname}/mounted`,
        'target-access': 'sidecar',
        threshold: 'none',
      })
      expect(statuses).toEqual({ write: 'skipped', disk: 'skipped', file: 'skipped', links: 'skipped', own: 'passed' })
      expect(skips['write']![0]).toContain('`sh` opens /dev/secret/key, which an image at rest does not have')
      expect(skips['file']).toHaveLength(8)
      for (const reason of [...skips['file']!, ...skips['links']!])
        expect(reason).toMatch(/: \/(etc\/\S+|dev): the runtime mounts it; it is not the image's$/)
    },
    LIMIT,
  )
})
