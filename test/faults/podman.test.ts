import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { podmanEngine } from '../action/engines.ts'
import { run } from '../bed/shell.ts'
import { expectFault } from './fault.ts'
import { podProcesses } from './processes.ts'
import { closedPort } from './proxy.ts'
import { profile, quick } from './run.ts'

const engine = podmanEngine()
const TIME = 300_000
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

/** An image that no other test of podman scans. */
const OWN_IMAGE = 'localhost/target-nonroot:1'

/** The name of the pod that scans it, a moment after it has come up. */
async function runningPod(): Promise<string> {
  for (let tries = 0; tries < 100; tries++) {
    await sleep(200)
    const names = await podman('ps', '--format', '{{.Names}} {{.Image}}')
    const found = names
      .split('\n')
      .flatMap((line) => /^(sidecar-scanner-\S+)-target \S*target-nonroot/.exec(line)?.[1] ?? [])[0]
    if (found === undefined) continue
    await sleep(1_500)
    return found
  }
  return 'a pod that is not there'
}

/** Does something to the pod of a scan of its own image, while InSpec works. */
async function during(id: string, what: (pod: string) => Promise<unknown>): Promise<void> {
  const scan = fault(id, { image: OWN_IMAGE, 'target-access': 'sidecar', profile: profile('slow') })
  await what(await runningPod())
  await scan
}

test(
  'podman-removed',
  () => during('podman-removed', (pod) => podman('pod', 'rm', '--force', '--time', '0', pod)),
  TIME,
)
test('podman-killed', () => during('podman-killed', (pod) => podman('kill', `${pod}-scanner`)), TIME)
test('podman-target-killed', () => during('podman-target-killed', (pod) => podman('kill', `${pod}-target`)), TIME)

/** A podman in front of the real one, which does this first. */
async function podmanThat(does: string): Promise<{ folder: string; PATH: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'podman-'))
  const PATH = process.env['PATH']!
  await writeFile(join(folder, 'podman'), `#!/bin/sh\n${does}\nPATH='${PATH}' exec podman "$@"\n`, { mode: 0o755 })
  return { folder, PATH: `${folder}:${PATH}` }
}

test(
  'podman-stop',
  async () => {
    // as where conmon was killed and another process has its number
    const { folder, PATH } = await podmanThat('case "$1 $2" in "pod stop") exec sleep 600 ;; esac')
    const outcome = await quick({ ...engine, env: { ...engine.env, PATH } })
    await rm(folder, { recursive: true })
    expectFault('podman-stop', outcome)
    expect([await engine.leftovers(outcome.runId), await podProcesses(outcome.runId)]).toEqual([[], []])
  },
  TIME,
)

test(
  'a scan whose connections are lost leaves one watcher in the pod, not one for each',
  async () => {
    const watchers = async (pod: string) => {
      const top = await podman('top', `${pod}-scanner`, 'args')
      return top.split('\n').filter((line) => line.includes('sidecar/watch.sh')).length
    }
    const inputs = { image: OWN_IMAGE, 'target-access': 'sidecar', profile: profile('slow'), threshold: 'none' }
    const scan = quick(engine, inputs)
    const pod = await runningPod()
    // what podman leaves behind of a connection that is cut
    const more = ['exec', '--detach', `${pod}-scanner`, 'sh', '/scan/sidecar/watch.sh', '0']
    for (let connection = 0; connection < 3; connection++) await podman(...more)
    // each looks at its number ten times a second, on a busy machine less often
    let left = await watchers(pod)
    for (let tries = 0; left !== 1 && tries < 40; tries++) {
      await sleep(300)
      left = await watchers(pod)
    }
    expect(left).toBe(1)
    // the scan's own watcher was sent home: it connects again
    expect((await scan).exitCode).toBe(0)
  },
  TIME,
)
