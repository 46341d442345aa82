// The same image at rest, mounted as a volume, with and without the container that says its environment and user.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chooseEngine } from '../src/engine/choose.ts'
import { parseInputs } from '../src/inputs/inputs.ts'
import type { Log } from '../src/log/log.ts'
import type { Plan } from '../src/plan/plan.ts'
import { newRunId } from '../src/run/identity.ts'
import { run } from '../src/run/run.ts'
import { type Phases, scan } from '../src/scan/scan.ts'
import { withoutWitness } from '../src/scan/witness.ts'
import { kubernetesEngine } from '../test/action/engines.ts'
import { SCANNER_IMAGE } from '../test/bed/up.ts'
import { IMAGE, imageVolumes } from '../test/cluster/image-volumes.ts'
import { median } from './median.ts'

const ROUNDS = 7
const root = join(import.meta.dirname, '..')
const quiet: Log = { phase: () => {}, info: () => {}, warn: () => {}, foreign: () => {}, end: () => {} }
const PHASES = ['create', 'start', 'scan', 'fetch', 'clean'] as const

/** Prints the medians of both and their ratio. Needs the test bed's cluster and podman, which has the image. */
export async function benchWitness(env: NodeJS.ProcessEnv): Promise<void> {
  const cluster = kubernetesEngine('bench-witness')
  await cluster.prepare()
  await using volumes = await imageVolumes(cluster, env)
  const folder = await mkdtemp(join(tmpdir(), 'bench-witness-'))
  const inputs = parseInputs({
    ...volumes.engine.inputs,
    image: IMAGE,
    'scanner-image': SCANNER_IMAGE,
    'target-access': 'volume',
    'output-dir': folder,
    'dry-run': 'true',
  })
  const signal = AbortSignal.timeout(900_000)
  const clock = () => performance.now()
  const { engine } = await chooseEngine(inputs, env)
  const home = { profiles: join(root, 'profiles'), assets: join(root, 'src') }
  /** Each scan has a plan of its own. */
  const planned = async (): Promise<Plan> => {
    const now = () => new Date()
    const outcome = await run(inputs, { env, home, log: quiet, signal, clock, now, runId: newRunId(now()) })
    if (!('plans' in outcome)) throw new Error('a dry run has plans')
    return outcome.plans[0]!
  }
  const shapes = { with: (plan: Plan) => plan, without: withoutWitness }
  const phases = { with: [] as Phases[], without: [] as Phases[] }
  try {
    for (let round = 0; round <= ROUNDS; round++) {
      for (const shape of round % 2 === 0 ? (['with', 'without'] as const) : (['without', 'with'] as const)) {
        const result = await scan(shapes[shape](await planned()), engine, { signal, log: quiet, clock })
        // the first round fills the page cache
        if (round > 0) phases[shape].push(result.phases)
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
    await cluster.dispose()
  }
  const total = (one: Phases) => PHASES.reduce((sum, phase) => sum + one[phase], 0)
  console.log(`\nwitness: ${IMAGE} as an image volume, medians of ${ROUNDS} rounds, seconds`)
  console.log(`${'phase'.padEnd(10)}${'with'.padStart(8)}${'without'.padStart(9)}${'ratio'.padStart(8)}`)
  for (const [name, of] of [
    ...PHASES.map((phase) => [phase, (one: Phases) => one[phase]] as const),
    ['total', total] as const,
  ]) {
    const [here, there] = [median(phases.with.map(of)), median(phases.without.map(of))]
    console.log(
      `${name.padEnd(10)}${here.toFixed(2).padStart(8)}${there.toFixed(2).padStart(9)}${(here / there).toFixed(2).padStart(8)}`,
    )
  }
}
