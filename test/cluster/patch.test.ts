import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { loadAll } from 'js-yaml'
import { kubeconfig, kubernetesEngine } from '../action/engines.ts'
import { kubectl } from '../bed/gems.ts'
import { expectRefusal, pattern, row } from '../faults/fault.ts'
import { profile } from '../faults/run.ts'
import { cli, flags, SCANNER } from '../scenario/scan.ts'
import { expectRow, grantPrinted, runPods, TARGET_IMAGE } from './pods.ts'

const engine = kubernetesEngine('patch')
const { namespace } = engine
const LIMIT = 300_000
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
      const limited = join(folder, 'limited.kubeconfig')
      await grantPrinted(namespace, 'fetches', ['--pod-selector', 'app=shop'], limited)
      const chosen = { 'pod-selector': 'app=shop', threshold: 'failed.medium.max: 0', 'output-dir': folder }
      const outcome = await cli(engine, ['run', '--json', ...flags({ namespace, kubeconfig: limited, ...chosen })])
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
    'a workload that may not run as root keeps running, and its scanner says what reads it',
    async () => {
      const name = 'sealed'
      const labels = { app: name }
      const [web] = APP.spec.template.spec.containers
      const sealed = {
        ...APP,
        metadata: { name },
        spec: {
          strategy: { type: 'Recreate' },
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: {
              terminationGracePeriodSeconds: 0,
              securityContext: { runAsNonRoot: true, runAsUser: 65534, runAsGroup: 65534, fsGroup: 65534 },
              containers: [{ ...web, volumeMounts: [] }],
            },
          },
        },
      }
      await writeFile(join(folder, 'sealed.json'), JSON.stringify(sealed))
      await kube('apply', '-f', join(folder, 'sealed.json'))
      const outcome = async (more: Readonly<Record<string, string>>) => {
        await kube('apply', '-f', await rendered(`deployment/${name}`, 'configmaps', more))
        await kube('patch', 'deployment', name, '--patch-file', await rendered(`deployment/${name}`, 'patch', more))
        await kube('rollout', 'status', `deployment/${name}`, '--timeout', '90s')
        return await runPods(engine, folder, { 'pod-selector': `app=${name}` })
      }
      expectRow('patch-user', await outcome({}))
      const { exitCode, document, log } = await outcome({ 'run-as-user': '65534', 'pod-security': 'restricted' })
      expect([exitCode, document.verdict, log]).toEqual([0, 'not judged', log])
      await kube('delete', 'deployment', name)
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
    ['patch-pod', ['--patch', 'pod/web']],
    ['patch-job', ['--patch', 'cronjob/nightly']],
    ['patch-part', ['--patch', 'deployment/shop', '--part', 'patches']],
    ['patch-secret', ['--patch', 'deployment/shop', '--inputs-file', 'inputs.yml']],
  ])(
    '%s',
    async (id, args) => {
      await writeFile(join(folder, 'inputs.yml'), 'a: b\n')
      expectRefusal(id, await cli(engine, ['render', ...args], { cwd: folder }))
    },
    LIMIT,
  )

  test(
    'patch-misspelt, patch-configmaps, patch-container',
    async () => {
      const name = 'odd'
      const { spec, ...rest } = APP
      const [web, other] = spec.template.spec.containers
      const labels = { app: name }
      const pods = { ...spec.template.spec, volumes: [{ name: 'results', emptyDir: {} }], containers: [web, other] }
      const odd = {
        ...rest,
        metadata: { name },
        spec: {
          strategy: { type: 'Recreate' },
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: pods },
        },
      }
      await writeFile(join(folder, 'odd.json'), JSON.stringify(odd))
      await kube('apply', '-f', join(folder, 'odd.json'))
      const patch = async (more: Readonly<Record<string, string>>) =>
        kube('patch', 'deployment', name, '--patch-file', await rendered(`deployment/${name}`, 'patch', more))
      await expect(patch({ container: 'wbe' })).rejects.toMatchObject({
        code: row('patch-misspelt').exitCode,
        stderr: expect.stringMatching(pattern(`${row('patch-misspelt').says}\n`)),
      })

      await patch({})
      const run = () => runPods(engine, folder, { 'pod-selector': 'app=odd', timeout: '10' })
      expectRow('patch-configmaps', await run())

      await kube('apply', '-f', await rendered(`deployment/${name}`, 'configmaps'))
      // the kubelet mounts again after a pause that grows: a new pod does not wait for it
      await kube('delete', 'pods', '--selector', `app=${name}`, '--now')
      expectRow('patch-container', await runPods(engine, folder, { 'pod-selector': 'app=odd' }))
      await kube('delete', 'deployment', name)
    },
    LIMIT,
  )
})
