import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { load, loadAll } from 'js-yaml'
import { chartFiles, outOfDate } from '../../scripts/chart.ts'
import { podRbacObjects, RIGHTS, rbacObjects } from '../../src/plan/rights.ts'
import { helm } from '../bed/gems.ts'
import { expectHelm } from '../faults/fault.ts'
import { documented } from './chart-values.ts'

const chart = join(import.meta.dirname, '..', '..', 'charts', 'sidecar-scanner')
// the gem may have to be installed first
const LIMIT = 300_000
let program: string
let folder: string

beforeAll(async () => {
  program = await helm()
  folder = await mkdtemp(join(tmpdir(), 'chart-'))
}, LIMIT)
afterAll(async () => await rm(folder, { recursive: true }))

// biome-ignore lint/suspicious/noExplicitAny: objects of any kind
type Named = { kind: string; metadata: { name: string; namespace?: string; labels: object } } & Record<string, any>

async function run(...args: string[]): Promise<string> {
  return (await promisify(execFile)(program, args, { maxBuffer: 1 << 26 })).stdout
}
const sets = (values: readonly string[]) => values.flatMap((value) => ['--set', value])
async function objects(values: readonly string[], ...more: string[]): Promise<Named[]> {
  return loadAll(await run('template', 'rel', chart, ...sets(values), ...more)).filter(Boolean) as Named[]
}
const only = (all: readonly Named[], kind: string) => all.find((object) => object.kind === kind)!
const kinds = (all: readonly Named[]) => all.map(({ kind }) => kind).sort()
const infra = 'common-scanner.scanner-infrastructure'

describe('the chart', () => {
  test('is what is generated', async () => {
    expect(outOfDate(await chartFiles())).toEqual([])
  })

  test('passes `helm lint --strict`', async () => {
    expect(await run('lint', '--strict', chart)).toMatch(/0 chart\(s\) failed/)
    expect(await run('lint', '--strict', chart, '--set', 'testPod.deploy=true')).toMatch(/0 chart\(s\) failed/)
  })

  test('has the objects of the documents by default, and no pod', async () => {
    const all = await objects([])
    expect(kinds(all)).toEqual(['ConfigMap', 'Namespace', 'NetworkPolicy', 'Role', 'RoleBinding', 'ServiceAccount'])
    expect(only(all, 'ServiceAccount').metadata).toMatchObject({ name: 'inspec-scanner', namespace: 'inspec-test' })
  })

  test.each(Object.entries(documented))('takes the values of the old documents: %s', async (name, values) => {
    const file = join(folder, `${name.replace(/\W/g, '-')}.json`)
    await writeFile(file, JSON.stringify(values))
    expect(await run('lint', '--strict', chart, '-f', file)).toMatch(/0 chart\(s\) failed/)
    const all = await objects([], '-f', file)
    const { targetNamespace = 'inspec-test' } = values['common-scanner']?.['scanner-infrastructure'] ?? {}
    for (const { kind, metadata } of all) if (kind !== 'Namespace') expect(metadata.namespace).toBe(targetNamespace)
  })

  test.each([
    ['unknown=1', /unknown/],
    [`${infra}.rbac.useResourceName=true`, /useResourceName/],
    ['rbac.useResourceName=true', /useResourceName/],
    ['results.format=xml', /results\.format|results\/format/],
    ['common-scanner.safCli.thresholdConfig.failed.critical.max=-1', /critical/],
    ['rbac.clusterWide=true', /clusterWide/],
    ['rbac.podSelectorLabels.app=a b', /podSelectorLabels\.app/],
    ['testPod.labels.a"b=c', /testPod\.labels/],
  ])('refuses %s by its name', async (value, named) => {
    await expect(objects([value])).rejects.toThrow(named)
  })

  test.each([
    ['chart-unknown', ['testPod.imgae=x']],
    ['chart-wrong', ['testPod.deploy=maybe']],
    ['chart-unshared', ['testPod.deploy=true', 'testPod.shareProcessNamespace=false']],
    ['chart-no-target', ['cronJob.enabled=true', 'cli.image=cli']],
    ['chart-no-cli', ['cronJob.enabled=true', 'cronJob.images={a}']],
    ['chart-no-profile', ['testPod.deploy=true', 'profiles.default.enabled=false']],
    ['chart-empty-profile', ['testPod.deploy=true', 'profiles.custom[0].name=a']],
  ])('%s', async (id, values) => {
    await expectHelm(id, objects(values))
  })
})

describe('the objects of the chart', () => {
  const rulesOf = (list: readonly object[]) => only(list as Named[], 'Role')['rules'] as object[]

  test('are those of `render --rbac` where they are the same thing', async () => {
    const all = await objects([])
    const printed = rbacObjects('inspec-test', 'account', 'baseline') as Named[]
    expect(rulesOf(all)).toEqual(rulesOf(podRbacObjects('inspec-test', 'account', 'pod-selector', [])))
    expect(only(all, 'NetworkPolicy')['spec']).toEqual(only(printed, 'NetworkPolicy')['spec'])
    const enforce = ['pod-security.kubernetes.io/enforce']
    expect(only(all, 'Namespace').metadata.labels).toHaveProperty(enforce, 'baseline')
  })

  test('grant a scan of images what it needs, when the CronJob scans images', async () => {
    const all = await objects(['cronJob.enabled=true', 'cli.image=cli', 'cronJob.images={one,two}'])
    expect(rulesOf(all)).toEqual(
      RIGHTS.map(({ resource, verbs }) => ({ apiGroups: [''], resources: [resource], verbs })),
    )
    const [container] = only(all, 'CronJob')['spec'].jobTemplate.spec.template.spec.containers
    expect(container.args).toEqual(
      expect.arrayContaining([
        '--image=one',
        '--image=two',
        '--threshold-file=/thresholds/threshold.yml',
        '--fail-on=error',
      ]),
    )
  })

  test('`rbac.useResourceNames` restricts exec and get to the named pods', async () => {
    const names = ['rbac.useResourceNames=true', 'rbac.resourceNames={a,b}']
    const named = rulesOf(podRbacObjects('inspec-test', 'account', 'pod', ['a', 'b']))
    expect(rulesOf(await objects(names))).toEqual(named)
    expect(rulesOf(await objects(names.map((name) => `${infra}.${name}`)))).toEqual(named)
    // names that are wanted and not given grant nothing
    expect(rulesOf(await objects(['rbac.useResourceNames=true']))).toEqual([])
  })

  test('labels become a policy only where the cluster has ValidatingAdmissionPolicy', async () => {
    const labels = [
      'rbac.useLabelSelector=true',
      'rbac.podSelectorLabels.app=shop',
      'rbac.podSelectorLabels.scannable=true',
    ]
    expect(kinds(await objects(labels))).not.toContain('ValidatingAdmissionPolicy')
    const able = await objects(labels, '--api-versions', 'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy')
    expect(only(able, 'ValidatingAdmissionPolicy')['spec'].matchConditions[0].expression).toBe(
      "request.userInfo.username == 'system:serviceaccount:inspec-test:inspec-scanner'",
    )
    const selectors = able
      .filter(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding')
      .map(({ spec }) => spec.paramRef.selector.matchExpressions[0])
    expect(selectors).toEqual([
      { key: 'app', operator: 'NotIn', values: ['shop'] },
      { key: 'scannable', operator: 'NotIn', values: ['true'] },
    ])
  })

  test('the policy of the labels leaves alone what the chart itself has scanned', async () => {
    const policies = async (...values: string[]) => {
      const labels = ['rbac.useLabelSelector=true', 'rbac.podSelectorLabels.app=shop']
      const version = ['--api-versions', 'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy']
      const all = await objects([...labels, ...values], ...version)
      const bindings = all.filter(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding')
      return {
        conditions: only(all, 'ValidatingAdmissionPolicy')?.['spec'].matchConditions.map(
          ({ expression }: { expression: string }) => expression,
        ),
        expressions: bindings.flatMap(({ spec }) => spec.paramRef.selector.matchExpressions),
      }
    }
    const account = "request.userInfo.username == 'system:serviceaccount:inspec-test:inspec-scanner'"
    const shop = { key: 'app', operator: 'NotIn', values: ['shop'] }
    // whatever the labels of the test pod are
    expect(await policies('testPod.deploy=true')).toEqual({
      conditions: [account, "request.name != 'sidecar-target'"],
      expressions: [shop],
    })
    // a scan of an image creates the pods that it runs commands in
    expect(await policies('cronJob.enabled=true', 'cli.image=cli', 'cronJob.images={one}')).toEqual({
      conditions: [account],
      expressions: [shop, { key: 'app.kubernetes.io/managed-by', operator: 'NotIn', values: ['sidecar-scan'] }],
    })
    // names come first: the Role restricts them already
    expect(await policies('rbac.useResourceNames=true', 'rbac.resourceNames={a}')).toEqual({
      conditions: undefined,
      expressions: [],
    })
  })

  test('the CronJob is of an API that the cluster has, with a name that its Jobs can extend', async () => {
    const cron = async (...more: string[]) =>
      only(await objects(['cronJob.enabled=true', 'cli.image=cli', 'cronJob.images={a}'], ...more), 'CronJob')
    expect((await cron())['apiVersion']).toBe('batch/v1')
    expect((await cron('--kube-version', '1.21.0-eks-1'))['apiVersion']).toBe('batch/v1')
    expect((await cron('--kube-version', '1.20.15'))['apiVersion']).toBe('batch/v1beta1')
    const long = 'r'.repeat(53)
    const named = await run(
      'template',
      long,
      chart,
      ...sets(['cronJob.enabled=true', 'cli.image=c', 'cronJob.images={a}']),
    )
    expect(only(loadAll(named).filter(Boolean) as Named[], 'CronJob').metadata.name).toHaveLength(52)
  })

  test('the CronJob chooses pods by labels', async () => {
    const labels = ['rbac.useLabelSelector=true', 'rbac.podSelectorLabels.app=shop']
    const all = await objects([...labels, 'cronJob.enabled=true', 'cli.image=cli', 'results.thresholdEnabled=false'])
    const [{ args }] = only(all, 'CronJob')['spec'].jobTemplate.spec.template.spec.containers
    expect(args).toEqual(expect.arrayContaining(['--pod-selector=app=shop', '--threshold=none']))
    expect(kinds(all)).not.toContain('ConfigMap')
  })

  test('the threshold ConfigMap holds what is given, also with 0 and at the top level', async () => {
    const threshold = async (value: string) => load(only(await objects([value]), 'ConfigMap')['data']['threshold.yml'])
    expect(await threshold('common-scanner.safCli.thresholdConfig.compliance.min=0')).toMatchObject({
      compliance: { min: 0 },
    })
    expect(await threshold('safCli.thresholdConfig.compliance.min=95')).toMatchObject({
      compliance: { min: 95 },
      failed: { critical: { max: 0 }, high: { max: 2 }, medium: { max: 5 }, low: { max: 10 } },
      skipped: { total: { max: 5 } },
    })
  })

  test('the test pod follows its values', async () => {
    const values = [
      'testPod.deploy=true',
      'testPod.name=demo',
      'testPod.targetContainer.name=web',
      'results.directory=/out',
    ]
    const more = ['volumes.results.name=kept', 'sidecarScanner.securityContext.readOnlyRootFilesystem=false']
    const { metadata, spec } = only(await objects([...values, ...more, 'createNamespace=false']), 'Pod')
    const [scanner, target] = spec.containers
    expect([metadata.name, target.name, target.image, scanner.image]).toEqual([
      'demo',
      'web',
      'nginx:latest',
      'chef/inspec:5.18.14',
    ])
    expect(scanner.volumeMounts).toContainEqual({ name: 'kept', mountPath: '/out' })
    expect(scanner.env).toContainEqual({ name: 'SCAN_RESULTS', value: '/out' })
    expect(scanner.env).toContainEqual({ name: 'SCAN_CENSUS', value: '/out/census.json' })
    expect(target.env).toEqual([{ name: 'SCAN_TARGET', value: 'sidecar-scan-demo' }])
    expect(scanner.securityContext.readOnlyRootFilesystem).toBe(false)
  })

  test('a scanner that may not be root has a target of its own user, which it can read', async () => {
    const context = async (...values: string[]) => {
      const { spec } = only(await objects(['testPod.deploy=true', ...values]), 'Pod')
      return [spec.securityContext.runAsUser, spec.securityContext.runAsNonRoot, spec.containers[0].securityContext]
    }
    const sealed = { readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } }
    expect(await context('sidecarScanner.securityContext.runAsNonRoot=true')).toMatchObject([
      10001,
      true,
      { ...sealed, runAsUser: 10001, runAsNonRoot: true },
    ])
    expect(await context('scanner.securityContext.runAsUser=1000680000')).toMatchObject([
      1000680000,
      true,
      { ...sealed, runAsUser: 1000680000 },
    ])
    expect(await context('scanner.securityContext.runAsUser=0')).toMatchObject([undefined, undefined, { runAsUser: 0 }])
  })
})
