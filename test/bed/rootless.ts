import { copyFile, cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TargetName } from './images.ts'
import { containersConf } from './podman.ts'
import { installPackages, repository, run, say, shell } from './shell.ts'
import { imageArchives } from './up.ts'

/** A user of this machine without rights, who has podman with a store of their own. */
const USER = 'scan-rootless'
const HOME = `/home/${USER}`

/** Runs a piece of shell as that user; rejects with the last lines of stderr. */
export async function asUser(script: string, args: string[] = []): Promise<string> {
  const id = (await run('id', ['-u', USER])).trim()
  const env = {
    HOME,
    PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
    XDG_RUNTIME_DIR: `/run/user/${id}`,
    CONTAINERS_CONF: `${HOME}/containers.conf`,
  }
  return await run('runuser', ['-u', USER, '--', 'bash', '-euo', 'pipefail', '-c', `cd; ${script}`, 'bash', ...args], {
    env,
  })
}

/**
 * Makes that user, and their podman ready with these images and the scanner's. Resolves to why it cannot be had on this
 * machine, or to undefined.
 */
export async function rootlessPodman(names: readonly TargetName[]): Promise<string | undefined> {
  await installPackages(['uidmap', 'podman', 'runc', 'catatonit'])
  await shell(
    `id "$1" >/dev/null 2>&1 || useradd --create-home --shell /bin/bash "$1"
     install -d -m 700 -o "$1" -g "$1" "/run/user/$(id -u "$1")"`,
    [USER],
  )
  await writeFile(`${HOME}/containers.conf`, containersConf)
  for (const [name, archive] of await imageArchives(names)) {
    // the cache may be in a folder that is closed to others
    const shared = join(await mkdtemp(join(tmpdir(), 'image-')), 'archive.tar')
    try {
      if (await asUser('podman image exists "$1" && echo yes || true', [name])) continue
      say(`loading ${name} into the podman of ${USER}`)
      await copyFile(archive, shared)
      await shell('chmod 755 "$(dirname "$1")"; chmod 644 "$1"', [shared])
      await asUser('podman load --quiet --input "$1"', [shared])
    } catch (error) {
      return (error as Error).message
    } finally {
      await rm(join(shared, '..'), { recursive: true })
    }
  }
  return await asUser('podman run --rm --network none "$1" true', [`localhost/${names[0]}:1`]).then(
    () => undefined,
    (error: Error) => error.message,
  )
}

/** A copy of the bundle and of Node.js where that user may read it; disposed of it is gone. */
export async function sharedBundle(dist: string): Promise<AsyncDisposable & { cli: string; node: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'bundle-'))
  await cp(dist, join(folder, 'dist'), { recursive: true })
  await cp(join(repository, 'profiles'), join(folder, 'profiles'), { recursive: true })
  await cp(join(repository, 'package.json'), join(folder, 'package.json'))
  await copyFile(process.execPath, join(folder, 'node'))
  await shell('chmod -R a+rX "$1"; chmod 755 "$1" "$1/node"', [folder])
  return {
    cli: join(folder, 'dist', 'cli.js'),
    node: join(folder, 'node'),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}
