import { type SpawnOptions, spawn } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** The folder of the test bed, and of the repository. */
export const bed = import.meta.dirname
export const repository = resolve(bed, '../..')

/** Where built parts and images are kept between runs: `$XDG_CACHE_HOME/sidecar-scan`. Made when missing. */
export function cacheFolder(): string {
  const folder = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'sidecar-scan')
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true })
  return folder
}

/** Progress of the bed: one plain line on stderr. */
export function say(line: string): void {
  process.stderr.write(`bed: ${line}\n`)
}

type RunOptions = Pick<SpawnOptions, 'cwd' | 'env'> & { input?: string; showProgress?: boolean }

/** Runs a program to its end and returns its stdout; rejects with the last lines of stderr. */
export function run(command: string, args: string[], options: RunOptions = {}): Promise<string> {
  const { input, showProgress, ...spawnOptions } = options
  return new Promise((done, fail) => {
    const child = spawn(command, args, {
      ...spawnOptions,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', showProgress ? 'inherit' : 'pipe'],
    })
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout?.on('data', (chunk) => out.push(chunk))
    child.stderr?.on('data', (chunk) => err.push(chunk))
    child.on('error', fail)
    child.on('close', (code, signal) => {
      if (code === 0) return done(Buffer.concat(out).toString())
      const tail = Buffer.concat(err).toString().trim().split('\n').slice(-15).join('\n')
      fail(new Error(`${command} ${args.join(' ').slice(0, 200)} ended with ${signal ?? code}\n${tail}`))
    })
    child.stdin?.end(input)
  })
}

/** Runs a piece of shell, stopping at its first failure; arguments arrive as `$1`, `$2`, … */
export function shell(script: string, args: string[] = [], options: RunOptions = {}): Promise<string> {
  return run('bash', ['-euo', 'pipefail', '-c', script, 'bash', ...args], options)
}

/** Installs the Debian packages that are missing; a no-op (and quick) when all are there. */
export async function installPackages(packages: string[]): Promise<void> {
  const missing: string[] = []
  for (const name of packages) {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own format
    const status = await run('dpkg-query', ['-W', '-f', '${db:Status-Status}', name]).catch(() => '')
    if (status !== 'installed') missing.push(name)
  }
  if (missing.length === 0) return
  say(`installing Debian packages: ${missing.join(' ')}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  await run('apt-get', ['update', '-qq'], { env })
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], { env })
}
