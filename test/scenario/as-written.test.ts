import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { kubernetesEngine, podmanEngine } from '../action/engines.ts'
import { scan } from './scan.ts'
import { askedInside } from './truth.ts'

const IMAGE = 'localhost/target-debian:1'
const CONTROLS = "control 'a' do\n  describe user('root') do\n    it { should exist }\n  end\nend\n"
const LIMIT = 240_000

/** inspec.yml as real profiles have it, and as a strict YAML parser does not take it */
const TAKEN = {
  'symbol keys': '---\n:name: symbol-keys\n:title: as older generators write it\n:version: 1.0.0\n',
  'symbols as keys and values': '---\n:name: :symbols\n:license: :Apache\n:version: 1.0.0\n',
  'a repeated key': 'name: duplicate-key\nlicense: Apache-2.0\nlicense: EPL-1.0\nversion: 1.0.0\n',
  'a repeated name': 'name: first\nname: second\nversion: 1.0.0\n',
} as const
const NEEDED = {
  'a later version': '>= 99.0',
  'an earlier version': '< 1.0',
  'the next minor version': '~> 5.99',
} as const

let folder: string

async function profile(metadata: string): Promise<string> {
  const path = await mkdtemp(join(folder, 'profile-'))
  await mkdir(join(path, 'controls'))
  await writeFile(join(path, 'inspec.yml'), metadata)
  await writeFile(join(path, 'controls', 'x.rb'), CONTROLS)
  return path
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'as-written-'))
})
afterAll(async () => await rm(folder, { recursive: true }))

describe.each([
  { access: 'volume', engine: podmanEngine() },
  { access: 'sidecar', engine: kubernetesEngine('as-written') },
])('metadata as profiles have it: $access', ({ access, engine }) => {
  beforeAll(engine.prepare, 60_000)
  afterAll(engine.dispose, 60_000)

  const scanned = async (path: string) => {
    const outcome = await scan(engine, { image: IMAGE, profile: path, threshold: 'none', 'target-access': access })
    expect(await engine.leftovers(outcome.runId)).toEqual([])
    return outcome
  }

  test.each(Object.entries(TAKEN))(
    '%s: InSpec loads it, and so do we',
    async (_name, metadata) => {
      const path = await profile(metadata)
      const truth = await askedInside(IMAGE, path)
      const { verdict, controls } = await scanned(path)
      expect(truth.map(({ id, status }) => [id, status])).toEqual([['a', 'passed']])
      expect([verdict, controls.map(({ id, status }) => [id, status])]).toEqual(['not judged', [['a', 'passed']]])
    },
    LIMIT,
  )

  test.each(Object.entries(NEEDED))(
    'an InSpec of %s: the sentence says so',
    async (_name, range) => {
      const { verdict, exitCode, inconclusive } = await scanned(
        await profile(`name: needs-another\ninspec_version: "${range}"\nversion: 1.0.0\n`),
      )
      expect([verdict, exitCode]).toEqual(['inconclusive', 4])
      expect(inconclusive).toMatch(`the profile needs InSpec ${range}, and the scanner image has 5.22.`)
    },
    LIMIT,
  )
})
