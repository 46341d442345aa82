/**
 * Builds dist/, or the folder given: TypeScript → JavaScript → one minified bundle behind three entries, with what
 * travels into the pod. The bundle has parts: the clients of Kubernetes and of the artifact service are large, and are
 * read when they are needed. Without a folder it writes charts/ too. The same sources give the same bytes, whatever the folder.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { minifySync } from '@swc/core'
import { licences, type Stats } from './licenses.ts'

const root = join(import.meta.dirname, '..')
const at = (...parts: string[]) => join(root, ...parts)
const dist = resolve(process.argv[2] ?? at('dist'))
const node = (...args: string[]) =>
  execFileSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })

// names of classes stay: errors are told by them
const MINIFY = { module: true, compress: true, mangle: { keep_classnames: true }, keep_classnames: true } as const
const temp = mkdtempSync(join(tmpdir(), 'build-'))

rmSync(at('build'), { recursive: true, force: true })
rmSync(dist, { recursive: true, force: true })
node(at('node_modules', 'typescript', 'bin', 'tsc'), '-p', '.')
node(
  at('node_modules', '@vercel', 'ncc', 'dist', 'ncc', 'cli.js'),
  'build',
  'build/index.js',
  '-o',
  dist,
  '-q',
  '--stats-out',
  join(temp, 'stats.json'),
)
const stats = JSON.parse(readFileSync(join(temp, 'stats.json'), 'utf8')) as Stats
rmSync(temp, { recursive: true })
writeFileSync(join(dist, 'licenses.txt'), licences(stats, root))
// ncc's own minifier leaves all parts but the first as they are
for (const name of readdirSync(dist).filter((name) => name.endsWith('index.js'))) {
  const path = join(dist, name)
  writeFileSync(path, minifySync(readFileSync(path, 'utf8'), MINIFY).code)
}
for (const entry of readdirSync(at('src', 'entries'))) cpSync(at('src', 'entries', entry), join(dist, entry))
chmodSync(join(dist, 'cli.js'), 0o755)
for (const carried of ['transport', 'sidecar']) cpSync(at('src', carried), join(dist, carried), { recursive: true })
if (process.argv[2] === undefined) node(at('scripts', 'chart.ts'))

const size = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)
console.log(`${dist}: ${(size / 1024 / 1024).toFixed(2)} MB`)
for (const name of readdirSync(dist).filter((name) => name.endsWith('.js')))
  if (readFileSync(join(dist, name), 'utf8').includes(root)) throw new Error('the bundle holds a path of this machine')
