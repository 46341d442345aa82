import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { podmanEngine } from '../action/engines.ts'
import { run } from '../bed/shell.ts'
import { expectFault } from './fault.ts'
import { podProcesses } from './processes.ts'
import { closedPort } from './proxy.ts'
import { profile, quick } from './run.ts'

const engine = podmanEngine()
const TIME = 90_000
const podman = (...args: string[]) => run('podman', args, { env: { ...process.env, ...engine.env } })

async function fault(id: string, inputs: Readonly<Record<string, string>>): Promise<void> {
  const outcome = await quick(engine, inputs)
  expectFault(id, outcome)
  expect([await engine.leftovers(outcome.runId), await podProcesses(outcome.runId)]).toEqual([[], []])
}

test(
  'podman-registry',
  async () => {
    await fault('podman-registry', { image: `127.0.0.1:${await closedPort()}/app:1` })
  },
  TIME,
)

/** Does something to the pod of a scan of its own image, while InSpec works. */
async function during(id: string, what: (pod: string) => Promise<unknown>): Promise<void> {
  const image = 'localhost/target-nonroot:1'
  const scan = fault(id, { image, 'target-access': 'sidecar', profile: profile('slow') })
  const pod = async (): Promise<string | undefined> => {
    const names = await podman('ps', '--format', '{{.Names}} {{.Image}}')
    return names
      .split('\n')
      .flatMap((line) => /^(sidecar-scanner-\S+)-target \S*target-nonroot/.exec(line)?.[1] ?? [])[0]
  }
  let found: string | undefined
  for (let tries = 0; found === undefined && tries < 50; tries++) {
    await sleep(200)
    found = await pod()
  }
  await sleep(1_500)
  await what(found ?? 'a pod that is not there')
  await scan
}

test(
  'podman-removed',
  () => during('podman-removed', (pod) => podman('pod', 'rm', '--force', '--time', '0', pod)),
  TIME,
)
test('podman-killed', () => during('podman-killed', (pod) => podman('kill', `${pod}-scanner`)), TIME)
test('podman-target-killed', () => during('podman-target-killed', (pod) => podman('kill', `${pod}-target`)), TIME)
