// node test/bed/up.ts [kubernetes] [podman]: makes the engines of the tests ready, with all images; prints the environment
// that tests want, as NAME=value lines.
import { existsSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { imageId } from './archive.ts'
import { buildImages, buildPause, PAUSE_IMAGE, reference, type TargetName, targetNames } from './images.ts'
import { loadIntoPodman, podmanEnvironment } from './podman.ts'
import { bed, cacheFolder, run, say, shell } from './shell.ts'

/** An engine of the bed, by the name the input `engine` has for it. */
export type EngineName = 'kubernetes' | 'podman'

/** The scanner image of the bed. */
export const SCANNER_IMAGE = 'localhost/scanner:1'

/**
 * Starts the cluster, installs podman, builds and loads images: whatever of it is asked for and not there yet. Resolves to the
 * environment in which the engines are found.
 */
export async function bringUp(
  engines: readonly EngineName[],
  names: readonly TargetName[] = targetNames,
): Promise<Record<string, string>> {
  const env: Record<string, string> = {}
  const archives = await imageArchives(names)
  if (engines.includes('kubernetes')) {
    say('starting the cluster')
    env['CLUSTER_KUBECONFIG'] = (await run(join(bed, 'cluster'), ['up'], { showProgress: true })).trim()
    await loadIntoCluster(archives, env['CLUSTER_KUBECONFIG'])
  }
  if (engines.includes('podman')) {
    Object.assign(env, await podmanEnvironment())
    await loadIntoPodman(archives)
  }
  return env
}

/** Name → docker archive of the images asked for, the scanner's and the pause image. */
export async function imageArchives(names: readonly TargetName[]): Promise<Map<string, string>> {
  const targets = await buildImages(names)
  return new Map([
    [PAUSE_IMAGE, await buildPause()],
    [SCANNER_IMAGE, await scannerArchive()],
    ...[...targets].map(([name, archive]): [string, string] => [reference(name), archive]),
  ])
}

/** The scanner image, unpacked once: reading it from xz takes longer than loading it. */
async function scannerArchive(): Promise<string> {
  const packed = (await run(join(bed, 'part'), ['scanner.tar.xz'], { showProgress: true })).trim()
  const archive = join(cacheFolder(), 'scanner.tar')
  await shell('[ "$2" -nt "$1" ] || { xz -dc "$1" >"$2.new" && mv "$2.new" "$2"; }', [packed, archive])
  return archive
}

/** The node's store does not tell what archive an image came from: a note beside it does, and goes when the cluster goes. */
async function loadIntoCluster(archives: ReadonlyMap<string, string>, kubeconfig: string): Promise<void> {
  const notes = join(kubeconfig, '..', 'loaded')
  await mkdir(notes, { recursive: true })
  for (const [name, archive] of archives) {
    const note = join(notes, `${basename(name)}-${await imageId(archive)}`)
    if (existsSync(note)) continue
    say(`loading ${name} into the cluster`)
    await run(join(bed, 'cluster'), ['load', archive])
    await writeFile(`${note}.new`, '')
    await rename(`${note}.new`, note)
  }
}

if (import.meta.main) {
  const names = process.argv.slice(2)
  const env = await bringUp(names.length > 0 ? (names as EngineName[]) : ['kubernetes', 'podman'])
  for (const [name, value] of Object.entries(env)) process.stdout.write(`${name}=${value}\n`)
}
