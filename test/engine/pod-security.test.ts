import { expect, test } from '@jest/globals'
import { podSecurityFinding } from '../../src/engine/kubernetes/preflight.ts'

const enforcing = (level: string) => ({
  metadata: { name: 'scan', labels: { 'pod-security.kubernetes.io/enforce': level } },
})

test.each([
  ['restricted', 'baseline', 'missing'],
  ['restricted', 'privileged', 'missing'],
  ['restricted', 'restricted', 'ready'],
  ['baseline', 'privileged', 'missing'],
  ['baseline', 'baseline', 'ready'],
  ['privileged', 'baseline', 'ready'],
] as const)('a namespace that enforces %s, a pod at %s: %s', (enforced, level, state) => {
  const finding = podSecurityFinding(enforcing(enforced), level, 30)!
  expect(finding.state).toBe(state)
  if (state === 'missing') {
    expect(finding).toMatchObject({ exitCode: 2, hint: expect.stringContaining(`\`pod-security: ${enforced}\``) })
  }
})

test('nothing is said where nothing is enforced or known', () => {
  expect(podSecurityFinding(undefined, 'baseline', 30)).toBeUndefined()
  expect(podSecurityFinding({ metadata: { name: 'scan' } }, 'baseline', 30)).toBeUndefined()
  // before Pod Security admission the label is only a label
  expect(podSecurityFinding(enforcing('restricted'), 'privileged', 22)).toBeUndefined()
})
