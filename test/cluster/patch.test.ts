import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { loadAll } from 'js-yaml'
import { kubeconfig, kubernetesEngine } from '../action/engines.ts'
import { kubectl } from '../bed/gems.ts'
import { profile } from '../faults/run.ts'
import { cli, flags, SCANNER } from '../scenario/scan.ts'
import { core, TARGET_IMAGE } from './pods.ts'

const engine = kubernetesEngine('patch')
const { namespace } = engine
const LIMIT = 300_000
const root = join(import.meta.dirname, '..', '..')
let folder: string
let program: string

beforeAll(async () => {
  await engine.prepare()
  folder = await mkdtemp(join(tmpdir(), 'patch-'))
  program = await kubectl()
}, LIMIT)
afterAll(async () => {
  await engine.dispose()
  await rm(folder, { recursive: true })
})

async function kube(...args: string[]): Promise<string> {
  const all = ['--kubeconfig', kubeconfig, '--namespace', namespace, ...args]
  return (await promisify(execFile)(program, all, { maxBuffer: 1 << 26 })).stdout
}

const inputs = () => ({ namespace, 'scanner-image': SCANNER, 'image-pull-policy': 'Never', profile: profile('steady') })
const rendered = async (name: string, part: string, more: Readonly<Record<string, string>> = {}) => {
  const { stdout, log, exitCode } = await cli(engine, [
    'render',
    '--patch',
    name,
    '--part',
    part,
    ...flags({ ...inputs(), ...more }),
  ])
  expect([exitCode, log]).toEqual([0, ''])
  const path = join(folder, `${part}.yaml`)
  await writeFile(path, stdout)
  return path
}

const APP = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'shop' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'shop' } },
    template: {
      metadata: { labels: { app: 'shop' } },
      spec: {
        terminationGracePeriodSeconds: 0,
        // a volume with the name of one of ours
        volumes: [{ name: 'results', emptyDir: {} }],
        containers: [
          {
            name: 'web',
            image: TARGET_IMAGE,
            imagePullPolicy: 'Never',
            command: ['sleep', '3600'],
            env: [{ name: 'A', value: '1' }],
            volumeMounts: [{ name: 'results', mountPath: '/data' }],
          },
          { name: 'other', image: TARGET_IMAGE, imagePullPolicy: 'Never', command: ['sleep', '3600'] },
        ],
      },
    },
  },
}

describe('a workload with a patch', () => {
  test(
    'is found and judged by `pod-selector`, and is what it was when the scanner is taken out',
    async () => {
      const manifest = join(folder, 'app.json')
      await writeFile(manifest, JSON.stringify(APP))
      await kube('apply', '-f', manifest)
      const spec = async () => JSON.parse(await kube('get', 'deployment', 'shop', '-o', 'json')).spec as object
      const before = await spec()
      const container = { container: 'web' }
      await kube('apply', '-f', await rendered('deployment/shop', 'configmaps', container))
      await kube('patch', 'deployment', 'shop', '--patch-file', await rendered('deployment/shop', 'patch', container))
      await kube('rollout', 'status', 'deployment/shop', '--timeout', '90s')
      const chosen = { 'pod-selector': 'app=shop', threshold: 'failed.medium.max: 0', 'output-dir': folder }
      const outcome = await cli(engine, ['run', '--json', ...flags({ ...engine.inputs, ...chosen })])
      const { verdict, scans } = JSON.parse(outcome.stdout)
      // the target has a shell, which the profile forbids: the scanner looked at it
      expect([outcome.exitCode, verdict, scans.length, outcome.log]).toEqual([1, 'failed', 2, outcome.log])
      for (const scan of scans)
        expect([scan.trust.by, scan.profile, scan.scanner]).toEqual(['digest', 'steady', SCANNER])
      await kube('patch', 'deployment', 'shop', '--patch-file', await rendered('deployment/shop', 'removal', container))
      expect(await spec()).toEqual(before)
    },
    LIMIT,
  )

  test(
    'works with Kustomize too',
    async () => {
      await writeFile(join(folder, 'app.yaml'), JSON.stringify(APP))
      await rendered('deployment/shop', 'configmaps')
      await rendered('deployment/shop', 'patch')
      const kustomization = { resources: ['app.yaml', 'configmaps.yaml'], patches: [{ path: 'patch.yaml' }] }
      await writeFile(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization))
      const objects = loadAll(await kube('kustomize', folder)) as (typeof APP)[]
      const { spec } = objects.find(({ kind }) => kind === 'Deployment')!.spec.template
      expect(spec.containers.map(({ name }) => name).sort()).toEqual(['other', 'scanner', 'web'])
      expect(spec.volumes.filter(({ name }) => name === 'results')).toHaveLength(1)
    },
    LIMIT,
  )

  test.each([
    [['--patch', 'pod/web'], /a Pod that runs cannot be given a container/],
    [['--patch', 'cronjob/nightly'], /a Job would never end/],
    [['--patch', 'deployment/shop', '--part', 'patches'], /it may be `patch`, `configmaps`, `removal`/],
  ])(
    '%j is refused',
    async (args, hint) => {
      const { exitCode, log } = await cli(engine, ['render', ...args])
      expect([exitCode, log]).toEqual([2, expect.stringMatching(hint)])
    },
    LIMIT,
  )

  test(
    'shows no secrets: inputs files are refused',
    async () => {
      const file = join(folder, 'inputs.yml')
      await writeFile(file, 'a: b\n')
      const { exitCode, log } = await cli(engine, ['render', '--patch', 'deployment/shop', '--inputs-file', file])
      expect([exitCode, log]).toEqual([2, expect.stringContaining('cannot be part of a patch')])
    },
    LIMIT,
  )
})

describe('the rights of pods that run already', () => {
  test(
    'of a named pod: the printed Role is for it alone, and creates nothing',
    async () => {
      const { stdout } = await cli(engine, ['render', '--rbac', '--pod', 'web-1', '--namespace', 'n'])
      const objects = loadAll(stdout) as { kind: string; rules?: { resourceNames: string[]; verbs: string[] }[] }[]
      expect(objects.map(({ kind }) => kind)).toEqual(['ServiceAccount', 'Role', 'RoleBinding'])
      const { rules } = objects[1]!
      expect(rules!.map(({ resourceNames }) => resourceNames)).toEqual([['web-1'], ['web-1'], ['web-1']])
      expect(JSON.stringify(rules)).not.toMatch(/delete|list|secrets|configmaps/)
    },
    LIMIT,
  )
})

test(
  'scan-with-sidecar.sh: the words of the old script, its result files, the exit code of the verdict',
  async () => {
    const script = join(root, 'scripts', 'scan-with-sidecar.sh')
    const env = {
      ...process.env,
      SIDECAR_SCAN: `${process.execPath} ${join(root, 'scripts', 'dev.ts')}`,
      SIDECAR_SCAN_FLAGS: `--scanner-image ${SCANNER} --kubeconfig ${kubeconfig}`,
    }
    const cwd = await mkdtemp(join(folder, 'script-'))
    const threshold = join(folder, 'threshold.yml')
    await writeFile(threshold, 'failed:\n  total:\n    max: 0\n')
    const started = (...args: string[]) =>
      new Promise<number>((resolve) => {
        execFile(script, args, { cwd, env }, (error) => resolve(error ? Number(error.code) : 0))
      })
    expect(await started(namespace, TARGET_IMAGE)).toBe(2)
    expect(await started(namespace, TARGET_IMAGE, profile('steady'), threshold)).toBe(1)
    const [results] = await readdir(cwd)
    expect(results).toMatch(/^scan-results-/)
    const files = await readdir(join(cwd, results!))
    for (const name of ['scan-results.json', 'scan-summary.md', 'threshold-result.txt']) expect(files).toContain(name)
    expect(await readFile(join(cwd, results!, 'threshold-result.txt'), 'utf8')).toContain('THRESHOLD_RESULT=1')
    expect(
      (await core.listNamespacedPod({ namespace, labelSelector: 'app.kubernetes.io/name=sidecar-scan' })).items,
    ).toEqual([])
  },
  LIMIT,
)
