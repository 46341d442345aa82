import { randomInt } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { KubeConfig, type V1Job } from '@kubernetes/client-node'
import { kubeconfig } from '../action/engines.ts'
import { CLI_IMAGE, loadCliImage } from '../bed/cli-image.ts'
import { SCANNER } from '../scenario/scan.ts'
import { helmOn, kube, ofReleases } from './helm.ts'
import { TARGET_IMAGE } from './pods.ts'

const LIMIT = 300_000
const chart = join(import.meta.dirname, '..', '..', 'charts', 'sidecar-scanner')
const release = `cron-${randomInt(1e6)}`
let folder: string

// little is requested: other tests have pods at the same time
const resources = { requests: { cpu: '10m', memory: '64Mi' }, limits: { cpu: '2', memory: '1Gi' } }
const VALUES = {
  targetNamespace: release,
  rbac: { useLabelSelector: true, podSelectorLabels: { app: 'demo' } },
  safCli: { failOnThresholdError: true, thresholdConfig: { compliance: { min: 100 } } },
  imagePullPolicy: 'Never',
  testPod: {
    deploy: true,
    labels: { app: 'demo' },
    targetContainer: { image: TARGET_IMAGE, command: ['sleep', '3600'] },
  },
  scanner: { image: SCANNER, resources },
  profiles: {
    default: { enabled: false },
    custom: [
      { name: 'root', files: { 'root.rb': "control 'root' do\n  describe(file('/')) { it { should exist } }\nend\n" } },
    ],
  },
  cli: { image: CLI_IMAGE },
  cronJob: { enabled: true, resources },
}
async function deploy(command: 'install' | 'upgrade', more: object = {}): Promise<void> {
  const files = [VALUES, more].map((values, index) => ({ path: join(folder, `${index}.json`), values }))
  for (const { path, values } of files) await writeFile(path, JSON.stringify(values))
  await helmOn(command, release, chart, ...files.flatMap(({ path }) => ['-f', path]))
}

/**
 * The Job that the CronJob would start now, run to its end. The nodes of the test bed have no kube-proxy, and its API server
 * listens on loopback only: there, and not at the address of the service, the Job finds it. All else is the chart's.
 */
async function runJob(name: string): Promise<{ exitCode: number; log: string }> {
  const create = ['create', 'job', name, '-n', release, `--from=cronjob/${release}-scan`, '--dry-run=client']
  const job = JSON.parse(await kube(...create, '-o', 'json')) as V1Job
  const config = new KubeConfig()
  config.loadFromFile(kubeconfig)
  const { hostname, port } = new URL(config.getCurrentCluster()!.server)
  const spec = job.spec!.template.spec!
  spec.hostNetwork = true
  spec.containers[0]!.env!.push(
    { name: 'KUBERNETES_SERVICE_HOST', value: hostname },
    { name: 'KUBERNETES_SERVICE_PORT', value: port },
  )
  const path = join(folder, `${name}.json`)
  await writeFile(path, JSON.stringify(job))
  await kube('apply', '-n', release, '-f', path)
  for (;;) {
    const { items } = JSON.parse(await kube('get', 'pods', '-n', release, '-l', `job-name=${name}`, '-o', 'json'))
    const ended = items[0]?.status.containerStatuses?.[0]?.state.terminated
    const log = ended ? await kube('logs', '-n', release, `job/${name}`) : ''
    if (ended) return { exitCode: ended.exitCode, log }
    await sleep(500)
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cron-'))
  await Promise.all([loadCliImage(), deploy('install')])
}, LIMIT)
afterAll(async () => {
  await helmOn('uninstall', release, '--ignore-not-found')
  await rm(folder, { recursive: true })
}, LIMIT)

/** Jobs leave their own pods, and nothing else. */
async function pods(): Promise<string[]> {
  const names = await kube('get', 'pods', '-n', release, '-o', 'jsonpath={.items[*].metadata.name}')
  return names.split(' ').map((name) => name.replace(/-\w{5}$/, ''))
}

test(
  'the Job of the CronJob judges pods by labels with the rights of the chart',
  async () => {
    const { exitCode, log } = await runJob('by-labels')
    expect([exitCode, log]).toEqual([0, expect.stringMatching(/^✅ pod\/sidecar-target: Passed: /m)])
    expect(log).toMatch(/found the service account of this pod/)
  },
  LIMIT,
)

test(
  'a breached threshold fails the Job, which judges pods by name here',
  async () => {
    const thresholdConfig = { compliance: { min: 100 }, passed: { total: { min: 2 } } }
    await deploy('upgrade', {
      rbac: { useResourceNames: true, podSelectorLabels: { app: 'demo' } },
      safCli: { failOnThresholdError: true, thresholdConfig },
    })
    const { exitCode, log } = await runJob('by-names')
    expect([exitCode, log]).toEqual([1, expect.stringMatching(/^❌ pod\/sidecar-target: Failed: 1 limit breached/m)])
    const job = JSON.parse(await kube('get', 'job', 'by-names', '-n', release, '-o', 'json')) as V1Job
    expect([job.status!.failed, job.status!.succeeded]).toEqual([1, undefined])
  },
  LIMIT,
)

test(
  'without `failOnThresholdError` a breach is reported and the Job succeeds; images are scanned in pods that are deleted',
  async () => {
    const thresholdConfig = { compliance: { min: 100 } }
    await deploy('upgrade', {
      testPod: { deploy: false },
      safCli: { failOnThresholdError: false, thresholdConfig },
      cronJob: { images: [TARGET_IMAGE] },
    })
    const { exitCode, log } = await runJob('by-image')
    expect([exitCode, log]).toEqual([0, expect.stringMatching(/^❌ \S+target-busybox:1: Failed: 1 limit breached/m)])
    expect(await pods()).toEqual(['by-image', 'by-labels', 'by-names'])
    const maps = await kube('get', 'configmaps', '-n', release, '-o', 'name')
    expect(maps).not.toMatch(/sidecar-scan/)
    await helmOn('uninstall', release, '--wait')
    expect(await ofReleases(release)).toEqual([])
  },
  LIMIT,
)
