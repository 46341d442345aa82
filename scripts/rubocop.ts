// Lint of the Ruby files (.rubocop.yml). RuboCop and what it needs are installed once into the cache, each at one version and
// without native extensions; racc and json are Ruby's own.
import { spawn } from 'node:child_process'
import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder, installPackages, run } from '../test/bed/shell.ts'

const GEMS = {
  rubocop: '1.65.1',
  ast: '2.4.3',
  'language_server-protocol': '3.17.0.6',
  parallel: '1.28.0',
  parser: '3.3.13.0',
  rainbow: '3.1.1',
  regexp_parser: '2.13.1',
  rexml: '3.4.4',
  'rubocop-ast': '1.36.2',
  'ruby-progressbar': '1.13.0',
  'unicode-display_width': '2.6.0',
}

/** Installs beside the folder and moves it there, so that no half of it is taken for the whole. */
async function install(folder: string): Promise<void> {
  console.log(`installing RuboCop ${GEMS.rubocop} into ${folder}`)
  const part = `${folder}.${process.pid}`
  const wanted = Object.entries(GEMS).map(([name, version]) => `${name}:${version}`)
  await run('gem', ['install', ...wanted, '--install-dir', part, '--no-document', '--ignore-dependencies'])
  try {
    renameSync(part, folder)
  } catch (error) {
    rmSync(part, { recursive: true })
    if (!existsSync(folder)) throw error // another check was faster
  }
}

const hasRuby = () =>
  run('ruby', ['--version']).then(
    () => true,
    () => false,
  )

async function main(): Promise<number> {
  if (!(await hasRuby()) && process.getuid?.() === 0 && existsSync('/usr/bin/dpkg-query'))
    await installPackages(['ruby'])
  if (!(await hasRuby())) {
    console.error(
      'RuboCop cannot run: Ruby is not installed\n  what to do: install Ruby 2.7 or later, for example `apt-get install ruby`',
    )
    return 1
  }
  const cache = cacheFolder()
  const folder = join(cache, 'gems', `rubocop-${GEMS.rubocop}`)
  if (!existsSync(folder)) await install(folder)
  // the paths in the scripts that RubyGems writes are those of its first folder: the program itself is started
  const program = join(folder, 'gems', `rubocop-${GEMS.rubocop}`, 'exe', 'rubocop')
  const args = [program, '--cache-root', join(cache, 'rubocop'), 'src/transport', 'profiles', 'test']
  const { GEM_PATH: _, ...environment } = process.env
  const env = { ...environment, GEM_HOME: folder }
  const child = spawn('ruby', args, { cwd: join(import.meta.dirname, '..'), env, stdio: 'inherit' })
  return await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 1))
  })
}

process.exitCode = await main().catch((error: Error) => {
  console.error(`RuboCop: ${error.message}`)
  return 1
})
