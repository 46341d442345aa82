import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder, repository, run } from '../bed/shell.ts'

const VERSION = '5.22.95'

/** A real InSpec on this machine: the one the suites in Ruby install too. Resolves to its path. */
export async function installInSpec(): Promise<string> {
  const gems = join(cacheFolder(), 'gems', VERSION)
  const program = join(gems, 'bin', 'inspec')
  if (existsSync(program)) return program
  const install = `[ -x "$1" ] || GEM_HOME="$2" gem install --silent --no-document inspec-core-bin -v ${VERSION}`
  await run('flock', [join(repository, 'package.json'), 'sh', '-c', install, 'sh', program, gems], {
    showProgress: true,
  })
  return program
}

/** Runs InSpec to its end; resolves to what it printed. */
export async function inspec(program: string, args: string[], home: string): Promise<string> {
  const env = {
    PATH: process.env['PATH'],
    HOME: home,
    LANG: 'C.UTF-8',
    GEM_HOME: join(program, '..', '..'),
    CHEF_LICENSE: 'accept-no-persist',
  }
  return await run(program, args, { env })
}
