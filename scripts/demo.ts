// npm run demo: scans two real images with podman, prints the summaries, and leaves scan-results-* in the current folder.
// The first time it installs podman and builds the images and the scanner; after that it only scans.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { reference } from '../test/bed/images.ts'
import { bringUp, SCANNER_IMAGE } from '../test/bed/up.ts'

const cli = join(import.meta.dirname, '..', 'dist', 'cli.js')
const began = performance.now()

if (process.getuid?.() !== 0) {
  console.error('the demo installs Debian packages and builds images with files of several owners: run it as root')
  process.exit(2)
}
console.log('Making ready: podman, a scanner image, and two images to scan …')
const env = await bringUp(['podman'], ['target-debian', 'target-distroless'])

const args = ['run', '--engine', 'podman', '--scanner-image', SCANNER_IMAGE, '--json']
for (const name of ['target-debian', 'target-distroless'] as const) args.push('--image', reference(name))
console.log(`\n$ sidecar-scan ${args.join(' ')}`)
const child = spawn(process.execPath, [cli, ...args], {
  stdio: ['ignore', 'pipe', 'inherit'],
  env: { ...process.env, ...env },
})
let out = ''
child.stdout.setEncoding('utf8').on('data', (text: string) => {
  out += text
})
const exitCode = await new Promise<number>((resolve, reject) => {
  child.on('error', reject)
  child.on('close', (code) => resolve(code ?? 1))
})
if (out !== '') {
  const { scans } = JSON.parse(out) as { scans: { resultsDir: string }[] }
  for (const { resultsDir } of scans) console.log(`\n${readFileSync(join(resultsDir, 'scan-summary.md'), 'utf8')}`)
  console.log(`The same is in ${scans.map(({ resultsDir }) => join(resultsDir, 'scan-summary.md')).join(' and ')}.`)
}
console.log(
  `The exit code of the scan is ${exitCode}. The demo took ${((performance.now() - began) / 1000).toFixed(0)} s.`,
)
process.exitCode = exitCode
