import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { loadAll } from 'js-yaml'
import { helm } from '../bed/gems.ts'
import { cli } from '../scenario/scan.ts'
import { schemaFaults } from './api-schema.ts'
import { documented } from './chart-values.ts'

const chart = join(import.meta.dirname, '..', '..', 'charts', 'sidecar-scanner')
const POLICIES = ['--api-versions', 'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy']
// the gem may have to be installed first
const LIMIT = 300_000
let folder: string
let program: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'schema-'))
  program = await helm()
}, LIMIT)
afterAll(async () => await rm(folder, { recursive: true }))

/** Faults of every object of a YAML stream, and how many objects there are. */
async function faultsOf(yaml: string, patch = false): Promise<{ count: number; faults: string[] }> {
  const objects = loadAll(yaml).filter(Boolean) as { kind: string }[]
  const faults = objects.map((object) => schemaFaults(object, { patch: patch && object.kind !== 'ConfigMap' }))
  return { count: objects.length, faults: (await Promise.all(faults)).flat() }
}

test('what the API server does not take is found, by its path', async () => {
  const pod = (spec: object) => schemaFaults({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec })
  expect(await pod({ containers: [{ name: 'a' }] })).toEqual([])
  expect(await pod({ containers: [{ image: 'a', ports: [{ containerPort: '80' }] }], volume: [] })).toEqual([
    'Pod.spec.containers[0].name is missing',
    'Pod.spec.containers[0].ports[0].containerPort is "80", not number',
    'Pod.spec.volume is not a field of V1PodSpec',
  ])
  expect(await schemaFaults({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 1 } })).toEqual([
    'Namespace.metadata.name is 1, not string',
  ])
})

/** Names that YAML takes for something else where they are not in quotes, and everything the chart can create. */
const ODD = {
  targetNamespace: '1e5',
  serviceAccount: { name: 'true', labels: { a: 1 }, annotations: { 'a.example/b': 'c: d # {{ e }}\n"f"' } },
  rbac: {
    roleName: 'null',
    roleBindingName: '0x1f',
    useLabelSelector: true,
    podSelectorLabels: { on: 'yes', 'a.example/x': 1 },
  },
  testPod: { deploy: true, name: '777', labels: { n: 1 }, targetContainer: { name: '8', command: ['- a', '{{ b }}'] } },
  sidecarScanner: { name: 'y' },
  profiles: { custom: [{ name: '9', files: { 'a.rb': '{{ fail "template" }}\n# "quotes" \'and\'\n' } }] },
  volumes: { results: { name: '1' }, profiles: { name: '2' }, thresholds: { name: '3', configMap: { name: '4' } } },
  results: { directory: '/1.5' },
  imagePullSecrets: ['5'],
  cli: { image: 'localhost/cli:1' },
  cronJob: { enabled: true, schedule: '* * * * *', args: ['--json', '{{ x }}', 'a"b'] },
}

describe('every object that the chart has is one of the API', () => {
  test.each([
    ...Object.entries(documented).map(([name, values]) => [name, values] as const),
    ['odd names', ODD] as const,
    ['images in a CronJob', { ...ODD, cronJob: { ...ODD.cronJob, images: ['a'] } }] as const,
    ['a Role without rules', { rbac: { rules: { core: { enabled: false } } } }] as const,
  ])(
    'with the values of %s',
    async (name, values) => {
      const file = join(folder, `${name.replace(/\W/g, '-')}.json`)
      await writeFile(file, JSON.stringify(values))
      const run = promisify(execFile)(program, ['template', '123', chart, '-f', file, ...POLICIES])
      const { count, faults } = await faultsOf((await run).stdout)
      expect(faults).toEqual([])
      expect(count).toBeGreaterThan(4)
    },
    LIMIT,
  )
})

describe('every object that `render` prints is one of the API', () => {
  test.each([
    [['--image', 'a', '--target-access', 'sidecar']],
    [['--image', 'a', '--target-access', 'volume', '--pod-security', 'restricted']],
    [['--image', 'a', '--target-mode', 'run']],
    [['--rbac', '--namespace', '123', '--service-account', '1e5']],
    [['--rbac', '--pod', '777']],
    [['--rbac', '--pod-selector', 'a=b']],
  ])(
    '%j',
    async (args) => {
      const { stdout, exitCode, log } = await cli({ env: { KUBECONFIG: '', HOME: folder } }, ['render', ...args])
      expect([exitCode, log]).toEqual([0, ''])
      const { count, faults } = await faultsOf(stdout)
      expect(faults).toEqual([])
      expect(count).toBeGreaterThan(1)
    },
    LIMIT,
  )

  test.each([
    ['deployment/123', []],
    ['statefulset/a', []],
    ['daemonset/a', ['--part', 'removal']],
  ])(
    '--patch %s %j',
    async (name, part) => {
      const args = ['render', '--patch', name, ...part, '--container', '777']
      const { stdout, exitCode, log } = await cli({ env: { KUBECONFIG: '', HOME: folder } }, args)
      expect([exitCode, log]).toEqual([0, ''])
      expect((await faultsOf(stdout, true)).faults).toEqual([])
    },
    LIMIT,
  )
})
