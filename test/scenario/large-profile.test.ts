import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { kubernetesEngine, podmanEngine } from '../action/engines.ts'
import { scan } from './scan.ts'

/** One control for every file, which compares the digest of what arrived in the pod with the one written here. */
const CONTROLS = `# frozen_string_literal: true
require 'digest'
require 'json'
root = ENV.fetch('SCAN_PROFILE')
expected = JSON.parse(inspec.profile.file('digests.json'))
control 'arrived' do
  impact 1.0
  title 'Every file of the profile arrived as it was sent, and none beside'
  found = Dir.glob('**/*', File::FNM_DOTMATCH, base: root).select { |path| File.file?(File.join(root, path)) }
  found = found.to_h { |path| [path, Digest::SHA256.file(File.join(root, path)).hexdigest] }
  # the list of digests cannot hold its own
  found.delete('files/digests.json')
  describe found do
    it { should eq expected }
  end
end
control 'library' do
  impact 1.0
  title 'A library in a folder of libraries/ is loaded'
  describe deep_library do
    its('answer') { should eq 42 }
  end
end
`

const LIBRARY = `# frozen_string_literal: true
class DeepLibrary < Inspec.resource(1)
  name 'deep_library'
  def answer
    42
  end
end
`

let profile: string

beforeAll(async () => {
  profile = await mkdtemp(join(tmpdir(), 'large-'))
  const files = new Map<string, string | Buffer>([
    ['inspec.yml', 'name: large\ntitle: A large profile\nversion: 1.0.0\n'],
    ['README.md', '# Large\n'],
    ['controls/arrived.rb', CONTROLS],
    ['controls/deeper/other.rb', "control 'other' do\n  describe(1) { it { should eq 1 } }\nend\n"],
    ['libraries/deep_library.rb', LIBRARY],
    ['libraries/helpers/more.rb', '# frozen_string_literal: true\n'],
    ['files/empty', ''],
    ['files/with space and ünïcode.txt', 'text\n'],
    // does not compress: 1.5 MB more than one ConfigMap can hold
    ['files/data/nested/deeply/random.bin', randomBytes(1_500_000)],
  ])
  for (let number = 0; number < 200; number++) files.set(`files/many/${number % 10}/${number}.txt`, `${number}\n`)
  const digests = Object.fromEntries(
    [...files].map(([path, content]) => [path, createHash('sha256').update(content).digest('hex')]),
  )
  for (const [path, content] of [...files, ['files/digests.json', JSON.stringify(digests)] as const]) {
    await mkdir(dirname(join(profile, path)), { recursive: true })
    await writeFile(join(profile, path), content)
  }
}, 300_000)
afterAll(() => rm(profile, { recursive: true }))

describe.each([kubernetesEngine('large'), podmanEngine()])('a profile of 1.5 MB: $name', (engine) => {
  beforeAll(engine.prepare, 300_000)
  afterAll(engine.dispose)

  test('arrives whole, in folders as it was', async () => {
    const outcome = await scan(engine, {
      image: 'localhost/target-scratch:1',
      profile,
      threshold: 'failed.total.max: 0',
    })
    expect(outcome.statuses).toEqual({ arrived: 'passed', library: 'passed', other: 'passed' })
    expect(outcome.exitCode).toBe(0)
    expect(await engine.leftovers(outcome.runId)).toEqual([])
  }, 400_000)
})
