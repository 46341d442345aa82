// npm run bench [-- kubernetes|podman|transport|witness|judge|start]: the time of each phase of a scan as the CLI does it, the
// total, and what is not InSpec's own; the processor time of the transport; a scan with and without the witness; judging; starting
// and writing reports. `before=FOLDER` compares with another built version, with `profile=FOLDER` on profiles of one's own. Ratios and
// differences within one run: machines are noisy.
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chooseEngine } from '../src/engine/choose.ts'
import { parseInputs } from '../src/inputs/inputs.ts'
import type { RawInputs } from '../src/inputs/table.ts'
import { podName, SCANNER } from '../src/plan/names.ts'
import { reference } from '../test/bed/images.ts'
import { bringUp, type EngineName, SCANNER_IMAGE } from '../test/bed/up.ts'
import { benchBefore } from './bench-before.ts'
import { benchJudge } from './bench-judge.ts'
import { benchStart } from './bench-start.ts'
import { benchWitness } from './bench-witness.ts'
import { median, PHASES } from './figures.ts'

const ROUNDS = 5
const cli = join(import.meta.dirname, '..', 'dist', 'cli.js')

interface Document {
  readonly runId: string
  readonly phases: Record<(typeof PHASES)[number], number>
}

/** Seconds of the whole command, from its start to its end, and what it printed. */
async function timedRun(inputs: RawInputs, env: NodeJS.ProcessEnv): Promise<{ seconds: number; document: Document }> {
  const args = Object.entries(inputs).map(([name, value]) => `--${name}=${value}`)
  const began = performance.now()
  const child = spawn(process.execPath, [cli, 'run', '--json', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let log = ''
  child.stdout.on('data', (text) => {
    out += text
  })
  child.stderr.on('data', (text) => {
    log += text
  })
  await new Promise((resolve) => child.on('close', resolve))
  const seconds = (performance.now() - began) / 1000
  if (out === '') throw new Error(`the scan failed:\n${log}`)
  return { seconds, document: JSON.parse(out) as Document }
}

/** Seconds of a bare `inspec exec` of the same profile in the same container, after a scan that was kept. */
async function bareInspec(runId: string, inputs: RawInputs, env: NodeJS.ProcessEnv): Promise<number> {
  const { engine } = await chooseEngine(parseInputs(inputs), env)
  const scanner = { pod: podName(runId), container: SCANNER }
  const signal = AbortSignal.timeout(120_000)
  const script =
    'cd /tmp; inspec exec /scan/profile -t "$SCAN_TARGET_URI" --reporter json:/tmp/bench.json --no-create-lockfile </dev/null'
  const began = performance.now()
  await engine.exec(scanner, { command: ['sh', '-c', script], onOutput: () => {} }, signal)
  const seconds = (performance.now() - began) / 1000
  await engine.remove((await engine.list(runId, signal)).ours, signal)
  return seconds
}

const column = (text: string | number) => (typeof text === 'number' ? text.toFixed(2) : text).padStart(8)

async function benchScan(name: EngineName, base: RawInputs, env: NodeJS.ProcessEnv): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'))
  const inputs: RawInputs = {
    ...base,
    image: reference('target-debian'),
    'scanner-image': SCANNER_IMAGE,
    'target-access': 'sidecar',
    'output-dir': folder,
  }
  const rows: Record<string, number>[] = []
  console.log(`\n${name}: profile container-baseline on ${inputs.image}, ${ROUNDS} rounds, seconds`)
  console.log(['round', 'program', ...PHASES, 'total', 'inspec', 'rest', 'ratio'].map(column).join(''))
  // not counted: what the node and the page cache do for the first time
  await timedRun(inputs, env)
  for (let round = 1; round <= ROUNDS; round++) {
    const { seconds: total, document } = await timedRun(inputs, env)
    const kept = await timedRun({ ...inputs, keep: 'true' }, env)
    const inspec = await bareInspec(kept.document.runId, inputs, env)
    const phased = PHASES.reduce((sum, phase) => sum + document.phases[phase], 0)
    const row = {
      program: total - phased,
      ...document.phases,
      total,
      inspec,
      rest: total - inspec,
      ratio: total / inspec,
    }
    rows.push(row)
    console.log([String(round), ...Object.values(row)].map(column).join(''))
  }
  const keys = Object.keys(rows[0]!)
  console.log(['median', ...keys.map((key) => median(rows.map((row) => row[key]!)))].map(column).join(''))
  await rm(folder, { recursive: true })
}

/** The transport's own bench, in Ruby; it needs the same bed. */
async function benchTransport(env: NodeJS.ProcessEnv): Promise<void> {
  const script = join(import.meta.dirname, '..', 'test', 'transport', 'differential', 'speed.rb')
  const child = spawn('ruby', [script], { env: { ...env, KUBECONFIG: env['CLUSTER_KUBECONFIG'] }, stdio: 'inherit' })
  const code = await new Promise((resolve) => child.on('close', resolve))
  if (code !== 0) throw new Error(`${script} ended with ${code}`)
}

const BENCHES = ['kubernetes', 'podman', 'transport', 'witness', 'judge', 'start'] as const
/** Those that need engines. */
const ENGINES = new Map<string, readonly EngineName[]>([
  ['kubernetes', ['kubernetes']],
  ['podman', ['podman']],
  ['transport', ['kubernetes']],
  ['witness', ['kubernetes', 'podman']],
  ['before', ['kubernetes', 'podman']],
])
const given = process.argv.slice(2)
const values = (name: string) =>
  given.flatMap((text) => (text.startsWith(`${name}=`) ? [text.slice(name.length + 1)] : []))
const [before] = values('before')
const profiles = values('profile')
const wanted = given.filter((argument) => !/^(?:before|profile)=/.test(argument))
const unknown = wanted.filter((name) => !(BENCHES as readonly string[]).includes(name))
if (unknown.length > 0)
  throw new Error(
    `there is no bench ${unknown.join(', ')}; there are: ${BENCHES.join(', ')}, before=FOLDER, profile=FOLDER`,
  )
if (profiles.length > 0 && before === undefined) throw new Error('profile=FOLDER needs before=FOLDER')
const benches = BENCHES.filter((name) => given.length === 0 || wanted.includes(name))
const named = before === undefined ? benches : [...benches, 'before']
const engines = new Set(named.flatMap((name) => ENGINES.get(name) ?? []))
const bed = engines.size > 0 ? await bringUp([...engines], ['target-debian']) : {}
const env = { ...process.env, ...bed }
Object.assign(process.env, bed)
const choice = (name: EngineName): RawInputs => ({
  engine: name,
  ...(name === 'kubernetes' ? { kubeconfig: bed.CLUSTER_KUBECONFIG! } : {}),
})
for (const name of benches) {
  if (name === 'judge') await benchJudge()
  else if (name === 'start') await benchStart()
  else if (name === 'transport') await benchTransport(env)
  else if (name === 'witness') await benchWitness(env)
  else await benchScan(name, choice(name), env)
}
if (before !== undefined) {
  for (const name of ['kubernetes', 'podman'] as const) {
    console.log(`\n${name}`)
    await benchBefore(before, profiles, choice(name), env)
  }
}
