import { randomInt } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { mergePatch } from '../../src/plan/patch.ts'
import { kubeconfig } from '../action/engines.ts'
import { SCANNER } from '../scenario/scan.ts'
import { documented } from '../unit/chart-values.ts'
import { helmOn, kube, ofReleases } from './helm.ts'
import { runPods, TARGET_IMAGE } from './pods.ts'

const LIMIT = 300_000
const chart = join(import.meta.dirname, '..', '..', 'charts', 'sidecar-scanner')
const run = randomInt(1e6)
let folder: string

/** A set of the old documents, in a namespace of its own and with the images of the test bed. */
const SETS = Object.entries(documented).map(([name, values], index) => {
  const release = `sets-${run}-${index}`
  // little is requested: other tests have pods at the same time
  const resources = { requests: { cpu: '10m', memory: '64Mi' }, limits: { cpu: '2', memory: '1Gi' } }
  const deploys = values['testPod']?.deploy === true
  const bed = {
    'common-scanner': { 'scanner-infrastructure': { targetNamespace: release } },
    imagePullPolicy: 'Never',
    scanner: { image: SCANNER, resources },
    sidecarScanner: { image: SCANNER, resources },
    ...(deploys ? { testPod: { targetContainer: { image: TARGET_IMAGE, command: ['sleep', '3600'] } } } : {}),
  }
  return { name, release, deploys, values: mergePatch(values, bed) }
})
const file = (release: string) => join(folder, `${release}.json`)

async function install({ release, values }: (typeof SETS)[number]): Promise<void> {
  await writeFile(file(release), JSON.stringify(values))
  // what a value names and the user has made before
  const [own] = (values['profiles']?.custom ?? []) as { configMap: string }[]
  if (own !== undefined) {
    await kube('create', 'namespace', release)
    const control = "root.rb=control 'root' do\n  describe(file('/')) { it { should exist } }\nend\n"
    await kube('create', 'configmap', own.configMap, '-n', release, `--from-literal=${control}`)
  }
  await helmOn('install', release, chart, '-f', file(release))
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sets-'))
  await Promise.all(SETS.map(install))
}, LIMIT)
afterAll(async () => {
  // nothing, where the last test passed
  for (const release of await releases()) await helmOn('uninstall', release)
  await kube('delete', 'namespaces', '--wait=false', '--ignore-not-found', ...SETS.map(({ release }) => release))
  await rm(folder, { recursive: true })
}, LIMIT)

/** Those of this run that Helm has. */
async function releases(): Promise<string[]> {
  const there = await helmOn('list', '--short', '--filter', `^sets-${run}-`)
  return there.split('\n').filter(Boolean)
}

test.each(SETS.filter(({ deploys }) => deploys))(
  'the test pod of the values of $name is scanned, and `pod` fetches its results',
  async ({ release, values }) => {
    const engine = { env: {}, inputs: { kubeconfig, namespace: release } }
    const container = values['testPod'].targetContainer.name ?? 'target'
    const { exitCode, document, log } = await runPods(engine, folder, {
      pod: 'sidecar-target',
      container,
      timeout: '240',
    })
    expect([exitCode, document.verdict, document.trust?.by, log]).toEqual([0, 'not judged', 'digest', log])
  },
  LIMIT,
)

test(
  'every set can be upgraded and uninstalled, and nothing is left',
  async () => {
    const changed = ['--set', 'safCli.thresholdConfig.compliance.min=42']
    await Promise.all(
      SETS.map(async ({ release, name }) => {
        await helmOn('upgrade', release, chart, '-f', file(release), ...changed)
        const map = await kube('get', 'configmap', `${release}-thresholds`, '-n', release, '-o', 'jsonpath={.data}')
        expect([name, map]).toEqual([name, expect.stringContaining('min: 42')])
      }),
    )
    await Promise.all(SETS.map(({ release }) => helmOn('uninstall', release)))
    const left = () => ofReleases(...SETS.map(({ release }) => release))
    // a namespace is gone some seconds after its deletion
    for (let tries = 0; tries < 120 && (await left()).length > 0; tries++) await sleep(500)
    expect(await left()).toEqual([])
  },
  LIMIT,
)
