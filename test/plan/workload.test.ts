import { expect, test } from '@jest/globals'
import { parseInputs } from '../../src/inputs/inputs.ts'
import { parseWorkload, scannerAddition } from '../../src/plan/workload.ts'

const payload = { archive: Buffer.from('x'), sha256: 'x', secrets: new Map<string, Buffer>() }

/** The security context that a patch gives the scanner. */
function context(raw: Record<string, string>) {
  const { spec } = scannerAddition(
    parseInputs({ profile: 'container-baseline', ...raw }, []),
    payload,
    { name: 'a' },
    'n',
  )
  return spec.containers.find(({ name }) => name === 'scanner')!.securityContext
}

test.each(['baseline', 'privileged'])('a scanner that is root starts in a pod that says runAsNonRoot: %s', (level) => {
  expect(context({ 'pod-security': level })).toMatchObject({ runAsUser: 0, runAsNonRoot: false })
})

test('a scanner of the level restricted is so by itself, whatever the pod says', () => {
  const restricted = {
    runAsNonRoot: true,
    allowPrivilegeEscalation: false,
    seccompProfile: { type: 'RuntimeDefault' },
    capabilities: { drop: ['ALL'] },
  }
  expect(context({ 'pod-security': 'restricted' })).toMatchObject({ ...restricted, runAsUser: 10001 })
  expect(context({ 'pod-security': 'restricted', 'run-as-user': '65534' })).toMatchObject({
    ...restricted,
    runAsUser: 65534,
  })
})

test.each([
  ['deployment/web', 'Deployment', 'web'],
  ['deployment.apps/web', 'Deployment', 'web'],
  ['deploy/web.v2', 'Deployment', 'web.v2'],
  ['Deployments/web', 'Deployment', 'web'],
  ['sts/db', 'StatefulSet', 'db'],
  ['ds/agent', 'DaemonSet', 'agent'],
  // charts build such names from the release, the chart and the component
  [`daemonset/${'monitoring-'.repeat(5)}agent`, 'DaemonSet', `${'monitoring-'.repeat(5)}agent`],
])('the workload %s', (text, kind, name) => {
  expect(parseWorkload(text)).toEqual({ kind, name })
})

test.each([
  'web',
  'pod/web',
  'deployment/',
  'deployment/a b',
  'deployment/-a',
  `deployment/${'a'.repeat(240)}`,
  'job/a',
  'rs/a',
])('the workload %s is refused', (text) => {
  expect(() => parseWorkload(text)).toThrow(`--patch is \`${text}\``)
})

test('the names of the ConfigMaps fit, whatever the name of the workload', () => {
  const name = 'a'.repeat(236)
  const archive = Buffer.alloc(3_000_000)
  const { configMaps } = scannerAddition(parseInputs({}, []), { ...payload, archive }, parseWorkload(`ds/${name}`), 'n')
  expect(configMaps.length).toBeGreaterThan(1)
  for (const { metadata } of configMaps) expect(metadata!.name!.length).toBeLessThanOrEqual(253)
})
