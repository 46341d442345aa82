import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { kubeconfigOf, kubernetesEngine } from '../action/engines.ts'
import { expectRefusal, pattern, row } from '../faults/fault.ts'
import { profile } from '../faults/run.ts'
import { type CliOutcome, SCANNER } from '../scenario/scan.ts'
import { core, TARGET_IMAGE } from './pods.ts'

const LIMIT = 300_000
const engine = kubernetesEngine('script')
const { namespace } = engine
const root = join(import.meta.dirname, '..', '..')
const script = join(root, 'scripts', 'scan-with-sidecar.sh')
let folder: string

beforeAll(async () => {
  await engine.prepare()
  folder = await mkdtemp(join(tmpdir(), 'script-'))
}, LIMIT)
afterAll(async () => {
  await engine.dispose()
  await rm(folder, { recursive: true })
})

/** The script with the rights of `render --rbac` and no others. */
async function started(
  args: readonly string[],
  cwd: string,
  kubeconfig = engine.inputs['kubeconfig']!,
): Promise<CliOutcome> {
  const env = {
    ...process.env,
    SIDECAR_SCAN: `${process.execPath} ${join(root, 'scripts', 'dev.ts')}`,
    SIDECAR_SCAN_FLAGS: `--scanner-image ${SCANNER} --kubeconfig ${kubeconfig}`,
  }
  return await new Promise((resolve) => {
    execFile(script, args, { cwd, env }, (error, stdout, log) =>
      resolve({ exitCode: error ? Number(error.code) : 0, stdout, log }),
    )
  })
}

test(
  'the words of the old script, its result files, the exit code of the verdict',
  async () => {
    const cwd = await mkdtemp(join(folder, 'results-'))
    const threshold = join(folder, 'threshold.yml')
    await writeFile(threshold, 'failed:\n  total:\n    max: 0\n')
    const { exitCode, log } = await started([namespace, TARGET_IMAGE, profile('steady'), threshold], cwd)
    expect([exitCode, log]).toEqual([1, log])
    const [results] = await readdir(cwd)
    expect(results).toMatch(/^scan-results-/)
    const files = await readdir(join(cwd, results!))
    for (const name of ['scan-results.json', 'scan-summary.md', 'threshold-result.txt']) expect(files).toContain(name)
    expect(await readFile(join(cwd, results!, 'threshold-result.txt'), 'utf8')).toContain('THRESHOLD_RESULT=1')
    const labelSelector = 'app.kubernetes.io/name=sidecar-scan'
    expect((await core.listNamespacedPod({ namespace, labelSelector })).items).toEqual([])
  },
  LIMIT,
)

test(
  'script-usage',
  async () => {
    const { exitCode, log } = await started([namespace, TARGET_IMAGE], folder)
    expect([exitCode, log]).toEqual([
      row('script-usage').exitCode,
      expect.stringMatching(pattern(`${row('script-usage').says}\n`)),
    ])
  },
  LIMIT,
)

test.each([
  ['script-profile', [namespace, TARGET_IMAGE, './no-profile']],
  ['script-threshold', [namespace, TARGET_IMAGE, profile('steady'), 'no-threshold.yml']],
  ['script-rights', [`${namespace}-other`, TARGET_IMAGE, profile('steady')]],
])(
  '%s',
  async (id, args) => {
    expectRefusal(id, await started(args, folder))
  },
  LIMIT,
)

test(
  'script-cluster',
  async () => {
    const nowhere = join(folder, 'nowhere.kubeconfig')
    await writeFile(nowhere, kubeconfigOf('token', 'https://127.0.0.1:47991'), { mode: 0o600 })
    expectRefusal('script-cluster', await started([namespace, TARGET_IMAGE, profile('steady')], folder, nowhere))
  },
  LIMIT,
)

test(
  'script-image',
  async () => {
    const cwd = await mkdtemp(join(folder, 'image-'))
    const { exitCode, stdout } = await started([namespace, 'localhost/none:1', profile('steady')], cwd)
    const [, said, hint] = /Inconclusive: (.*)\n\s*what to do\s+(.*)\n/.exec(stdout) ?? []
    expect([exitCode, stdout]).toEqual([row('script-image').exitCode, stdout])
    expect(said).toMatch(pattern(row('script-image').says))
    expect(hint).toMatch(pattern(row('script-image').hint))
  },
  LIMIT,
)
