import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { podmanEngine } from '../action/engines.ts'
import { reference, type TargetName } from '../bed/images.ts'
import { run } from '../bed/shell.ts'
import { cli, flags, LIMIT, SCANNER } from './scan.ts'

const engine = podmanEngine()
const IMAGES: TargetName[] = ['target-debian', 'target-distroless', 'target-scratch', 'target-nonroot', 'target-weak']
/** Of the users by name. */
const NUMBERS: Record<string, string> = { '': '0', root: '0' }

interface Facts {
  readonly env: string
  readonly id: string
  readonly pwd: string
}

async function factsOf(image: string, access: string): Promise<Facts> {
  const folder = await mkdtemp(join(tmpdir(), 'facts-'))
  try {
    const profile = join(import.meta.dirname, 'facts')
    const inputs = { ...engine.inputs, image, profile, 'scanner-image': SCANNER, 'output-dir': folder }
    const { stdout } = await cli(engine, ['run', '--json', ...flags({ ...inputs, 'target-access': access })])
    const { results } = JSON.parse(stdout) as { results: string }
    const hdf = JSON.parse(await readFile(results, 'utf8')) as {
      profiles: [{ controls: [{ tags: { facts: Facts } }] }]
    }
    return hdf.profiles[0].controls[0].tags.facts
  } finally {
    await rm(folder, { recursive: true })
  }
}

test.each(IMAGES.flatMap((name) => ['volume', 'sidecar'].map((access) => [name, access] as const)))(
  'environment, user and working folder of %s, %s, are those of `podman image inspect`',
  async (name, access) => {
    const inspected = JSON.parse(await run('podman', ['image', 'inspect', reference(name)])) as [
      { Config: { Env?: string[]; User?: string; WorkingDir?: string } },
    ]
    const { Env = [], User = '', WorkingDir = '' } = inspected[0].Config
    const { env, id, pwd } = await factsOf(reference(name), access)
    // the home is what a runtime adds
    expect(
      env
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('HOME='))
        .sort(),
    ).toEqual([...Env].sort())
    const user = User.split(':')[0]!
    expect([id, pwd]).toEqual([`${NUMBERS[user] ?? user}\n`, `${WorkingDir || '/'}\n`])
  },
  LIMIT,
)
