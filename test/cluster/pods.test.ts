import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { kubernetesEngine } from '../action/engines.ts'
import { expectRefusal } from '../faults/fault.ts'
import { profile } from '../faults/run.ts'
import { governed } from './governed.ts'
import {
  core,
  expectRow,
  leaving,
  loadEngine,
  ourMarker,
  type PodOutcome,
  podWith,
  results,
  running,
  runPods,
  shell,
  TARGET_IMAGE,
} from './pods.ts'

const engine = kubernetesEngine('pods')
const { namespace } = engine
const LIMIT = 300_000
let folder: string
let found: Buffer

beforeAll(async () => {
  await engine.prepare()
  folder = await mkdtemp(join(tmpdir(), 'pods-'))
  found = await results()
}, 300_000)
afterAll(async () => {
  await engine.dispose()
  await rm(folder, { recursive: true })
})

const run = (inputs: Readonly<Record<string, string>>): Promise<PodOutcome> => runPods(engine, folder, inputs)
describe('a pod that carries a scanner', () => {
  test(
    'an empty marker: the results are judged, and the report says how little is proven',
    async () => {
      await podWith(namespace, 'touched', shell(`sleep 2; ${leaving(found, '')}`))
      const before = await running(namespace, 'touched')
      const { document, log } = await run({ pod: 'touched' })
      expect([document.verdict, log]).toEqual(['not judged', log])
      expect(document.trust).toMatchObject({ by: 'none', why: expect.stringContaining('the marker file is empty') })
      expect(document.image).toBe('pod/touched')
      expect(document.imageDigest).toMatch(/^sha256:/)
      const after = await core.readNamespacedPod({ namespace, name: 'touched' })
      // untouched: the same pod, the same manifest, nothing restarted
      expect([
        after.metadata!.uid,
        after.spec,
        after.status!.containerStatuses!.map((one) => one.restartCount),
      ]).toEqual([before.metadata!.uid, before.spec, [0, 0]])
    },
    LIMIT,
  )

  test(
    'a marker of ours: size and digest are checked',
    async () => {
      await podWith(namespace, 'ours', shell(leaving(found, ourMarker(found))))
      await running(namespace, 'ours')
      const { document } = await run({ pod: 'ours' })
      expect([document.verdict, document.trust?.by]).toEqual(['not judged', 'digest'])
    },
    LIMIT,
  )

  test(
    'a scanner that idles: the scan is run in it, and nothing stays there',
    async () => {
      await podWith(namespace, 'idle', ['sleep', '3600'])
      await running(namespace, 'idle')
      const { document, log, exitCode } = await run({
        pod: 'idle',
        profile: profile('steady'),
        threshold: 'failed.medium.max: 1',
      })
      expect([exitCode, document.verdict, document.trust?.by, log]).toEqual([0, 'passed', 'nonce', log])
      const left = () => inside('idle', 'ls -A /tmp /dev/shm /var/tmp /results; cat /proc/*/cmdline | tr "\\0" " "')
      // what removes the folder looks once a second whether it may end
      for (let tries = 0; tries < 30 && /sidecar-scan|inspec/.test(await left()); tries++) await sleep(500)
      expect(await left()).not.toMatch(/sidecar-scan|inspec/)
      // the target is the container beside it, not the scanner: busybox has a shell, and it is counted as failed
      expect(JSON.stringify(document)).toContain('"failed":{"total":1')
    },
    LIMIT,
  )
})

/** What a command in the scanner prints, as kubectl exec would show it. */
async function inside(pod: string, script: string): Promise<string> {
  let said = ''
  const api = await loadEngine(namespace)
  const onOutput = (chunk: Buffer) => {
    said += chunk.toString()
  }
  await api.exec({ pod, container: 'scanner' }, { command: shell(script), onOutput }, AbortSignal.timeout(10_000))
  return said
}

describe('the likeliest failures', () => {
  const cases: [string, string[], Record<string, string>][] = [
    ['pod-marker-size', shell(leaving(Buffer.from('{}'), ourMarker(Buffer.from('{"a":1}')))), {}],
    ['pod-no-results', shell(leaving(undefined, '')), {}],
    ['pod-no-marker', shell('exec sleep 3600 # inspec'), { timeout: '12' }],
    ['pod-ended', shell('exit 0'), {}],
  ]
  test.each(cases)(
    '%s',
    async (id, command, inputs) => {
      await podWith(namespace, id, command, { spec: { restartPolicy: 'Never' } })
      expectRow(id, await run({ pod: id, ...inputs }))
    },
    LIMIT,
  )

  test(
    'pod-lies',
    async () => {
      const other = Buffer.from(`${found.toString()} `)
      const marker = ourMarker(other, { bytes: found.length })
      await podWith(namespace, 'pod-lies', shell(leaving(found, marker)))
      expectRow('pod-lies', await run({ pod: 'pod-lies' }))
    },
    LIMIT,
  )

  test(
    'pod-away',
    async () => {
      await podWith(namespace, 'pod-away', shell('exec sleep 3600 # inspec'))
      await running(namespace, 'pod-away')
      const outcome = run({ pod: 'pod-away' })
      while (!(await inside('pod-away', 'cat /proc/*/cmdline')).includes('scan-complete')) await sleep(300)
      await core.deleteNamespacedPod({ namespace, name: 'pod-away', gracePeriodSeconds: 0 })
      expectRow('pod-away', await outcome)
    },
    LIMIT,
  )

  test(
    'pod-restarts',
    async () => {
      await podWith(namespace, 'pod-restarts', shell('sleep 14; exit 1 # inspec'))
      await running(namespace, 'pod-restarts')
      expectRow('pod-restarts', await run({ pod: 'pod-restarts' }))
    },
    LIMIT,
  )

  // a policy that gives no reason is answered with 422
  test.each([403, 422])(
    'pod-policy: exec is answered with %i',
    async (status) => {
      if (status === 403) await podWith(namespace, 'pod-policy', shell(leaving(found, '')))
      const { engine: behind, proxy } = await governed(engine)
      await using _ = proxy
      proxy.weather = { answer: (request) => (/\/exec/.test(request) ? status : undefined) }
      expectRow('pod-policy', await runPods(behind, folder, { pod: 'pod-policy' }))
    },
    LIMIT,
  )

  test(
    'pod-missing',
    async () => {
      expectRefusal('pod-missing', await run({ pod: 'no-such-pod' }))
    },
    LIMIT,
  )

  test(
    'pod-selector-empty',
    async () => {
      expectRefusal('pod-selector-empty', await run({ 'pod-selector': 'app=nothing' }))
    },
    LIMIT,
  )

  test(
    'pod-run-without-scanner',
    async () => {
      await podWith(namespace, 'plain-run', ['sleep', '3600'], { scanner: { name: 'other' } })
      expectRefusal('pod-run-without-scanner', await run({ pod: 'plain-run', 'target-mode': 'run' }))
    },
    LIMIT,
  )
})

test(
  'several pods: one result each, one verdict, and none is waited for for ever',
  async () => {
    const labels = { tier: 'web' }
    for (const name of ['web-1', 'web-2'])
      await podWith(namespace, name, shell(leaving(found, ourMarker(found))), { labels })
    await podWith(namespace, 'web-3', ['sleep', '1'], { labels, spec: { nodeSelector: { none: 'none' } } })
    await running(namespace, 'web-2')
    const { document, exitCode, log } = await run({ 'pod-selector': 'tier=web', timeout: '10' })
    expect(exitCode).toBe(3)
    expect(document.verdict).toBe('inconclusive')
    expect(document.scans!.map(({ image, verdict }) => [image, verdict])).toEqual([
      ['pod/web-1', 'not judged'],
      ['pod/web-2', 'not judged'],
      ['pod/web-3', 'inconclusive'],
    ])
    expectRow('selector-pending', { exitCode, log, document: document.scans![2]! })
  },
  LIMIT,
)

test(
  'a pod without a scanner: the images it runs are scanned at rest, each once, and the pods are untouched',
  async () => {
    const labels = { tier: 'plain' }
    const spec = {
      initContainers: [{ name: 'init', image: TARGET_IMAGE, imagePullPolicy: 'Never', command: ['true'] }],
    }
    const scanner = { name: 'side', image: 'localhost/target-scratch:1', command: ['/server'] }
    for (const name of ['plain-1', 'plain-2']) await podWith(namespace, name, [], { scanner, labels, spec })
    for (const name of ['plain-1', 'plain-2']) await running(namespace, name)
    const before = (await core.listNamespacedPod({ namespace })).items.map(({ metadata }) => metadata!.uid)
    const { document, exitCode, log } = await run({
      'pod-selector': 'tier=plain',
      profile: profile('steady'),
      threshold: 'failed.medium.max: 0',
    })
    expect([exitCode, log]).toEqual([1, log])
    expect(document.scans!.map(({ verdict, pod, trust }) => [verdict, pod, trust?.by])).toEqual([
      [
        'failed',
        'plain-1, container init; plain-1, container app; plain-2, container init; plain-2, container app',
        'nonce',
      ],
      ['passed', 'plain-1, container side; plain-2, container side', 'nonce'],
    ])
    for (const { image, imageDigest } of document.scans!) expect(image).toContain(imageDigest)
    const after = (await core.listNamespacedPod({ namespace })).items.map(({ metadata }) => metadata!.uid)
    expect(after).toEqual(before)
  },
  LIMIT,
)

test(
  '`container` picks one',
  async () => {
    const { document } = await run({ pod: 'plain-1', container: 'side', profile: profile('steady') })
    expect(document.pod).toBe('plain-1, container side')
  },
  LIMIT,
)
