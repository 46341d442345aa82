import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { imageId } from './archive.ts'
import { cacheFolder, installPackages, run, say } from './shell.ts'

/**
 * Settings of our own for podman, away from the machine's: runc, for crun refuses hybrid cgroups; the bed's pause image, for
 * there is nothing to build one from; limits that a machine without CAP_SYS_RESOURCE can set.
 */
export const containersConf = `[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
infra_image = "localhost/pause:1"
`

/** Installs podman when it is missing; resolves to the environment it is to be run with. */
export async function podmanEnvironment(): Promise<{ CONTAINERS_CONF: string }> {
  await installPackages(['podman', 'runc', 'catatonit'])
  const path = join(cacheFolder(), 'containers.conf')
  await writeFile(path, containersConf)
  return { CONTAINERS_CONF: path }
}

/** Loads docker archives (name → path) into podman's store, those that are not there yet. */
export async function loadIntoPodman(archives: ReadonlyMap<string, string>): Promise<void> {
  const env = { ...process.env, ...(await podmanEnvironment()) }
  for (const [name, archive] of archives) {
    const wanted = await imageId(archive)
    const held = await run('podman', ['image', 'inspect', '--format', '{{.Id}}', name], { env }).catch(() => '')
    if (held.trim() === wanted) continue
    say(`loading ${name} into podman`)
    await run('podman', ['load', '--quiet', '--input', archive], { env })
  }
}
