import { expect, test } from '@jest/globals'
import { podmanManifest } from '../../src/engine/podman/manifest.ts'
import { parseInputs } from '../../src/inputs/inputs.ts'
import { plan } from '../../src/plan/plan.ts'

test('an image that is mounted beside its own container is pulled once', () => {
  const inputs = parseInputs({ image: 'registry.example/app:1', 'image-pull-policy': 'Always' })
  const payload = { archive: Buffer.from('x'), sha256: 'x', secrets: new Map() }
  const target = { image: inputs.images[0]!, access: 'sidecar', namespace: 'n', witnessed: false } as const
  const planned = plan(inputs, payload, { runId: 'r', scanId: 'r', nonce: 'n', marker: 'm' }, target)
  const facts = { version: '4.3.1', rootless: true, limitsWork: true }
  const policies = (mounted: string | undefined) =>
    [...podmanManifest(planned, facts, mounted, (image) => image).matchAll(/imagePullPolicy: (\w+)/g)].map(
      ([, policy]) => policy,
    )
  expect(policies(undefined)).toEqual(['Always', 'Always'])
  expect(policies('/mounted')).toEqual(['Always', 'Never'])
})
