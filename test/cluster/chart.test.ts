import { randomInt } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node'
import { accountToken, kubeconfig, kubeconfigOf } from '../action/engines.ts'
import { expectHelm } from '../faults/fault.ts'
import { cli, flags, SCANNER } from '../scenario/scan.ts'
import { helmOn, kube, ofReleases } from './helm.ts'
import { TARGET_IMAGE } from './pods.ts'

const LIMIT = 300_000
const chart = join(import.meta.dirname, '..', '..', 'charts', 'sidecar-scanner')
const namespace = `chart-${randomInt(1e6)}`
const release = `rel-${namespace}`
const infra = 'common-scanner.scanner-infrastructure'
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chart-'))
}, LIMIT)
afterAll(async () => {
  await helmOn('uninstall', release, '--ignore-not-found').catch(() => {})
  await kube('delete', 'namespace', namespace, '--ignore-not-found', '--wait=false').catch(() => {})
  await rm(folder, { recursive: true })
}, LIMIT)

const VALUES = {
  'common-scanner': {
    'scanner-infrastructure': {
      targetNamespace: namespace,
      rbac: { useLabelSelector: true, podSelectorLabels: { app: 'demo' } },
    },
    safCli: { thresholdConfig: { compliance: { min: 100 }, failed: { critical: { max: 0 } } } },
  },
  imagePullPolicy: 'Never',
  testPod: {
    deploy: true,
    targetContainer: { image: TARGET_IMAGE, command: ['sleep', '3600'] },
    labels: { app: 'demo' },
  },
  scanner: { image: SCANNER, resources: { limits: { cpu: '2', memory: '1Gi' } } },
  profiles: {
    default: { enabled: false },
    custom: [
      {
        name: 'house-rules',
        files: {
          'controls/shell.rb': "control 'shell' do\n  describe(file('/bin/sh')) { it { should_not exist } }\nend\n",
        },
      },
      { name: 'flat', files: { 'root.rb': "control 'root' do\n  describe(file('/')) { it { should exist } }\nend\n" } },
    ],
  },
}

test(
  'install, scan, upgrade, uninstall',
  async () => {
    const values = join(folder, 'values.json')
    await writeFile(values, JSON.stringify(VALUES))
    const notes = await helmOn('install', release, chart, '-f', values)
    expect(notes).toMatch(/no policy enforces the labels/)
    // the eleven of the chart, and what Helm keeps of the release
    expect(await ofReleases(release)).toHaveLength(12)

    // with the rights of the chart's own Role, and no others
    const config = new KubeConfig()
    config.loadFromFile(kubeconfig)
    const limited = join(folder, 'limited.kubeconfig')
    const token = await accountToken(config.makeApiClient(CoreV1Api), namespace, 'inspec-scanner')
    await writeFile(limited, kubeconfigOf(token), { mode: 0o600 })
    const threshold = join(folder, 'threshold.yml')
    const judge = async (pods: string) => {
      const map = JSON.parse(await kube('get', 'configmap', `${release}-thresholds`, '-n', namespace, '-o', 'json'))
      await writeFile(threshold, map.data['threshold.yml'])
      const inputs = {
        namespace,
        kubeconfig: limited,
        'threshold-file': threshold,
        'output-dir': folder,
        container: 'target',
      }
      const { exitCode, stdout, log } = await cli({ env: {} }, ['run', '--json', pods, ...flags(inputs)])
      const { verdict, trust } = stdout === '' ? {} : JSON.parse(stdout)
      return { exitCode, verdict, by: trust?.by, log }
    }
    // the target has a shell: one of the two profiles fails
    const first = await judge('--pod-selector=app=demo')
    expect([first.exitCode, first.verdict, first.by, first.log]).toEqual([1, 'failed', 'digest', first.log])

    const allowed = [`${infra}.rbac.useResourceNames=true`, 'common-scanner.safCli.thresholdConfig.compliance.min=10']
    const lax = 'safCli.thresholdConfig.failed.medium.max=5'
    await helmOn('upgrade', release, chart, '-f', values, ...[...allowed, lax].flatMap((value) => ['--set', value]))
    // names restrict the Role: the selector is not enough any more
    expect((await judge('--pod-selector=app=demo')).exitCode).toBe(3)
    const second = await judge('--pod=sidecar-target')
    expect([second.exitCode, second.verdict, second.log]).toEqual([0, 'passed', second.log])
    const role = JSON.parse(await kube('get', 'role', 'scanner-role', '-n', namespace, '-o', 'json'))
    expect(role.rules[0].resourceNames).toEqual(['sidecar-target'])

    // a Pod keeps its environment and mounts
    const changed = helmOn('upgrade', release, chart, '-f', values, '--set', 'results.directory=/other')
    await expectHelm('chart-pod-changed', changed)

    await helmOn('uninstall', release, '--wait')
    expect(await ofReleases(release)).toEqual([])
  },
  LIMIT,
)
