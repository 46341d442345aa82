import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { kubernetesEngine, podmanEngine } from '../action/engines.ts'
import { type ImageConfig, packImage } from '../bed/archive.ts'
import { reference, type TargetName } from '../bed/images.ts'
import { loadIntoPodman } from '../bed/podman.ts'
import { bed, run } from '../bed/shell.ts'
import { LIMIT, scanAll } from './scan.ts'

const TARGETS: TargetName[] = ['target-debian', 'target-distroless', 'target-scratch', 'target-nonroot', 'target-weak']

/** Images of this test alone, in which nothing can run: users in each form, and what an environment may hold. */
const ODD: Readonly<Record<string, ImageConfig>> = {
  'localhost/facts-name:1': { User: 'app', WorkingDir: '/srv', Entrypoint: ['/none'] },
  'localhost/facts-name-and-group:1': { User: 'app:staff', Entrypoint: ['/none'] },
  'localhost/facts-number:1': { User: '4242', Entrypoint: ['/none'] },
  'localhost/facts-environment:1': {
    Entrypoint: ['/none'],
    Env: ['PATH=/bin', 'EMPTY=', 'LINES=one\ntwo\n', 'QUOTES=\'"$(id)`', 'WORD=ä€', `LONG=${'x'.repeat(120_000)}`],
  },
}
/** The numbers of users by name, as the images' own accounts have them. */
const NUMBERS: Record<string, string> = { '': '0', root: '0', app: '1234' }

const SHAPES = [
  { engine: podmanEngine(), access: 'volume' },
  { engine: podmanEngine(), access: 'sidecar' },
  { engine: kubernetesEngine('facts'), access: 'sidecar' },
]

interface Facts {
  readonly env: string
  readonly id: string
  readonly pwd: string
}

async function inspected(image: string): Promise<ImageConfig> {
  return (JSON.parse(await run('podman', ['image', 'inspect', image])) as [{ Config: ImageConfig }])[0].Config
}

/** Lines of an environment, sorted; the home is what a runtime adds. */
const lines = (entries: readonly string[]) =>
  entries
    .join('\n')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('HOME='))
    .sort()

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'facts-'))
  try {
    const root = join(folder, 'root')
    await mkdir(join(root, 'etc'), { recursive: true })
    await writeFile(join(root, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\napp:x:1234:1234::/srv:/bin/sh\n')
    await writeFile(join(root, 'etc/group'), 'root:x:0:\napp:x:1234:\nstaff:x:50:\n')
    for (const [image, config] of Object.entries(ODD)) {
      const archive = join(folder, 'image.tar')
      await packImage(image, root, archive, config)
      await loadIntoPodman(new Map([[image, archive]]))
      await run(join(bed, 'cluster'), ['load', archive])
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}, LIMIT)
afterAll(async () => {
  await run('podman', ['rmi', '--force', ...Object.keys(ODD)])
})

describe.each(SHAPES)('$engine.name, $access', ({ engine, access }) => {
  beforeAll(engine.prepare, LIMIT)
  afterAll(engine.dispose, LIMIT)

  test(
    'environment, user and working folder of each image are those of `podman image inspect`',
    async () => {
      const images = [...TARGETS.map(reference), ...Object.keys(ODD)]
      const profile = join(import.meta.dirname, 'facts')
      const inputs = { profile, 'target-access': access, threshold: 'none', parallel: '3' }
      const { scans, runId } = await scanAll(engine, images, inputs)
      expect(scans.map(({ image }) => image)).toEqual(images)
      for (const { image, controls, targetAccess } of scans) {
        const { Env = [], User = '', WorkingDir = '' } = await inspected(image)
        const { env, id, pwd } = (controls[0]?.source[0]?.['tags'] as { facts?: Facts } | undefined)?.facts ?? {}
        const user = User.split(':')[0]!
        expect({ image, targetAccess, env: lines([env ?? 'nothing']), id, pwd }).toEqual({
          image,
          targetAccess: access,
          env: lines(Env),
          id: `${NUMBERS[user] ?? user}\n`,
          pwd: `${WorkingDir || '/'}\n`,
        })
      }
      expect(await engine.leftovers(runId)).toEqual([])
    },
    LIMIT,
  )
})
