import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder, installPackages, run, say } from './shell.ts'

/** kubectl from a gem, at one version everywhere. */
export async function kubectl(): Promise<string> {
  return await gemProgram('kubectl-rb', '0.2.1', 'vendor/kubectl')
}

/** Helm from a gem, at one version everywhere. */
export async function helm(): Promise<string> {
  return await gemProgram('helm-rb', '0.3.0', 'vendor/helm')
}

/** The path of a program that a gem carries; the gem is installed into the cache when it is not there. */
async function gemProgram(gem: string, version: string, path: string): Promise<string> {
  const folder = join(cacheFolder(), 'gems', `${gem}-${version}`)
  const find = async () =>
    (await run('find', [folder, '-path', `*/${path}`]).catch(() => '')).trim().split('\n')[0] ?? ''
  if (!existsSync(folder) || (await find()) === '') {
    await run('gem', ['--version']).catch(() => installPackages(['ruby']))
    say(`installing the gem ${gem} ${version}`)
    await run('gem', ['install', gem, '-v', version, '--install-dir', folder, '--no-document', '--ignore-dependencies'])
  }
  return await find()
}
