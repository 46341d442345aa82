import { execFileSync, spawn } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { load, loadAll } from 'js-yaml'
import { podmanEngine } from './engines.ts'
import { dist, ended } from './runner.ts'

const LIMIT = 300_000
const root = join(import.meta.dirname, '..', '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const engine = podmanEngine()
const IMAGE = 'localhost/target-distroless:1'

let temp: string
let commit: string
beforeAll(async () => {
  // the repository that the examples clone: `dist/` at a commit
  temp = await mkdtemp(join(tmpdir(), 'examples-'))
  const repository = join(temp, 'remote', 'sidecar-scan.git')
  cpSync(dist, join(repository, 'dist'), { recursive: true })
  for (const name of ['profiles', 'package.json']) cpSync(join(root, name), join(repository, name), { recursive: true })
  const git = (...args: string[]) => execFileSync('git', ['-C', repository, ...args], { encoding: 'utf8' }).trim()
  git('init', '--quiet')
  git('add', '--all', '--force')
  git('-c', 'user.name=a', '-c', 'user.email=a@example.com', 'commit', '--quiet', '--message', 'x')
  commit = git('rev-parse', 'HEAD')
}, LIMIT)
afterAll(() => rm(temp, { recursive: true }))

interface Example {
  readonly what: string
  /** What the example's shell runs, one text for each shell. */
  readonly scripts: () => string[]
  readonly env: Record<string, string>
  /** How the CI calls its shell. */
  readonly shell: string[]
  readonly note: RegExp
  readonly provider: string
  readonly files: string[]
}

/** An example as it runs on the test bed: the cluster becomes podman, the profile that of these tests. */
function onTheBed(script: string): string {
  const changes: [string | RegExp, string][] = [
    [/--engine kubernetes --kubeconfig "\$SCAN_KUBECONFIG" --namespace scan/, '--engine podman'],
    [/--image-pull-secrets \w+/, '--scanner-image localhost/scanner:1'],
    ['--threshold-file', '--profile profile --threshold-file'],
  ]
  if (!script.includes('cli.js')) return script
  return changes.reduce((text, [from, to]) => {
    const changed = text.replace(from, to)
    if (changed === text) throw new Error(`the example has no ${from}`)
    return changed
  }, script)
}

const jenkins: Example = {
  what: 'Jenkinsfile',
  scripts: () =>
    [...read('docs/examples/Jenkinsfile').matchAll(/\bsh '''\n([\s\S]*?)'''/g)].map(([, text]) =>
      // in a string of Groovy, a backslash before the end of a line takes both away
      onTheBed(text!.replace(/\\\n\s*/g, '')),
    ),
  env: {
    JENKINS_URL: 'https://ci.example/',
    BUILD_URL: 'https://ci.example/job/app/7/',
    JOB_NAME: 'app',
    IMAGE,
  },
  shell: ['sh', '-xe', '-c'],
  note: /^note: Jenkins keeps \S*scan-results-\S+ only with `archiveArtifacts`; .*`junit`/m,
  provider: 'jenkins',
  files: ['scan-report.html', 'scan-junit.xml'],
}

const gitlabVariables = {
  GITLAB_CI: 'true',
  CI_JOB_URL: 'https://git.example/org/app/-/jobs/1',
  CI_REGISTRY_IMAGE: 'localhost/target-distroless',
  CI_COMMIT_SHA: '1',
}

const gitlab: Example = {
  what: 'gitlab.yml',
  scripts: () => {
    const { scan } = load(read('docs/examples/gitlab.yml')) as { scan: { script: string[] } }
    return [onTheBed(scan.script.join('\n'))]
  },
  env: gitlabVariables,
  shell: ['bash', '-eo', 'pipefail', '-c'],
  note: /^note: GitLab keeps \S*scan-results-\S+ only with `artifacts: paths` and `when: always`/m,
  provider: 'gitlab',
  files: [],
}

const component: Example = {
  ...gitlab,
  what: 'the GitLab component',
  scripts: () => {
    const [, body] = loadAll(
      read('templates/sidecar-scan.yml').replaceAll(/\$\[\[ inputs\.(job-name) \]\]/g, '$1'),
    ) as [unknown, Record<string, { script: string[] }>]
    const text = body['job-name']!.script.join('\n').replace(
      '$[[ inputs.extra-flags ]]',
      '--scanner-image localhost/scanner:1',
    )
    return [
      text
        .replaceAll('/tmp/sidecar-scan', '../sidecar-scan')
        .replace('--engine kubernetes --kubeconfig "$SCAN_KUBECONFIG_PATH"', '--engine podman'),
    ]
  },
  env: {
    ...gitlabVariables,
    SCAN_IMAGE: IMAGE,
    SCAN_PROFILE: 'profile',
    SCAN_KUBECONFIG_PATH: '/none',
    SCAN_NAMESPACE: '',
    SCAN_THRESHOLD_FILE: 'compliance/threshold.yml',
    SCAN_SOURCE: 'https://github.com/OWNER/sidecar-scan.git',
  },
  files: ['scan-report.html', 'scan-junit.xml', 'gl-code-quality-report.json'],
}

test.each([
  ['a breach', 'failed.critical.max: 0\n', 1, 'failed'],
  ['a pass', 'compliance.min: 0\n', 0, 'passed'],
] as const)(
  'Jenkinsfile: %s is the exit code, what its steps collect is there, the log says what the job has to keep',
  async (_, threshold, code, verdict) => {
    await expectScan(jenkins, { threshold, code, verdict })
  },
  LIMIT,
)

test.each([gitlab, component])(
  '$what: a breach is the exit code, the files are there, the log says what the job has to keep',
  async (example) => {
    const folder = await expectScan(example, { threshold: 'failed.critical.max: 0\n', code: 1, verdict: 'failed' })
    if (example === component) expect(readFileSync(join(folder, 'scan.env'), 'utf8')).toMatch(/^VERDICT=failed$/m)
  },
  LIMIT,
)

async function expectScan(
  example: Example,
  { threshold, code, verdict }: { threshold: string; code: number; verdict: string },
): Promise<string> {
  const folder = join(await mkdtemp(join(temp, 'workspace-')), 'app')
  await mkdir(join(folder, 'compliance'), { recursive: true })
  await writeFile(join(folder, 'compliance', 'threshold.yml'), threshold)
  cpSync(join(import.meta.dirname, 'profile'), join(folder, 'profile'), { recursive: true })
  // left by an earlier build
  if (example === jenkins) await mkdir(join(folder, 'scan-results-old'))
  const env = {
    PATH: `${join(process.execPath, '..')}:${process.env['PATH'] ?? ''}`,
    HOME: temp,
    CI: 'true',
    SIDECAR_SCAN_COMMIT: commit,
    SCAN_COMMIT: commit,
    SCAN_KUBECONFIG: '/none',
    GIT_CONFIG_COUNT: '2',
    GIT_CONFIG_KEY_0: `url.file://${join(temp, 'remote')}/.insteadOf`,
    GIT_CONFIG_VALUE_0: 'https://github.com/OWNER/',
    GIT_CONFIG_KEY_1: 'safe.directory',
    GIT_CONFIG_VALUE_1: '*',
    ...engine.env,
    ...example.env,
  }
  let log = ''
  let exitCode: number | null = 0
  for (const script of example.scripts()) {
    const [shell, ...args] = [...example.shell, script]
    const end = await ended(spawn(shell!, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] }))
    log += end.log
    exitCode = end.exitCode
    if (exitCode !== 0) break
  }
  expect({ exitCode, log }).toEqual({ exitCode: code, log: expect.stringMatching(example.note) })
  expect(log).toContain(verdict === 'failed' ? '❌' : '✅')
  expect(log).toContain('known-fail')
  const results = readdirSync(folder).filter((name) => name.startsWith('scan-results-'))
  expect(results).toHaveLength(1)
  for (const name of ['scan-results.json', 'scan-summary.md', 'scan-verdict.json', ...example.files])
    expect({ name, there: existsSync(join(folder, results[0]!, name)) }).toEqual({ name, there: true })
  const document = JSON.parse(readFileSync(join(folder, results[0]!, 'scan-verdict.json'), 'utf8')) as object
  expect(document).toMatchObject({ verdict, ci: { provider: example.provider } })
  return folder
}
