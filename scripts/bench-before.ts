// npm run bench -- before=FOLDER: this product and another version of it, one scan after the other: what a change costs.
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import type { RawInputs } from '../src/inputs/table.ts'
import { reference } from '../test/bed/images.ts'
import { SCANNER_IMAGE } from '../test/bed/up.ts'
import { median } from './figures.ts'

/** Scans vary by a tenth; the median of few rounds would show that. */
const ROUNDS = 11
const COMMANDS = 250
const MEASURED = ['start', 'scan', 'total'] as const
type Times = Readonly<Record<(typeof MEASURED)[number], number>>
const root = join(import.meta.dirname, '..')

/**
 * A profile that mostly runs programs of the image: the forms that profiles use most, each a command of its own by a number that
 * changes nothing. Every version and shape answers all of them, so that the same work is compared.
 */
const COMMAND_HEAVY = `FORMS = [
  'grep -i nullok /etc/pam.d/common-auth | head -n %d | wc -l',
  'grep "^[^#]" /etc/shells | head -n %d',
  'find /usr/bin -maxdepth 1 -perm -4000 -type f | head -n %d',
  'find -L /usr/sbin -perm /022 -type f | tail -n %d',
  'ls -l /etc/pam.d | head -n %d | wc -l',
  'stat -c "%%U %%n" /etc/cron* | head -n %d',
  "awk -F: '($3 == 0) {print $1}' /etc/shadow | head -n %d",
  "cut -d: -f1 /etc/shadow | sort | uniq -d | head -n %d",
  'for file in /etc/profile /etc/bash.bashrc; do stat -c %%a $file | head -n %d; done',
  'dpkg --verify bash | head -n %d',
  "sed -n 's/^UMASK *//p' /etc/login.defs | head -n %d",
  'test -f /etc/login.defs && head -n %d /etc/login.defs',
]
control 'commands' do
  ${COMMANDS}.times do |number|
    describe command(format(FORMS[number % FORMS.size], number)) do
      its('stderr') { should_not match(/not found/) }
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
 * Prints medians of this tree and of the tree in `before`, both with a built `dist`, in turn within each round. Without profiles of
 * one's own: `before`'s container-baseline and one of commands, so that both do the same work.
 */
export async function benchBefore(
  before: string,
  own: readonly string[],
  engine: RawInputs,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const old = resolve(before)
  const folder = await mkdtemp(join(tmpdir(), 'bench-before-'))
  const commands = join(folder, 'commands')
  await mkdir(join(commands, 'controls'), { recursive: true })
  await writeFile(join(commands, 'inspec.yml'), 'name: commands\nversion: 1.0.0\n')
  await writeFile(join(commands, 'controls', 'commands.rb'), COMMAND_HEAVY)
  const profiles =
    own.length > 0
      ? Object.fromEntries(own.map((path) => [basename(path), resolve(path)]))
      : { 'container-baseline': join(old, 'profiles', 'container-baseline'), commands }
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
