// The start of the CLI and the writing of reports: whole processes of dist, one after the other in every round.
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { FORMATS } from '../src/render/formats.ts'
import { median } from './figures.ts'

const ROUNDS = 9
const root = join(import.meta.dirname, '..')
const cli = join(root, 'dist', 'cli.js')

interface Times {
  /** Seconds from the start of the process to its end. */
  readonly wall: number
  /** Seconds of processor time, of all its threads. */
  readonly processor: number
}

function timed(args: readonly string[]): Times {
  // what a process has used is known to itself only, at its end
  const tell = "process.on('exit',()=>{const u=process.cpuUsage();process.stderr.write('\\nused '+(u.user+u.system))})"
  const began = performance.now()
  const argv = ['--import', `data:text/javascript,${encodeURIComponent(tell)}`, cli, ...args]
  const { status, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' })
  const wall = (performance.now() - began) / 1000
  if (status !== 0) throw new Error(`sidecar-scan ${args.join(' ')} ended with ${status}:\n${stderr}`)
  return { wall, processor: Number(/used (\d+)$/.exec(stderr)![1]) / 1e6 }
}

/** Prints medians of: no work at all, a plan of a folder's profile, one report and all reports of the RHEL 9 STIG's results. */
export async function benchStart(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-start-'))
  const profile = join(folder, 'profile')
  await mkdir(join(profile, 'controls'), { recursive: true })
  await writeFile(join(profile, 'controls', 'a.rb'), "control 'a'\n")
  await writeFile(join(profile, 'inspec.yml'), 'name: plain\nversion: 1.0.0\n')
  const results = join(folder, 'results.json')
  const packed = await readFile(join(root, 'test', 'data', 'results', 'rhel9-stig-baseline.json.gz'))
  await writeFile(results, gunzipSync(packed))
  const report = (formats: readonly string[]) => [
    ...['report', '--results', results, '--output-dir', folder, '--threshold', 'none'],
    ...['--format', formats.join(',')],
  ]
  const commands: Readonly<Record<string, readonly string[]>> = {
    '--version': ['--version'],
    'render, a folder': ['render', '--image', 'app:1', '--profile', profile, '--summary'],
    'report, verdict': report(['verdict']),
    'report, all formats': report(Object.keys(FORMATS)),
  }
  console.log(`\nstart: medians of ${ROUNDS} rounds, seconds`)
  const times = new Map<string, Times[]>(Object.keys(commands).map((name) => [name, []]))
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, args] of Object.entries(commands)) {
      const time = timed(args)
      // the first round fills the page cache
      if (round > 0) times.get(name)!.push(time)
    }
  }
  for (const [name, all] of times) {
    const [wall, processor] = [median(all.map((time) => time.wall)), median(all.map((time) => time.processor))]
    console.log(`${name.padEnd(22)} wall ${wall.toFixed(2)}  processor ${processor.toFixed(2)}`)
  }
  await rm(folder, { recursive: true })
}
