import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { kubernetesEngine, podmanEngine } from '../action/engines.ts'
import { type GitServer, startGitServer } from '../sources/git-server.ts'
import { cli, LIMIT, SCANNER, scanAll } from './scan.ts'

const IMAGE = 'localhost/target-debian:1'
let scratch: string
let git: GitServer
let profiles: string

const control = (id: string, path: string, tag = '') =>
  `control '${id}' do\n  impact 0.5\n${tag && `  tag '${tag}'\n`}  describe file('${path}') do\n    it { should exist }\n  end\nend\n`

async function profile(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = join(scratch, name)
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  return folder
}

const metadata = (name: string, more = '') => `name: ${name}\nversion: 1.2.0\n${more}`

/** A profile for Debian, an overlay of one in a repository, and one for another platform. */
async function three(): Promise<string> {
  await git.commit(
    'o/base.git',
    {
      'inspec.yml': metadata('base'),
      'controls/b.rb': control('base-1', '/etc/passwd') + control('base-2', '/etc/absent'),
    },
    { tag: 'v1.2.0' },
  )
  const plain = await profile('plain', {
    'inspec.yml': metadata('plain'),
    'controls/p.rb': control('plain-1', '/etc/passwd', 'quick') + control('plain-2', '/etc/absent', 'slow'),
  })
  const overlay = await profile('overlay', {
    'inspec.yml': metadata(
      'overlay',
      `depends:\n  - name: base\n    git: ${git.url}/o/base.git\n    tag: v1.2.0\n    version: ~> 1.0\n`,
    ),
    'controls/o.rb': "include_controls 'base' do\n  control 'base-2' do\n    impact 0.0\n  end\nend\n",
  })
  const unfit = await profile('unfit', {
    'inspec.yml': metadata('unfit', 'supports:\n  - platform-family: windows\n'),
    'controls/u.rb': control('unfit-1', '/etc/passwd'),
  })
  return [plain, overlay, unfit].join('\n')
}

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'profiles-'))
  git = await startGitServer()
  profiles = await three()
}, 300_000)

afterAll(async () => {
  await git[Symbol.asyncDispose]()
  await rm(scratch, { recursive: true, force: true })
})

describe.each([podmanEngine(), kubernetesEngine('profiles')])('on $name', (engine) => {
  beforeAll(engine.prepare, 300_000)
  afterAll(engine.dispose)

  test(
    'three profiles are one scan and one verdict; one for another platform is named, and can be forbidden',
    async () => {
      const { scans, log } = await scanAll(engine, [IMAGE], { profile: profiles, threshold: 'failed.total.max: 1' })
      expect(scans[0]).toMatchObject({
        verdict: 'passed',
        statuses: { 'plain-1': 'passed', 'plain-2': 'failed', 'base-1': 'passed', 'base-2': 'no_impact' },
      })
      expect(log).toContain('depends on base 1.2.0 from ')
      const { warnings } = scans[0] as unknown as { warnings: string[] }
      expect(warnings.join()).toMatch(/the profile unfit was skipped, and nothing of it was judged/)
      const floor = 'failed.total.max: 1, min-controls: 5'
      const forbidden = await scanAll(engine, [IMAGE], { profile: profiles, threshold: floor })
      expect(forbidden.scans[0]).toMatchObject({ verdict: 'failed' })
    },
    LIMIT,
  )

  test(
    'controls and tags select, as `inspec exec` does',
    async () => {
      const two = profiles.split('\n').slice(0, 2).join('\n')
      const byId = await scanAll(engine, [IMAGE], {
        profile: two,
        controls: 'plain-2\n/^base-/',
        threshold: 'none',
      })
      expect(byId.scans[0]!.statuses).toEqual({ 'plain-2': 'failed', 'base-1': 'passed', 'base-2': 'no_impact' })
      const { warnings } = byId.scans[0] as unknown as { warnings: string[] }
      expect(warnings.join()).toContain('1 control was left out by `controls` and `tags`')
      const byTag = await scanAll(engine, [IMAGE], { profile: two, tags: 'quick', threshold: 'none' })
      // InSpec lists a control that an overlay changes even where its tags do not select it
      expect(byTag.scans[0]!.statuses).toEqual({ 'plain-1': 'passed', 'base-2': 'no_impact' })
    },
    LIMIT,
  )

  test(
    'of several inputs files the last that sets an input wins, and one may be for one profile',
    async () => {
      const asks = (name: string) =>
        profile(name, {
          'inspec.yml': metadata(name, 'inputs:\n  - name: word\n    value: own\n  - name: other\n    value: own\n'),
          'controls/i.rb': `control '${name}-1' do\n  describe(input('word')) { it { should cmp 'nothing' } }\n  describe(input('other')) { it { should cmp 'nothing' } }\nend\n`,
        })
      const both = [await asks('first'), await asks('second')].join('\n')
      const file = async (name: string, text: string) => {
        await writeFile(join(scratch, name), text)
        return join(scratch, name)
      }
      const files = [
        await file('base.yml', 'word: base\nother: base\n'),
        await file('later.yml', 'word: later\n'),
        `second: ${await file('second.yml', 'other: second\n')}`,
      ]
      const folder = await mkdtemp(join(scratch, 'inputs-'))
      const args = { 'scanner-image': SCANNER, 'output-dir': folder, ...engine.inputs, image: IMAGE, threshold: 'none' }
      const all = { ...args, profile: both, 'inputs-file': files.join('\n') }
      const { stdout } = await cli(engine, [
        'run',
        '--json',
        ...Object.entries(all).map(([name, value]) => `--${name}=${value}`),
      ])
      const results = await readFile(JSON.parse(stdout).results, 'utf8')
      const said = JSON.parse(results).profiles.map(
        ({ controls }: { controls: { results: { code_desc: string }[] }[] }) =>
          controls[0]!.results.map(({ code_desc }) => code_desc.split(' ')[0]),
      )
      expect(said).toEqual([
        ['later', 'base'],
        ['later', 'second'],
      ])
    },
    LIMIT,
  )

  test(
    'the verdict file says where each profile came from',
    async () => {
      const folder = await mkdtemp(join(scratch, 'out-'))
      const args = { 'scanner-image': SCANNER, 'output-dir': folder, ...engine.inputs, image: IMAGE, threshold: 'none' }
      const flags = Object.entries({ ...args, profile: profiles }).map(([name, value]) => `--${name}=${value}`)
      const { stdout } = await cli(engine, ['run', '--json', ...flags])
      const { resultsDir } = JSON.parse(stdout)
      const verdict = JSON.parse(await readFile(join(resultsDir, 'scan-verdict.json'), 'utf8'))
      expect(verdict.profileSources).toMatchObject([
        { name: 'plain', version: '1.2.0', floating: false, dependencies: [] },
        {
          name: 'overlay',
          dependencies: [{ name: 'base', floating: true, commit: expect.stringMatching(/^[0-9a-f]{40}$/) }],
        },
        { name: 'unfit' },
      ])
    },
    LIMIT,
  )
})

describe('what cannot be had is refused before anything is created', () => {
  const engine = podmanEngine()
  const refused = async (profile: string, more: Readonly<Record<string, string>> = {}) => {
    const inputs = { engine: 'podman', image: IMAGE, 'scanner-image': SCANNER, 'output-dir': scratch, profile, ...more }
    return await cli(engine, ['run', ...Object.entries(inputs).map(([name, value]) => `--${name}=${value}`)])
  }

  test.each([
    ['a repository that is not there', () => `git+${git.url}/o/none.git@main`, /there is no repository at /],
    ['a ref that is not there', () => `git+${git.url}/o/base.git@nosuch`, /has no branch, tag or commit `nosuch`/],
    ['a supermarket', () => 'supermarket://a/b', /would come from supermarket/],
    ['a short form without a ref', () => 'dev-sec/linux-baseline', /does not exist/],
  ])(
    '%s',
    async (_, reference, why) => {
      const { exitCode, log } = await refused(reference())
      expect(exitCode).toBe(2)
      expect(log).toMatch(why)
      expect(log).toContain('what to do: ')
    },
    300_000,
  )

  test('everything remote when offline', async () => {
    const { exitCode, log } = await refused(`git+${git.url}/o/base.git@v1.2.0`, { offline: 'true' })
    expect(exitCode).toBe(2)
    expect(log).toContain('would have to be fetched, but `offline` is true')
  }, 300_000)
})
