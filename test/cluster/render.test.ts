import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { KubeConfig } from '@kubernetes/client-node'
import { loadAll } from 'js-yaml'
import { kubernetesEngine, podmanEngine } from '../action/engines.ts'
import { cli, flags } from '../scenario/scan.ts'

const IMAGE = { image: 'localhost/target-scratch:1' }

interface Rendered {
  readonly kind: string
  readonly metadata: { readonly namespace: string }
  readonly spec?: { readonly volumes: readonly { readonly image?: object }[]; readonly containers: readonly object[] }
  readonly data?: Readonly<Record<string, string>>
}

const rendered = (stdout: string) => loadAll(stdout) as Rendered[]
const pod = (stdout: string) => rendered(stdout).find(({ kind }) => kind === 'Pod')!
const shape = (stdout: string) => (pod(stdout).spec!.volumes.some(({ image }) => image) ? 'volume' : 'sidecar')

describe('`render` prints what `run` would create', () => {
  const engine = kubernetesEngine('render')
  const found = join(tmpdir(), `${engine.namespace}.context`)
  beforeAll(async () => {
    await engine.prepare()
    const config = new KubeConfig()
    config.loadFromFile(engine.inputs['kubeconfig']!)
    const context = config.getContexts()[0]!
    config.loadFromOptions({
      clusters: config.getClusters(),
      users: config.getUsers(),
      contexts: [{ ...context, namespace: engine.namespace }],
      currentContext: context.name,
    })
    await writeFile(found, config.exportConfig())
  }, 300_000)
  afterAll(engine.dispose)

  test('in the cluster of a kubeconfig that is found: its context’s namespace, the shape it takes, and why', async () => {
    const { exitCode, stdout } = await cli({ env: { KUBECONFIG: found } }, ['render', ...flags(IMAGE)])
    expect([exitCode, shape(stdout), pod(stdout).metadata.namespace]).toEqual([0, 'sidecar', engine.namespace])
    expect(stdout).toMatch(
      /^# for Kubernetes v1\.20.*: found KUBECONFIG .*\n# target-access: sidecar, .*has no image volumes\n/,
    )
  }, 300_000)

  test('with podman: the volume', async () => {
    const { exitCode, stdout } = await cli(podmanEngine(), ['render', '--engine', 'podman', ...flags(IMAGE)])
    expect([exitCode, shape(stdout)]).toEqual([0, 'volume'])
  }, 300_000)

  test.each([
    ['none is found', '', 'no kubeconfig is given or found'],
    ['the one that is found is broken', join(import.meta.dirname, 'no-such-file'), 'KUBECONFIG .* does not exist'],
  ])(
    'nowhere in particular when %s: the shape that works everywhere, and it says so',
    async (_, KUBECONFIG, why) => {
      const env = { KUBECONFIG, HOME: tmpdir() }
      const { exitCode, stdout } = await cli({ env }, ['render', ...flags(IMAGE)])
      expect([exitCode, shape(stdout), pod(stdout).metadata.namespace]).toEqual([0, 'sidecar', 'default'])
      expect(stdout).toMatch(
        new RegExp(`^# no cluster was asked: ${why}\n# target-access: sidecar, which works everywhere`),
      )
    },
    300_000,
  )

  test('a kubeconfig that is given and cannot be used is an error', async () => {
    expect(await cli({ env: {} }, ['render', '--kubeconfig', 'no/such', ...flags(IMAGE)])).toMatchObject({
      exitCode: 2,
    })
  }, 300_000)

  test('`--summary` leaves out the payload and nothing else', async () => {
    const env = { KUBECONFIG: '', HOME: tmpdir() }
    const { stdout } = await cli({ env }, ['render', '--summary', ...flags(IMAGE)])
    expect(rendered(stdout)[0]!.data!['payload']).toMatch(/^\(\d+ characters left out\)$/)
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThan(3_000)
    expect(pod(stdout).spec!.containers.length).toBeGreaterThan(1)
  }, 300_000)
})

test('the disk of the node that a scan may fill is bounded, whatever the shape', async () => {
  const env = { KUBECONFIG: '', HOME: tmpdir() }
  for (const access of ['sidecar', 'volume']) {
    const command = [
      'render',
      '--summary',
      '--target-access',
      access,
      '--scanner-resources',
      '{"limits":{"memory":"1Gi"}}',
    ]
    const { stdout } = await cli({ env }, [...command, ...flags(IMAGE)])
    const { volumes, containers } = pod(stdout).spec as never as {
      volumes: { name: string; emptyDir?: { sizeLimit?: string } }[]
      containers: { resources: { limits: Record<string, string>; requests: Record<string, string> } }[]
    }
    const unbounded = volumes.filter(({ emptyDir }) => emptyDir && emptyDir.sizeLimit === undefined)
    expect(unbounded).toEqual([])
    for (const { resources } of containers) {
      expect(resources.limits['ephemeral-storage']).toMatch(/^\d+[MG]i$/)
      // else the limit would be requested, and no small node had room for the pod
      expect(resources.requests['ephemeral-storage']).toBe('0')
    }
  }
}, 300_000)

test('an empty `kubeconfig` with `engine: auto` is warned of; with `engine: kubernetes` it is refused', async () => {
  const env = { ...podmanEngine().env, KUBECONFIG: '', HOME: tmpdir() }
  const start = (...more: string[]) => cli({ env }, ['run', '--dry-run', '--kubeconfig=', ...flags(IMAGE), ...more])
  const auto = await start()
  expect([auto.exitCode, auto.log]).toEqual([
    0,
    expect.stringContaining(
      '`kubeconfig` is empty (is the secret set, and does this event get secrets?): the scan runs with podman',
    ),
  ])
  const named = await start('--engine', 'kubernetes')
  expect([named.exitCode, named.log]).toEqual([
    2,
    expect.stringMatching(/`kubeconfig` is empty, and none is found[\s\S]*is the secret set/),
  ])
  // not given is another thing
  expect((await cli({ env }, ['run', '--dry-run', ...flags(IMAGE)])).log).not.toContain('is empty')
}, 300_000)
