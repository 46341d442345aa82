// node test/bed/images.ts [NAME…]: builds the target images that are missing in the cache (all, when none is named) and
// prints the path of each docker archive; `pause` is the bed's own pause image. Needs root: the trees hold files of several owners.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ImageConfig, packImage } from './archive.ts'
import { debianRoot, weakRoot } from './debian-root.ts'
import { rpmRoot } from './rpm-root.ts'
import { bed, cacheFolder, installPackages, run, say } from './shell.ts'
import { bigRoot, busyboxRoot, distrolessRoot, hostileRoot, nonRootRoot, scratchRoot } from './small-roots.ts'

type Recipe = { fill: (root: string, server: string) => Promise<void>; config: ImageConfig }

const PORT = { '8080/tcp': {} }
const labels = (title: string) => ({ 'org.opencontainers.image.title': title, 'org.opencontainers.image.version': '1' })

const recipes = {
  'target-debian': {
    fill: debianRoot,
    config: {
      Cmd: ['/usr/local/bin/server', '8080'],
      WorkingDir: '/srv/app',
      ExposedPorts: PORT,
      Labels: labels('debian'),
    },
  },
  'target-busybox': {
    fill: busyboxRoot,
    config: { Cmd: ['httpd', '-f', '-p', '8080', '-h', '/srv/www'], ExposedPorts: PORT, Labels: labels('busybox') },
  },
  'target-distroless': {
    fill: distrolessRoot,
    config: { Entrypoint: ['/app/server'], User: '65532', WorkingDir: '/home/nonroot', Labels: labels('distroless') },
  },
  'target-scratch': { fill: scratchRoot, config: { Entrypoint: ['/server'], Labels: labels('scratch') } },
  'target-rpm': { fill: rpmRoot, config: { Cmd: ['/bin/bash'], Labels: labels('rpm') } },
  'target-exits': {
    fill: busyboxRoot,
    config: { Cmd: ['sh', '-c', 'echo "cannot find the database" >&2; exit 7'], Labels: labels('exits') },
  },
  'target-nonroot': {
    fill: nonRootRoot,
    config: {
      Entrypoint: ['/app/server'],
      Cmd: ['8080'],
      User: '10001:10001',
      WorkingDir: '/app',
      ExposedPorts: PORT,
      Labels: labels('nonroot'),
    },
  },
  'target-big': { fill: bigRoot, config: { Cmd: ['sleep', 'infinity'], Labels: labels('big') } },
  'target-hostile': {
    fill: async (root) => hostileRoot(root, await compile('hostile', join(root, 'hostile'))),
    config: { Cmd: ['/bin/hostile', 'serve', '5'], Labels: labels('hostile') },
  },
  'target-weak': {
    fill: weakRoot,
    config: {
      Env: [
        'PATH=.:/opt/shared:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        'API_TOKEN=not-a-real-token',
      ],
      Cmd: ['/usr/local/bin/server', '8080'],
      User: 'root',
      Labels: labels('weak'),
    },
  },
} satisfies Record<string, Recipe>

/** The name of a target image of the bed, without registry and tag. */
export type TargetName = keyof typeof recipes

/** Every target image's name. */
export const targetNames = Object.keys(recipes) as TargetName[]

/** The reference under which the cluster and podman know a target image. */
export const reference = (name: TargetName) => `localhost/${name}:1`

/** A digest over everything an image is made from: a changed recipe makes a new archive. */
function recipeDigest(): string {
  const sources = ['archive', 'debian-root', 'images', 'rpm-root', 'small-roots'].map((name) => `${name}.ts`)
  const data = readdirSync(join(bed, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  const hash = createHash('sha256')
  for (const file of [...sources.map((name) => join(bed, name)), ...data]) hash.update(readFileSync(file))
  return hash.digest('hex').slice(0, 12)
}

/** A static program from `src/NAME.c`. */
async function compile(name: string, out: string): Promise<string> {
  await installPackages(['gcc', 'libc6-dev'])
  await run('gcc', ['-Os', '-Wall', '-static', '-s', '-Wl,--build-id=none', '-o', out, join(bed, `src/${name}.c`)])
  return out
}

/** The container that holds a pod's namespaces, for the cluster and for podman. */
export const PAUSE_IMAGE = 'localhost/pause:1'

/** The path of its docker archive, which is built in a moment. */
export async function buildPause(): Promise<string> {
  const archive = join(cacheFolder(), `pause-${recipeDigest()}.tar`)
  if (existsSync(archive)) return archive
  const root = await mkdtemp(join(tmpdir(), 'pause-'))
  try {
    await chmod(root, 0o755)
    await compile('pause', join(root, 'pause'))
    await packImage(PAUSE_IMAGE, root, archive, { Entrypoint: ['/pause'] })
  } finally {
    await rm(root, { recursive: true })
  }
  return archive
}

async function build(name: TargetName, archive: string): Promise<void> {
  const recipe: Recipe = recipes[name]
  const work = await mkdtemp(join(tmpdir(), 'target-'))
  try {
    const root = await mkdtemp(join(work, 'root-'))
    await chmod(root, 0o755)
    await recipe.fill(root, await compile('server', join(work, 'server')))
    await packImage(reference(name), root, archive, recipe.config)
  } finally {
    await rm(work, { recursive: true })
  }
}

/** Paths of the docker archives of these images; builds into the cache what is missing. */
export async function buildImages(names: readonly TargetName[]): Promise<Map<TargetName, string>> {
  const digest = recipeDigest()
  const archives = new Map<TargetName, string>()
  for (const name of names) {
    const archive = join(cacheFolder(), `${name}-${digest}.tar`)
    archives.set(name, archive)
    if (existsSync(archive)) continue
    const started = Date.now()
    await build(name, archive)
    for (const file of readdirSync(cacheFolder()))
      if (file.startsWith(`${name}-`) && join(cacheFolder(), file) !== archive) rmSync(join(cacheFolder(), file))
    say(`built ${reference(name)} in ${((Date.now() - started) / 1000).toFixed(1)} s`)
  }
  return archives
}

if (import.meta.main) {
  const names = process.argv.slice(2)
  if (names[0] === 'pause') {
    process.stdout.write(`${await buildPause()}\n`)
    process.exit()
  }
  const unknown = names.filter((name) => !(name in recipes))
  if (unknown.length > 0) {
    process.stderr.write(`unknown image ${unknown.join(', ')}; there are: ${targetNames.join(', ')}\n`)
    process.exitCode = 2
  } else {
    const archives = await buildImages(names.length > 0 ? (names as TargetName[]) : targetNames)
    for (const archive of archives.values()) process.stdout.write(`${archive}\n`)
  }
}
