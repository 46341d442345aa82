import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { KubeConfig, RbacAuthorizationV1Api, type V1PolicyRule } from '@kubernetes/client-node'
import { doorRights } from '../../src/plan/rights.ts'
import { kubeconfig, kubernetesEngine } from '../action/engines.ts'
import { expectRefusal } from '../faults/fault.ts'
import { profile } from '../faults/run.ts'
import {
  core,
  expectRow,
  grantPrinted,
  leaving,
  ourMarker,
  type PodOutcome,
  podWith,
  results,
  running,
  runPods,
  shell,
  TARGET_IMAGE,
} from './pods.ts'

const LIMIT = 300_000
const engine = kubernetesEngine('doors')
const { namespace } = engine
let folder: string

beforeAll(async () => {
  await engine.prepare()
  folder = await mkdtemp(join(tmpdir(), 'doors-'))
  const found = await results()
  const second = { name: 'second', image: TARGET_IMAGE, imagePullPolicy: 'Never', command: ['sleep', '3600'] }
  const nowhere = { nodeSelector: { none: 'none' } }
  await podWith(namespace, 'done', shell(leaving(found, ourMarker(found))))
  await podWith(namespace, 'empty', shell(`echo the house says no; ${leaving(undefined, '')}`))
  await podWith(namespace, 'idle', ['sleep', '3600'])
  await podWith(namespace, 'idle-unshared', ['sleep', '3600'], { spec: { shareProcessNamespace: false } })
  await podWith(namespace, 'idle-several', ['sleep', '3600'], { more: [second] })
  await podWith(namespace, 'waits', ['sleep', '3600'], { scanner: { name: 'other' }, spec: nowhere })
  await podWith(namespace, 'ended', ['true'], {
    spec: { restartPolicy: 'Never', containers: [{ ...second, command: ['true'] }] },
  })
  for (const name of ['done', 'empty', 'idle', 'idle-several', 'idle-unshared']) await running(namespace, name)
}, LIMIT)
afterAll(async () => {
  await engine.dispose()
  await rm(folder, { recursive: true })
})

const run = (inputs: Readonly<Record<string, string>>, as = engine.inputs): Promise<PodOutcome> =>
  runPods({ env: {}, inputs: as }, folder, { timeout: '30', ...inputs })

interface DoorCase {
  readonly door: 'pod' | 'pod-selector'
  readonly flags: readonly string[]
  /** What the printed Role is enough for. */
  readonly whole: Readonly<Record<string, string>>[]
}

const DOORS: readonly DoorCase[] = [
  {
    door: 'pod',
    flags: ['--pod', 'done', '--pod', 'idle', '--pod', 'empty'],
    whole: [{ pod: 'done' }, { pod: 'idle', profile: profile('steady') }],
  },
  { door: 'pod-selector', flags: ['--pod-selector', 'app in (done, empty)'], whole: [{ 'pod-selector': 'app=done' }] },
]

describe.each(DOORS)('the Role that `render --rbac` prints for $door', ({ door, flags, whole }) => {
  const account = `door-${door}`
  const limited = join(tmpdir(), `${namespace}-${door}.kubeconfig`)
  const as = { kubeconfig: limited, namespace }
  const admin = new KubeConfig()
  admin.loadFromFile(kubeconfig)
  const rbac = admin.makeApiClient(RbacAuthorizationV1Api)
  let printed: V1PolicyRule[]
  const chosen = (name: string) => ({ [door]: door === 'pod' ? name : `app=${name}` })
  const grant = async (rules: V1PolicyRule[]) => {
    const metadata = { name: account, namespace }
    await rbac.replaceNamespacedRole({ ...metadata, body: { metadata, rules } })
  }
  const without = (resource: string, verb: string) =>
    printed
      .map((rule) =>
        rule.resources![0] === resource ? { ...rule, verbs: rule.verbs.filter((one) => one !== verb) } : rule,
      )
      .filter(({ verbs }) => verbs.length > 0)

  beforeAll(async () => {
    await grantPrinted(namespace, account, flags, limited)
    printed = (await rbac.readNamespacedRole({ name: account, namespace })).rules!
  }, LIMIT)
  afterEach(() => grant(printed))
  afterAll(() => rm(limited))

  test.each(whole)(
    'is enough for %j',
    async (inputs) => {
      const { document, log, exitCode } = await run(inputs, as)
      expect([exitCode, document.verdict, log]).toEqual([0, 'not judged', log])
    },
    LIMIT,
  )

  const rights = doorRights(door)
  const needed = rights.filter((right) => right.without === undefined)
  test.each(needed.flatMap(({ resource, verbs }) => verbs.map((verb) => [verb, resource] as const)))(
    'has nothing unused: without %s %s the run is refused, and the hint names the command',
    async (verb, resource) => {
      await grant(without(resource, verb))
      const outcome = await run(chosen('done'), as)
      expect([outcome.exitCode, outcome.log]).toEqual([
        3,
        expect.stringContaining(`cannot ${verb} ${resource} in namespace ${namespace} (nothing was created)`),
      ])
      const named = door === 'pod' ? '--pod done' : '--pod-selector app=done'
      expect(outcome.log).toContain(
        `\`sidecar-scan render --rbac ${named} --namespace ${namespace}\` prints the minimal`,
      )
      if (verb === 'list') expectRefusal('selector-right', outcome)
    },
    LIMIT,
  )

  test(
    'the scanner’s log is shown with the right to read it, and without it the run says what is lost',
    async () => {
      const shown = await run(chosen('empty'), as)
      expect([shown.exitCode, shown.log]).toEqual([4, expect.stringContaining('the house says no')])
      await grant(without('pods/log', 'get'))
      const lost = await run(chosen('empty'), as)
      expect([lost.exitCode, lost.log]).toEqual([4, expect.not.stringContaining('the house says no')])
      expect(lost.log).toContain(`pods/log in namespace ${namespace}: ${rights.find((one) => one.without)!.without}`)
    },
    LIMIT,
  )

  test(
    'is for no other pod, and creates nothing',
    async () => {
      const other = { ...(door === 'pod' ? { pod: 'idle-several' } : { image: TARGET_IMAGE }) }
      expect((await run(other, as)).exitCode).toBe(3)
    },
    LIMIT,
  )
})

describe('the likeliest failures', () => {
  test.each(['idle-several', 'idle-unshared'])(
    '%s',
    async (id) => {
      expectRow(id, await run({ pod: id, profile: profile('steady') }))
    },
    LIMIT,
  )

  test(
    'selector-syntax',
    async () => {
      expectRefusal('selector-syntax', await run({ 'pod-selector': 'app: web' }))
    },
    LIMIT,
  )

  test(
    'selector-ended',
    async () => {
      while ((await core.readNamespacedPod({ namespace, name: 'ended' })).status?.phase !== 'Succeeded');
      expectRefusal('selector-ended', await run({ 'pod-selector': 'app=ended' }))
    },
    LIMIT,
  )

  test(
    'selector-not-started',
    async () => {
      const { document, exitCode, log } = await run({ 'pod-selector': 'app=waits', container: 'app' })
      expectRow('selector-not-started', { document, exitCode, log })
    },
    LIMIT,
  )
})
