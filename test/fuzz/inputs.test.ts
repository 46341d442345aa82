import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { kubeconfigSecrets, loadKubeconfig } from '../../src/engine/kubernetes/kubeconfig.ts'
import { findKubeconfig } from '../../src/engine/kubernetes/source.ts'
import { ScanError } from '../../src/errors.ts'
import { parseInputs } from '../../src/inputs/inputs.ts'
import { INPUT_SPECS, type RawInputs } from '../../src/inputs/table.ts'
import { packArchive } from '../../src/payload/archive.ts'
import { checkProfile } from '../../src/payload/check-profile.ts'
import { readProfile } from '../../src/payload/profile.ts'
import { parseMarker, unpackResults } from '../../src/scan/marker.ts'
import { watchStream } from '../../src/scan/stream.ts'
import { damaged, LIMIT, RUNS, refusing } from './damage.ts'

const KUBECONFIG = `apiVersion: v1
kind: Config
clusters: [{name: local, cluster: {server: "https://127.0.0.1:6443"}}]
users: [{name: user, user: {token: the-planted-token-0123456789}}]
contexts: [{name: local, context: {cluster: local, user: user, namespace: scan}}]
current-context: local
`

test(
  'kubeconfigs: refused without a word of what is secret, or read',
  () => {
    fc.assert(
      fc.property(damaged(fc.constant(KUBECONFIG)), fc.constantFrom('', 'local', 'other'), (bytes, context) => {
        const source = { from: 'content', text: bytes.toString('utf8'), said: 'the kubeconfig' } as const
        try {
          const config = refusing(() => loadKubeconfig(source, context))
          if (config) kubeconfigSecrets(config)
        } catch (error) {
          expect(String((error as Error).stack)).toBe('no other error')
        }
        try {
          loadKubeconfig(source, context)
        } catch (error) {
          expect((error as Error).message).not.toContain('planted-token')
        }
        findKubeconfig(bytes.toString('utf8'), {})
      }),
      { numRuns: RUNS },
    )
  },
  LIMIT,
)

const names = [...INPUT_SPECS.keys()]
const values: Record<string, string> = {
  image: 'registry.example/app:1',
  'scanner-resources': '{"limits":{"memory":"512Mi"}}',
  'pod-patch': 'spec:\n  nodeSelector: {a: b}\n',
  'target-command': '["a","b"]',
  'target-env': 'A=1\nB=2',
}
const rawInputs: fc.Arbitrary<RawInputs> = fc
  .uniqueArray(fc.constantFrom(...names), { maxLength: 5 })
  .chain((chosen) =>
    fc.tuple(
      ...chosen.map((name) =>
        damaged(fc.constantFrom(values[name] ?? '', 'true', '5', 'none', INPUT_SPECS.get(name)!.default ?? '')).map(
          (bytes) => [name, bytes.toString('utf8')] as const,
        ),
      ),
    ),
  )
  .map((pairs) => ({ image: 'registry.example/app:1', ...Object.fromEntries(pairs) }))

test(
  'inputs: refused by name, or understood',
  () => {
    fc.assert(
      fc.property(rawInputs, (raw) => {
        const inputs = refusing(() => parseInputs(raw))
        if (inputs) expect([...inputs.images, ...inputs.pods, inputs.podSelector].join('')).not.toBe('')
      }),
      { numRuns: RUNS },
    )
  },
  LIMIT,
)

test('a dependency that is not a mapping is refused', () => {
  const files = (metadata: string) => [{ path: 'inspec.yml', data: Buffer.from(metadata) }]
  for (const entry of ['', 'base', '[base]'])
    expect(() => checkProfile(files(`name: app\ndepends:\n  - ${entry}\n`))).toThrow('under `depends` in inspec.yml')
})

const METADATA =
  'name: app\nversion: 1.0.0\ndepends:\n  - name: base\n    path: vendor/base\nsupports:\n  - platform: debian\n'

test(
  'profiles: refused, or loadable',
  () => {
    const paths = fc.array(
      fc.constantFrom('controls/a.rb', 'inspec.yml', 'vendor/base/inspec.yml', '../x', 'libraries/a.rb'),
    )
    fc.assert(
      fc.property(damaged(fc.constant(METADATA)), paths, (metadata, others) => {
        const files = others.map((path) => ({ path, data: path === 'inspec.yml' ? metadata : Buffer.from('x') }))
        const facts = refusing(() => checkProfile(files))
        // a name that is damaged is left to InSpec, which names the profile itself
        if (facts) expect(typeof facts.name).toBe('string')
      }),
      { numRuns: RUNS },
    )
  },
  LIMIT,
)

test(
  'profile archives: refused, or read; no path leads out of the profile',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fuzz-'))
    const archive = await packArchive([
      { path: 'inspec.yml', data: Buffer.from('name: app\n') },
      { path: 'controls/a.rb', data: Buffer.from('control "a"') },
    ])
    const files = [damaged(fc.constant(archive)), damaged(fc.constant(gunzipSync(archive))).map((tar) => gzipSync(tar))]
    try {
      await fc.assert(
        fc.asyncProperty(fc.oneof(...files), async (bytes) => {
          const path = join(folder, 'profile.tar.gz')
          await writeFile(path, bytes)
          const read = await readProfile(path, folder).catch((error: unknown) => {
            if (!(error instanceof ScanError)) throw error
            return []
          })
          for (const file of read) expect(file.path).not.toMatch(/^\/|(^|\/)\.\.(\/|$)/)
        }),
        { numRuns: RUNS },
      )
    } finally {
      await rm(folder, { recursive: true })
    }
  },
  LIMIT,
)

const RESULTS = Buffer.from(JSON.stringify({ profiles: [{ name: 'p', controls: [] }], padding: 'x'.repeat(300) }))
const PACKED = gzipSync(RESULTS)
const MARKER = JSON.stringify({
  nonce: 'nonce',
  exitCode: 0,
  sha256: createHash('sha256').update(RESULTS).digest('hex'),
  bytes: RESULTS.length,
  packedBytes: PACKED.length,
  startedAt: 'a',
  finishedAt: 'b',
  census: { controls: 3 },
})
const STREAM = Buffer.concat([Buffer.from(`alive\nprogress 1/2 a\nmarker ${MARKER}\n`), PACKED])

test(
  'a damaged stream of results is refused, or brings the very bytes that were sent',
  () => {
    fc.assert(
      fc.property(damaged(fc.constant(STREAM)), fc.integer({ min: 1, max: 400 }), (bytes, size) => {
        const parse = (text: string) => parseMarker(text, { kind: 'nonce', nonce: 'nonce' })
        const results = refusing(() => {
          const stream = watchStream({ onProgress: () => {}, parse, offset: 0 })
          for (let start = 0; start < bytes.length; start += size) stream.push(bytes.subarray(start, start + size))
          return stream.marker && unpackResults(Buffer.concat(stream.packed), stream.marker)
        })
        if (results) expect(results.equals(RESULTS)).toBe(true)
      }),
      { numRuns: RUNS },
    )
  },
  LIMIT,
)
