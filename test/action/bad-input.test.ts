import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { kubeconfig, kubernetesEngine } from './engines.ts'
import { commands, dist, ended, Runner } from './runner.ts'

interface Case {
  readonly what: string
  readonly inputs: Readonly<Record<string, string>>
  /** What the sentence must say, and the hint. */
  readonly says: RegExp
  readonly hints: RegExp
}

const CASES: readonly Case[] = [
  { what: 'no image', inputs: { image: '' }, says: /^input `image` is missing$/, hints: /`image: ghcr\.io/ },
  { what: 'an image that is none', inputs: { image: 'my app' }, says: /`image` is `my app`/, hints: /name\[:tag\]/ },
  {
    what: 'an image with the owner as GitHub writes it',
    inputs: { image: 'ghcr.io/Org/app:1' },
    says: /`image` is `ghcr\.io\/Org\/app:1`.* `Org` has capital letters$/,
    hints: /in lower case: `org`/,
  },
  {
    what: 'an unknown choice',
    inputs: { engine: 'kubernets' },
    says: /`engine` is `kubernets`/,
    hints: /did you mean `kubernetes`\?/,
  },
  { what: 'a boolean that is none', inputs: { keep: 'maybe' }, says: /`keep` is `maybe`/, hints: /`true` or `false`/ },
  { what: 'a number out of range', inputs: { timeout: '5' }, says: /`timeout` is `5`/, hints: /from 10 to 86400/ },
  {
    what: 'YAML broken in an input',
    inputs: { 'pod-patch': 'spec:\n  a: [1\n  b' },
    says: /`pod-patch` is not valid YAML at line \d/,
    hints: /fix the YAML/,
  },
  {
    what: 'inputs that contradict each other',
    inputs: { 'target-args': '-x' },
    says: /`target-args` is given, but `target-mode: hold`/,
    hints: /`target-mode: run`/,
  },

  {
    what: 'a kubeconfig that is not there',
    inputs: { kubeconfig: 'no/such/config' },
    says: /no\/such\/config does not exist/,
    hints: /`kubeconfig`/,
  },
  {
    what: 'a kubeconfig that is a folder',
    inputs: { kubeconfig: 'empty' },
    says: /empty is a folder/,
    hints: /`kubeconfig`/,
  },
  {
    what: 'a kubeconfig with broken YAML',
    inputs: { kubeconfig: 'broken.kubeconfig' },
    says: /not a kubeconfig: line 3 is not valid YAML/,
    hints: /kubectl config view/,
  },
  {
    what: 'a kubeconfig that is something else',
    inputs: { kubeconfig: 'other.yml' },
    says: /other\.yml .*(names no cluster|has no clusters)|not a kubeconfig/,
    hints: /current-context|kubectl config view|check what it is written from/,
  },
  {
    what: 'broken content as kubeconfig',
    inputs: { kubeconfig: 'apiVersion: v1\nclusters: [\nusers: {' },
    says: /the content given as `kubeconfig` is not a kubeconfig: line \d/,
    hints: /kubectl config view/,
  },
  {
    what: 'an unknown context',
    inputs: { kubeconfig, context: 'prod' },
    says: /has no context `prod`/,
    hints: /one of: local/,
  },

  {
    what: 'a profile that is not there',
    inputs: { profile: 'no/such' },
    says: /profile no\/such/,
    hints: /nothing is downloaded|built-in profile/,
  },
  {
    what: 'an empty profile',
    inputs: { profile: 'empty' },
    says: /profile empty is empty/,
    hints: /inspec\.yml and controls/,
  },
  {
    what: 'a profile without inspec.yml',
    inputs: { profile: 'bare' },
    says: /has no inspec\.yml/,
    hints: /folder that holds inspec\.yml/,
  },
  {
    what: 'the folder above a profile',
    inputs: { profile: 'above' },
    says: /has no inspec\.yml/,
    hints: /inner\/inspec\.yml/,
  },
  {
    what: 'a broken inspec.yml',
    inputs: { profile: 'broken' },
    says: /broken inspec\.yml, line 3/,
    hints: /fix the YAML on that line/,
  },
  { what: 'a profile without controls', inputs: { profile: 'hollow' }, says: /has no controls/, hints: /controls\// },
  {
    what: 'a profile that is no archive',
    inputs: { profile: 'other.yml' },
    says: /other\.yml is not a tar\.gz archive/,
    hints: /inspec archive/,
  },

  {
    what: 'a threshold file that is not there',
    inputs: { 'threshold-file': 'gone.yml' },
    says: /`threshold-file` gone\.yml does not exist/,
    hints: /`threshold-file`/,
  },
  {
    what: 'a misspelt threshold key',
    inputs: { 'threshold-file': 'misspelt.yml' },
    says: /misspelt\.yml.*line 2.*criticl|criticl.*line 2/,
    hints: /critical/,
  },
  {
    what: 'a misspelt inline key',
    inputs: { threshold: 'complience.min: 80' },
    says: /complience/,
    hints: /compliance/,
  },
  {
    what: 'a threshold file with broken YAML',
    inputs: { 'threshold-file': 'broken.yml' },
    says: /broken\.yml.*line 3/,
    hints: /./,
  },
  {
    what: 'an empty threshold file',
    inputs: { 'threshold-file': 'empty.yml' },
    says: /empty\.yml/,
    hints: /an example/,
  },
  {
    what: 'two thresholds',
    inputs: { threshold: 'none', 'threshold-file': 'empty.yml' },
    says: /`threshold` and `threshold-file` are both given/,
    hints: /one of the two/,
  },

  {
    what: 'an inputs file that is not there',
    inputs: { 'inputs-file': 'gone.yml' },
    says: /`inputs-file` gone\.yml does not exist/,
    hints: /`inputs-file`/,
  },
  {
    what: 'an inputs file with broken YAML',
    inputs: { 'inputs-file': 'broken.yml' },
    says: /`inputs-file` broken\.yml is not valid YAML, line 3/,
    hints: /YAML/,
  },
  {
    what: 'a waiver file that is not there',
    inputs: { 'waiver-file': 'gone.yml' },
    says: /`waiver-file` gone\.yml does not exist/,
    hints: /`waiver-file`/,
  },
  {
    what: 'a waiver file with broken YAML',
    inputs: { 'waiver-file': 'broken.yml' },
    says: /broken\.yml.*line 3/,
    hints: /./,
  },
  { what: 'a baseline that is no results file', inputs: { baseline: 'other.yml' }, says: /other\.yml/, hints: /./ },
  {
    what: 'an output folder that is a file',
    inputs: { 'output-dir': 'other.yml' },
    says: /cannot write to other\.yml.*a file is in the way/,
    hints: /`output-dir`/,
  },
]

/** A file whose third line is no YAML. */
const BROKEN = 'a: 1\nb: 2\nc: [3, }\n'

describe('what cannot be meant as given is refused before anything is created', () => {
  const engine = kubernetesEngine('action-bad-input')
  let runner: Runner
  beforeAll(async () => {
    await engine.prepare()
    runner = await Runner.start()
    const at = (...parts: string[]) => join(runner.workspace, ...parts)
    await cp(join(import.meta.dirname, 'profile'), at('profile'), { recursive: true })
    await cp(join(import.meta.dirname, 'profile'), at('above', 'inner'), { recursive: true })
    for (const folder of ['empty', 'bare/controls', 'hollow', 'broken/controls'])
      mkdirSync(at(folder), { recursive: true })
    const files = {
      'bare/controls/a.rb': '',
      'broken/controls/a.rb': '',
      'broken/inspec.yml': 'name: broken\nversion: 1.0.0\ninputs: [a, }\n',
      'hollow/inspec.yml': 'name: hollow\n',
      'broken.kubeconfig': 'apiVersion: v1\nkind: Config\nclusters: [}\n',
      'other.yml': 'something: else\n',
      'misspelt.yml': 'compliance.min: 80\nfailed.criticl.max: 0\n',
      'broken.yml': BROKEN,
      'empty.yml': '',
    }
    for (const [path, text] of Object.entries(files)) writeFileSync(at(path), text)
  })
  afterAll(async () => {
    await runner[Symbol.asyncDispose]()
    await engine.dispose()
  })

  const base = { image: 'localhost/target-weak:1', profile: 'profile', ...engine.inputs }
  const nothingCreated = async (): Promise<void> => {
    expect(await engine.leftovers('inspec-')).toEqual([])
    expect(await engine.leftovers('sidecar-scanner')).toEqual([])
    expect(readdirSync(runner.workspace).filter((name) => name.startsWith('scan-results'))).toEqual([])
  }

  test.each(CASES)('by the Action: $what', async ({ inputs, says, hints }) => {
    const step = await runner.main({ ...base, ...inputs })
    const errors = commands(step, 'error')
    expect(errors).toHaveLength(1)
    const [message, hint] = errors[0]!.split(' What to do: ')
    expect(message!.replace(/\.$/, '')).toMatch(says)
    expect(hint).toMatch(hints)
    expect([step.exitCode, step.outputs, step.state['run-id']]).toEqual([2, {}, undefined])
    await nothingCreated()
  })

  test.each(CASES)('by the CLI: $what', async ({ inputs, says, hints }) => {
    const flags = Object.entries({ ...base, ...inputs }).map(([name, value]) => `--${name}=${value}`)
    const { exitCode, stdout, stderr } = await cli(['run', '--json', ...flags])
    const [, message, hint] = /^error: (.*)\n {2}what to do: (.*)\n$/m.exec(stderr) ?? []
    expect(message).toMatch(says)
    expect(hint).toMatch(hints)
    expect([exitCode, stdout]).toEqual([2, ''])
    await nothingCreated()
  })

  test.each([
    { argv: ['rnu'], says: /no command `rnu`/, hints: /`run`/ },
    { argv: ['run', '--imgae', 'x'], says: /--imgae/, hints: /--image/ },
    { argv: ['run', '--image'], says: /--image/, hints: /./ },
    {
      argv: ['run', 'localhost/app:1', 'profile', 'more'],
      says: /`more` is one word too many/,
      hints: /run IMAGE PROFILE/,
    },
    { argv: ['cleanup'], says: /cleanup needs --run-id or --older-than/, hints: /--run-id/ },
    { argv: ['cleanup', '--older-than', 'yesterday'], says: /yesterday/, hints: /90m/ },
  ])('by the CLI: $argv', async ({ argv, says, hints }) => {
    const { exitCode, stdout, stderr } = await cli(argv)
    const [, message, hint] = /^error: (.*)\n {2}what to do: (.*)\n$/m.exec(stderr) ?? []
    expect(message).toMatch(says)
    expect(hint).toMatch(hints)
    expect([exitCode, stdout]).toEqual([2, ''])
  })

  test('secrets of a file that cannot be read as YAML are not quoted', async () => {
    writeFileSync(join(runner.workspace, 'secret.yml'), 'password: "hunter2\nother: [\n')
    for (const input of ['inputs-file', 'kubeconfig']) {
      const step = await runner.main({ ...base, [input]: 'secret.yml' })
      expect(step.exitCode).toBe(2)
      expect(step.log).not.toContain('hunter2')
    }
  })

  async function cli(argv: readonly string[]) {
    const child = spawn(process.execPath, [join(dist, 'cli.js'), ...argv], {
      cwd: runner.workspace,
      env: { PATH: process.env['PATH'], HOME: runner.workspace },
    })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (chunk) => (stdout += chunk))
    child.stderr.on('data', (chunk) => (stderr += chunk))
    const { exitCode } = await ended(child)
    return { exitCode, stdout, stderr }
  }
})
