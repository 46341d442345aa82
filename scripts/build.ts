/**
 * Builds dist/, or the folder given: TypeScript → JavaScript → one minified bundle behind three entries, with what
 * travels into the pod. The same sources give the same bytes, whatever the folder.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = join(import.meta.dirname, '..')
const at = (...parts: string[]) => join(root, ...parts)
const dist = resolve(process.argv[2] ?? at('dist'))
const node = (...args: string[]) =>
  execFileSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })

rmSync(at('build'), { recursive: true, force: true })
rmSync(dist, { recursive: true, force: true })
node(at('node_modules', 'typescript', 'bin', 'tsc'), '-p', '.')
node(
  at('node_modules', '@vercel', 'ncc', 'dist', 'ncc', 'cli.js'),
  'build',
  'build/index.js',
  '-o',
  dist,
  '-m',
  '-q',
  '--license',
  'licenses.txt',
)
for (const entry of readdirSync(at('src', 'entries'))) cpSync(at('src', 'entries', entry), join(dist, entry))
chmodSync(join(dist, 'cli.js'), 0o755)
for (const carried of ['transport', 'sidecar']) cpSync(at('src', carried), join(dist, carried), { recursive: true })

const size = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)
console.log(`${dist}: ${(size / 1024 / 1024).toFixed(2)} MB`)
if (readFileSync(join(dist, 'index.js'), 'utf8').includes(root))
  throw new Error('the bundle holds a path of this machine')
