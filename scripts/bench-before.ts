// npm run bench -- before=FOLDER: this product and another version of it, one scan after the other: what a change costs.
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { RawInputs } from '../src/inputs/table.ts'
import { reference } from '../test/bed/images.ts'
import { SCANNER_IMAGE } from '../test/bed/up.ts'
import { median } from './figures.ts'

const ROUNDS = 5
const COMMANDS = 250
const MEASURED = ['start', 'scan', 'total'] as const
type Times = Readonly<Record<(typeof MEASURED)[number], number>>
const root = join(import.meta.dirname, '..')

/** A profile that mostly runs programs of the image. */
const COMMAND_HEAVY = `control 'commands' do
  ${COMMANDS}.times do |number|
    describe command("ls -l /etc | head -n #{number} | wc -l") do
      its('exit_status') { should eq 0 }
    end
  end
end
`

function timed(folder: string, inputs: RawInputs, env: NodeJS.ProcessEnv): Times {
  const args = ['run', '--json', ...Object.entries(inputs).map(([name, value]) => `--${name}=${value}`)]
  const began = performance.now()
  const { stdout, stderr } = spawnSync(process.execPath, [join(folder, 'dist', 'cli.js'), ...args], {
    env,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  const total = (performance.now() - began) / 1000
  if (stdout === '') throw new Error(`${folder}: the scan failed:\n${stderr}`)
  const { phases } = JSON.parse(stdout) as { phases: Record<string, number> | null }
  if (phases === null) throw new Error(`${folder}: the scan gave no results:\n${stderr}`)
  return { start: phases['start']!, scan: phases['scan']!, total }
}

/**
 * Prints medians of this tree and of the tree in `before`, both with a built `dist`, in turn within each round; the profiles are
 * `before`'s container-baseline and one of commands, so that both do the same work.
 */
export async function benchBefore(before: string, engine: RawInputs, env: NodeJS.ProcessEnv): Promise<void> {
  const old = resolve(before)
  const folder = await mkdtemp(join(tmpdir(), 'bench-before-'))
  const commands = join(folder, 'commands')
  await mkdir(join(commands, 'controls'), { recursive: true })
  await writeFile(join(commands, 'inspec.yml'), 'name: commands\nversion: 1.0.0\n')
  await writeFile(join(commands, 'controls', 'commands.rb'), COMMAND_HEAVY)
  const profiles = { 'container-baseline': join(old, 'profiles', 'container-baseline'), commands }
  const base: RawInputs = {
    ...engine,
    image: reference('target-debian'),
    'scanner-image': SCANNER_IMAGE,
    threshold: 'none',
    'output-dir': folder,
  }
  console.log(`\nbefore: medians of ${ROUNDS} rounds, seconds`)
  for (const [name, profile] of Object.entries(profiles)) {
    const times: { now: Times[]; old: Times[] } = { now: [], old: [] }
    for (let round = 0; round <= ROUNDS; round++) {
      for (const which of round % 2 === 0 ? (['now', 'old'] as const) : (['old', 'now'] as const)) {
        const time = timed(which === 'now' ? root : old, { ...base, profile }, env)
        // the first round fills the page cache
        if (round > 0) times[which].push(time)
      }
    }
    for (const what of MEASURED) {
      const [now, was] = [median(times.now.map((time) => time[what])), median(times.old.map((time) => time[what]))]
      console.log(
        `${name.padEnd(20)}${what.padEnd(7)}now ${now.toFixed(2).padStart(6)}   before ${was.toFixed(2).padStart(6)}   ratio ${(now / was).toFixed(2)}`,
      )
    }
  }
  await rm(folder, { recursive: true })
}
