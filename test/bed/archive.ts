import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { run } from './shell.ts'

/** The part of an image's configuration that the bed sets, in the words of the OCI image specification. */
export type ImageConfig = {
  Env?: string[]
  User?: string
  Entrypoint?: string[]
  Cmd?: string[]
  WorkingDir?: string
  Labels?: Record<string, string>
  ExposedPorts?: Record<string, object>
}

const EPOCH = '1970-01-01T00:00:00Z'

async function digest(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk)
  return hash.digest('hex')
}

const tar = (...args: string[]) => run('tar', ['--sort=name', '--numeric-owner', '--mtime=@0', '--format=gnu', ...args])

/**
 * Packs a root file system folder as a one-layer docker archive, which `ctr images import`, `podman load` and skopeo
 * accept. The same folder and configuration give the same bytes. `out` appears only when it is whole.
 */
export async function packImage(name: string, root: string, out: string, config: ImageConfig): Promise<void> {
  const work = await mkdtemp(join(dirname(out), 'pack-'))
  try {
    await tar('-C', root, '-cf', join(work, 'layer.tar'), '.')
    const image = JSON.stringify({
      architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
      os: 'linux',
      created: EPOCH,
      config: { Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], ...config },
      rootfs: { type: 'layers', diff_ids: [`sha256:${await digest(join(work, 'layer.tar'))}`] },
      history: [{ created: EPOCH, created_by: 'sidecar-scan test bed' }],
    })
    const configFile = `${createHash('sha256').update(image).digest('hex')}.json`
    await writeFile(join(work, configFile), image)
    const manifest = [{ Config: configFile, RepoTags: [name], Layers: ['layer.tar'] }]
    await writeFile(join(work, 'manifest.json'), JSON.stringify(manifest))
    await tar('-C', work, '-cf', `${out}.new`, 'manifest.json', configFile, 'layer.tar')
    await rename(`${out}.new`, out)
  } finally {
    await rm(work, { recursive: true })
  }
}

/** The digest (hex) of the configuration in a docker archive: what container stores call the image's ID. */
export async function imageId(archive: string): Promise<string> {
  const manifest = JSON.parse(await run('tar', ['-xOf', archive, 'manifest.json']))
  return String(manifest[0].Config).replace(/^.*\/|\.json$/g, '')
}
