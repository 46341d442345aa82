import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from '@jest/globals'
import { CoreV1Api, KubeConfig, KubernetesObjectApi, type V1Container, type V1Pod } from '@kubernetes/client-node'
import { loadAll } from 'js-yaml'
import type { Engine } from '../../src/engine/engine.ts'
import { connectKubernetes } from '../../src/engine/kubernetes/kubernetes.ts'
import { accountToken, kubeconfig, kubeconfigOf, type TestEngine } from '../action/engines.ts'
import { pattern, row } from '../faults/fault.ts'
import { type CliOutcome, cli, flags, SCANNER } from '../scenario/scan.ts'

const config = new KubeConfig()
config.loadFromFile(kubeconfig)
export const core = config.makeApiClient(CoreV1Api)

export const TARGET_IMAGE = 'localhost/target-busybox:1'

/** Results in the form of InSpec, as a scanner of a workload leaves them. */
export async function results(): Promise<Buffer> {
  return await readFile(join(import.meta.dirname, '..', 'data', 'threshold', 'hdf', 'waivers-a.json'))
}

/** The engine as the software connects it, with the rights of an administrator. */
export async function loadEngine(namespace: string): Promise<Engine> {
  return await connectKubernetes(config, { namespace, pods: [], podSelector: '' })
}

/** The script of a scanner container that has these results, and this marker (undefined: none). */
export function leaving(results: Buffer | undefined, marker: string | undefined): string {
  const write = (text: Buffer, path: string) => `echo ${text.toString('base64')} | base64 -d >${path}`
  return [
    ...(results === undefined ? [] : [write(results, '/results/scan-results.json')]),
    ...(marker === undefined ? [] : [write(Buffer.from(marker), '/results/scan-complete')]),
    'exec sleep 3600 # inspec',
  ].join('\n')
}

/** A marker as ours is. */
export function ourMarker(results: Buffer, change: object = {}): string {
  const sha256 = createHash('sha256').update(results).digest('hex')
  const times = { startedAt: '2026-01-01T00:00:00Z', finishedAt: '2026-01-01T00:00:01Z' }
  return JSON.stringify({
    nonce: '',
    exitCode: 100,
    sha256,
    bytes: results.length,
    packedBytes: 1,
    ...times,
    ...change,
  })
}

export const shell = (script: string) => ['sh', '-c', script]

interface PodDocument {
  readonly verdict: string
  readonly image: string
  readonly pod: string
  readonly imageDigest: string
  readonly trust: { readonly by: string; readonly why: string } | null
  readonly inconclusive: string | null
  readonly error?: { readonly message: string; readonly hint: string; readonly exitCode: number }
  readonly scans?: readonly PodDocument[]
}

/** What a run over pods came to. */
export type PodOutcome = CliOutcome & { readonly document: PodDocument }

/** A run with the test bed's scanner and no threshold, unless the inputs say otherwise. */
export async function runPods(
  engine: Pick<TestEngine, 'env' | 'inputs'>,
  folder: string,
  inputs: Readonly<Record<string, string>>,
): Promise<PodOutcome> {
  const all = { 'scanner-image': SCANNER, 'output-dir': folder, threshold: 'none', timeout: '60', ...engine.inputs }
  const outcome = await cli(engine, ['run', '--json', ...flags({ ...all, ...inputs })])
  const document = outcome.stdout === '' ? ({} as PodDocument) : (JSON.parse(outcome.stdout) as PodDocument)
  return { ...outcome, document }
}

/** Holds a run to its row of the fault table. */
export function expectRow(id: string, { exitCode, document, log }: Omit<PodOutcome, 'stdout'>): void {
  const { error, verdict } = document
  expect({ verdict, exitCode, log }).toEqual({ verdict: row(id).verdict, exitCode: row(id).exitCode, log })
  expect(error?.message ?? '').toMatch(pattern(row(id).says))
  expect(error?.hint ?? '').toMatch(pattern(row(id).hint))
}

/** Applies what `render --rbac` prints with these flags, and writes a kubeconfig with these rights and no others. */
export async function grantPrinted(
  namespace: string,
  account: string,
  chosen: readonly string[],
  path: string,
): Promise<void> {
  const args = ['render', '--rbac', '--namespace', namespace, '--service-account', account, ...chosen]
  const { stdout } = await cli({ env: {} }, args)
  const client = KubernetesObjectApi.makeApiClient(config)
  for (const object of loadAll(stdout) as { kind: string }[]) await client.create(object as never)
  await writeFile(path, kubeconfigOf(await accountToken(core, namespace, account)), { mode: 0o600 })
}

/** Runs a pod with a target and a scanner container with this command. */
export async function podWith(
  namespace: string,
  name: string,
  command: readonly string[],
  more: {
    readonly scanner?: Partial<V1Container>
    readonly spec?: object
    readonly labels?: Record<string, string>
    /** Containers besides the two. */
    readonly more?: readonly V1Container[]
  } = {},
): Promise<void> {
  const volumeMounts = [{ name: 'results', mountPath: '/results' }]
  await core.createNamespacedPod({
    namespace,
    body: {
      metadata: { name, labels: { app: name, ...more.labels } },
      spec: {
        shareProcessNamespace: true,
        terminationGracePeriodSeconds: 0,
        containers: [
          { name: 'app', image: TARGET_IMAGE, imagePullPolicy: 'Never', command: ['sleep', '3600'] },
          {
            name: 'scanner',
            image: SCANNER,
            imagePullPolicy: 'Never',
            command: [...command],
            volumeMounts,
            ...more.scanner,
          },
          ...(more.more ?? []),
        ],
        volumes: [{ name: 'results', emptyDir: {} }],
        ...more.spec,
      },
    },
  })
}

/** The pod, once all its containers run. */
export async function running(namespace: string, name: string): Promise<V1Pod> {
  for (;;) {
    const pod = await core.readNamespacedPod({ namespace, name })
    const statuses = pod.status?.containerStatuses ?? []
    if (statuses.length > 0 && statuses.every(({ state }) => state?.running)) return pod
    await sleep(100)
  }
}
