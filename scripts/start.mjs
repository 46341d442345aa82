// node scripts/start.mjs SCRIPT [ARGUMENT…]: runs scripts/SCRIPT.ts with the Node.js of node_modules, which is installed first
// where it is missing or older than the lockfile. Plain JavaScript: this is what an older Node.js on the machine starts.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const [script, ...args] = process.argv.slice(2)
const installed = join(root, 'node_modules', '.package-lock.json')
const binaries = join(root, 'node_modules', '.bin')

if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(join(root, 'package-lock.json')).mtimeMs) {
  console.log('installing what package-lock.json lists (npm ci) …')
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
}

const child = spawn(join(binaries, 'node'), [join(root, 'scripts', `${script}.ts`), ...args], {
  stdio: 'inherit',
  env: { ...process.env, PATH: `${binaries}:${process.env.PATH}` },
})
// an interrupted script cleans up by itself, and ends this one with its code
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143)
})
