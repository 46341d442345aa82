import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { packArchive } from '../../src/payload/archive.ts'
import { podmanEngine } from '../action/engines.ts'
import { type FileServer, startFileServer } from '../sources/file-server.ts'
import { type GitServer, startGitServer } from '../sources/git-server.ts'
import { inspec, installInSpec } from '../sources/inspec.ts'
import { LIMIT, REPORT, scan } from './scan.ts'
import { askedInside } from './truth.ts'

const IMAGE = 'localhost/target-debian:1'
let scratch: string
let git: GitServer
let web: FileServer

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'overlays-'))
  git = await startGitServer()
  web = await startFileServer()
}, 300_000)
afterAll(async () => {
  await git[Symbol.asyncDispose]()
  await web[Symbol.asyncDispose]()
  await rm(scratch, { recursive: true, force: true })
})

const control = (id: string, path: string, impact = 0.5) =>
  `control '${id}' do\n  impact ${impact}\n  describe(file('${path}')) { it { should exist } }\nend\n`

/** Three files that depend on each other: by `path`, by git, and by an archive's address. */
async function overlayOfOverlays(): Promise<string> {
  const base = {
    'inspec.yml': 'name: base\nversion: 2.1.0\n',
    'controls/base.rb':
      control('base-passes', '/etc/passwd') + control('base-fails', '/etc/absent', 0.7) + control('base-dropped', '/'),
  }
  const files = Object.entries(base).map(([path, text]) => ({ path: `base-2.1.0/${path}`, data: Buffer.from(text) }))
  web.serve('/base.tar.gz', await packArchive(files))
  await git.commit(
    'o/middle.git',
    {
      'inspec.yml': `name: middle\nversion: 1.0.0\ndepends:\n  - name: base\n    url: ${web.url}/base.tar.gz\n    version: ~> 2.0\n`,
      'controls/middle.rb': `include_controls 'base' do\n  skip_control 'base-dropped'\nend\n${control('middle-1', '/bin')}`,
    },
    { tag: 'v1.0.0' },
  )
  const near = `name: near\nversion: 1.0.0\ndepends:\n  - name: middle\n    git: ${git.url}/o/middle.git\n    tag: v1.0.0\n`
  const top = 'name: top\nversion: 1.0.0\ndepends:\n  - name: near\n    path: ../near\n'
  const local = {
    'near/inspec.yml': near,
    'near/controls/near.rb': "include_controls 'middle' do\n  control 'base-fails' do\n    impact 0.0\n  end\nend\n",
    'top/inspec.yml': top,
    'top/controls/top.rb': `include_controls 'near' do\n  skip_control 'middle-1'\nend\n${control('top-1', '/nowhere')}`,
  }
  for (const [path, text] of Object.entries(local)) {
    await mkdir(dirname(join(scratch, path)), { recursive: true })
    await writeFile(join(scratch, path), text)
  }
  return join(scratch, 'top')
}

test(
  'an overlay of overlays, each by another kind of reference, is what `inspec exec` says of it inside the image',
  async () => {
    const top = await overlayOfOverlays()
    const outcome = await scan(podmanEngine(), { ...REPORT, image: IMAGE, profile: top })
    expect([outcome.exitCode, outcome.log]).toEqual([0, outcome.log])
    // InSpec's own way to a profile that needs no network
    await inspec(await installInSpec(), ['vendor', top, '--overwrite'], scratch)
    const inside = await askedInside(IMAGE, top)
    expect(outcome.statuses).toEqual(Object.fromEntries(inside.map(({ id, status }) => [id, status])))
    // InSpec does not carry an impact that is changed two overlays above its control
    expect(outcome.statuses).toMatchObject({ 'base-passes': 'passed', 'base-fails': 'failed', 'top-1': 'failed' })
  },
  LIMIT,
)
