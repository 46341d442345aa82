/** Builds dist/: TypeScript → JavaScript → one minified bundle behind three entries, with what travels into the pod. */
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const at = (...parts: string[]) => join(root, ...parts)
const node = (...args: string[]) =>
  execFileSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })

rmSync(at('build'), { recursive: true, force: true })
rmSync(at('dist'), { recursive: true, force: true })
node(at('node_modules', 'typescript', 'bin', 'tsc'), '-p', '.')
node(
  at('node_modules', '@vercel', 'ncc', 'dist', 'ncc', 'cli.js'),
  'build',
  'build/index.js',
  '-o',
  'dist',
  '-m',
  '-q',
  '--license',
  'licenses.txt',
)
for (const entry of readdirSync(at('src', 'entries'))) cpSync(at('src', 'entries', entry), at('dist', entry))
chmodSync(at('dist', 'cli.js'), 0o755)
for (const carried of ['transport', 'sidecar']) cpSync(at('src', carried), at('dist', carried), { recursive: true })

const size = readdirSync(at('dist'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)
console.log(`dist: ${(size / 1024 / 1024).toFixed(2)} MB`)
if (readFileSync(at('dist', 'index.js'), 'utf8').includes(root))
  throw new Error('the bundle holds a path of this machine')
