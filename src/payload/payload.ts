import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EXIT, ScanError } from '../errors.ts'
import type { Inputs } from '../inputs/inputs.ts'
import type { Waiver } from '../judge/types.ts'
import type { Payload } from '../plan/plan.ts'
import { type ArchiveFile, packArchive } from './archive.ts'
import { checkProfile, metadataOf, type ProfileFacts } from './check-profile.ts'
import { sha256 } from './files.ts'
import { holdPrograms } from './hold.ts'
import { inputsForInSpec, readInputsFiles } from './inputs-file.ts'
import { scannerReads } from './scanner-reads.ts'
import { sensitiveValues } from './sensitive.ts'
import { decodeText } from './text.ts'
import { readWaivers, waiversForInSpec } from './waivers.ts'

/** Where this software keeps what it carries into the pod: `transport/` and `sidecar/`, and the built-in profiles. */
export interface Home {
  readonly assets: string
  readonly profiles: string
}

/** A profile's files, paths relative to its inspec.yml. */
interface ProfileFiles {
  readonly files: readonly ArchiveFile[]
}

/** The folder of a profile in the pod, below /scan; of one length each, so that their order is the order of the input. */
export function profileFolder(index: number): string {
  return index === 0 ? 'profile' : `profile-${String(index + 1).padStart(2, '0')}`
}

/** ConfigMaps hold 1 MiB each and a pod mounts some dozens at most. */
const MAX_ARCHIVE = 24 * 1024 * 1024

/**
 * Everything that travels into the pod, read once and checked; `waivers` are those it holds, to judge by; `sensitive` are values
 * that must not be seen in any output.
 * @throws ScanError (exit 2) for a profile, inputs file or waiver file that cannot be used.
 */
export async function readPayload(
  inputs: Pick<Inputs, 'inputsFiles' | 'waiverFile' | 'chefLicenseKey'>,
  home: Home,
  profiles: readonly ProfileFiles[],
): Promise<{
  payload: Payload
  profiles: readonly ProfileFacts[]
  /** Where the profiles read the scanner and not the image, a sentence each. */
  scannerReads: readonly string[]
  waivers: readonly Waiver[]
  /** SHA-256 of the files as they were read; null where none is given. */
  digests: { readonly waiverFile: string | null; readonly inputsFile: string | null }
  sensitive: readonly string[]
}> {
  const facts = profiles.map(({ files }) => checkProfile(files))
  const archive = await packArchive([
    ...profiles.flatMap(({ files }, index) =>
      files.map(({ path, data }) => ({ path: `${profileFolder(index)}/${path}`, data })),
    ),
    ...(await readTree(join(home.assets, 'transport'), 'transport')),
    ...(await readTree(join(home.assets, 'sidecar'), 'sidecar')),
    ...holdPrograms().map(({ name, data }) => ({ path: name, data })),
  ])
  if (archive.length > MAX_ARCHIVE) {
    throw new ScanError(`the profile is too large: ${Math.ceil(archive.length / 1024 / 1024)} MiB compressed`, {
      exitCode: EXIT.usage,
      hint: `it travels in ConfigMaps, ${MAX_ARCHIVE / 1024 / 1024} MiB at most: leave out what is not part of the profile`,
    })
  }
  const secrets = new Map<string, Buffer>()
  const given = await readInputsFiles(inputs.inputsFiles)
  for (const [name, content] of inputsForInSpec(given)) secrets.set(name, content)
  const { waivers, sha256: waiverFile } = await readWaivers(inputs.waiverFile)
  if (waivers.length > 0) secrets.set('waivers.yaml', waiversForInSpec(waivers))
  if (inputs.chefLicenseKey !== '') secrets.set('chef-license-key', Buffer.from(inputs.chefLicenseKey))
  return {
    payload: { archive, sha256: sha256(archive), secrets },
    profiles: facts,
    scannerReads: scannerReads(profiles),
    waivers,
    digests: {
      waiverFile,
      inputsFile: given.length > 0 ? sha256(Buffer.concat(given.map(({ content }) => content))) : null,
    },
    sensitive: [
      ...(inputs.chefLicenseKey === '' ? [] : [inputs.chefLicenseKey]),
      ...given.flatMap(({ content }) =>
        profiles.flatMap(({ files }) => sensitiveValues(metadataOf(files), decodeText(content))),
      ),
    ],
  }
}

async function readTree(folder: string, prefix: string): Promise<ArchiveFile[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  const files = entries.filter((entry) => entry.isFile())
  return await Promise.all(
    files.map(async ({ parentPath, name }) => {
      const path = join(parentPath, name)
      return { path: `${prefix}/${path.slice(folder.length + 1)}`, data: await readFile(path) }
    }),
  )
}
