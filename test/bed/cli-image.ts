import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packImage } from './archive.ts'
import { loadIntoPodman, podmanEnvironment } from './podman.ts'
import { bed, repository, run, shell } from './shell.ts'

/** The image of the CLI as `charts/cli/Containerfile` makes it. */
export const CLI_IMAGE = 'localhost/sidecar-scan:1'

/** Stands for the base image that is not to be had here: this Node, and the libraries it is linked to. */
const BASE = 'localhost/node:24'

async function loadBase(work: string): Promise<void> {
  const root = join(work, 'root')
  await shell(
    `mkdir -p "$1/usr/local/bin" "$1/tmp"; chmod 755 "$1"; chmod 1777 "$1/tmp"
     install -m 755 "$2" "$1/usr/local/bin/node"
     ldd "$2" | grep -o '/[^ ]*' | while read -r library; do install -D -m 755 "$library" "$1$library"; done`,
    [root, process.execPath],
  )
  await packImage(BASE, root, join(work, 'base.tar'), { Cmd: ['node'] })
  await loadIntoPodman(new Map([[BASE, join(work, 'base.tar')]]))
}

/** Builds the image with podman and loads it into the cluster. */
export async function loadCliImage(): Promise<void> {
  const env = { ...process.env, ...(await podmanEnvironment()) }
  const podman = (...args: string[]) => run('podman', args, { env, cwd: repository })
  const work = await mkdtemp(join(tmpdir(), 'cli-image-'))
  try {
    await loadBase(work)
    const file = join('charts', 'cli', 'Containerfile')
    await podman('build', '-q', '--pull=never', '-f', file, '--build-arg', `BASE=${BASE}`, '-t', CLI_IMAGE, '.')
    const archive = join(work, 'cli.tar')
    await podman('save', '--quiet', '--output', archive, CLI_IMAGE)
    await run(join(bed, 'cluster'), ['load', archive])
    await podman('rmi', '--force', CLI_IMAGE, BASE)
  } finally {
    await rm(work, { recursive: true })
  }
}
