import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parseHdf } from '../../src/judge/hdf.ts'
import type { Control } from '../../src/judge/types.ts'
import { podmanEngine } from '../action/engines.ts'
import { SCANNER } from './scan.ts'

/** The scanner's root in the container: the dynamic loader there starts its Ruby, whatever the image has. */
const RUNTIME = '/.ground-truth'
const LIBRARIES = `${RUNTIME}/usr/lib/x86_64-linux-gnu`
const FOLDERS = ['vendor_ruby', '3.1.0'].flatMap((name) => [
  `${RUNTIME}/usr/lib/ruby/${name}`,
  `${LIBRARIES}/ruby/${name}`,
])

/** The controls of a profile as InSpec has them inside a container of the image. */
export async function askedInside(image: string, profile: string): Promise<readonly Control[]> {
  const results = await mkdtemp(join(tmpdir(), 'truth-'))
  const differential = join(import.meta.dirname, '..', 'transport', 'differential')
  const mounts = [`${differential}:/.differential:ro`, `${profile}:/.profile:ro`, `${results}:/.results`]
  const loader = [`${LIBRARIES}/ld-linux-x86-64.so.2`, '--library-path', `${LIBRARIES}:${RUNTIME}/lib/x86_64-linux-gnu`]
  const ruby = [`${RUNTIME}/usr/bin/ruby`, '--disable-gems', ...FOLDERS.flatMap((folder) => ['-I', folder])]
  const container = [
    ...[
      'run',
      '--rm',
      '--network=none',
      '--env=PLAIN=1',
      `--mount=type=image,source=${SCANNER},destination=${RUNTIME}`,
    ],
    ...mounts.map((mount) => `--volume=${mount}`),
    ...[`--entrypoint=${loader[0]}`, image],
  ]
  const inspec = ['/.differential/truth.rb', '/.profile', '/.results/truth.json']
  try {
    const env = { ...process.env, ...podmanEngine().env }
    // InSpec's exit code tells of failed controls
    await promisify(execFile)('podman', [...container, ...loader.slice(1), ...ruby, ...inspec], { env }).catch(() => {})
    return parseHdf([{ name: 'truth.json', text: await readFile(join(results, 'truth.json'), 'utf8') }]).controls
  } finally {
    await rm(results, { recursive: true })
  }
}
