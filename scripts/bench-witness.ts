// The same image at rest, mounted as a volume, with and without the container that says its environment and user.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { V1Pod } from '@kubernetes/client-node'
import { chooseEngine } from '../src/engine/choose.ts'
import { parseInputs } from '../src/inputs/inputs.ts'
import type { Log } from '../src/log/log.ts'
import { readPayload } from '../src/payload/payload.ts'
import { WITNESS } from '../src/plan/names.ts'
import { type Plan, plan } from '../src/plan/plan.ts'
import { newIdentity, newRunId } from '../src/run/identity.ts'
import { type Phases, scan } from '../src/scan/scan.ts'
import { loadProfiles } from '../src/sources/profiles.ts'
import { kubernetesEngine } from '../test/action/engines.ts'
import { SCANNER_IMAGE } from '../test/bed/up.ts'
import { IMAGE, imageVolumes } from '../test/cluster/image-volumes.ts'
import { median, PHASES } from './figures.ts'

const ROUNDS = 7
const root = join(import.meta.dirname, '..')
const quiet: Log = { phase: () => {}, info: () => {}, warn: () => {}, foreign: () => {}, end: () => {} }

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
  })
  const signal = AbortSignal.timeout(900_000)
  const clock = () => performance.now()
  const { engine } = await chooseEngine(inputs, env)
  const home = { profiles: join(root, 'profiles'), assets: join(root, 'src') }
  const loaded = await loadProfiles(inputs, { env, signal, builtIn: home.profiles, onProgress: () => {} })
  const { payload } = await readPayload(inputs, home, loaded)
  const planned = (): Plan => {
    const runId = newRunId(new Date())
    const target = { image: IMAGE, access: 'volume', namespace: engine.namespace, witnessed: true } as const
    return plan(inputs, payload, newIdentity(runId, runId), target)
  }
  /** A cluster that refuses the witness gets the same pod without it. */
  const policy = {
    with: (pod: V1Pod) => pod,
    without: (pod: V1Pod) => (pod.spec!.containers.some(({ name }) => name === WITNESS) ? 403 : pod),
  }
  const phases = { with: [] as Phases[], without: [] as Phases[] }
  try {
    for (let round = 0; round <= ROUNDS; round++) {
      for (const shape of round % 2 === 0 ? (['with', 'without'] as const) : (['without', 'with'] as const)) {
        volumes.govern(policy[shape])
        const result = await scan(planned(), engine, { signal, log: quiet, clock })
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
