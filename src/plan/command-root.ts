import type { V1Volume, V1VolumeMount } from '@kubernetes/client-node'
import type { Inputs } from '../inputs/inputs.ts'
import { COMMAND_DIR } from '../protocol/paths.ts'
import { runsCommands } from './security.ts'

/** A folder that is mounted into the command root. The image must have it: nothing can be created in an image. */
export type CommandFolder = 'dev' | 'tmp'

/** Commands can fill these, and nothing else on the node. */
const SIZE_LIMITS = { dev: '16Mi', tmp: '64Mi' } as const satisfies Record<CommandFolder, string>

/** The device nodes of the command root; commands of the image cannot make others. */
export const DEVICES = ['null', 'zero', 'full', 'random', 'urandom'] as const

/** Name of the volume for a folder of the command root. */
export const folderVolume = (folder: CommandFolder): string => `run-${folder}`

/** What the scanner's container needs for a command root. */
export interface CommandRoot {
  readonly volumes: readonly V1Volume[]
  readonly mounts: readonly V1VolumeMount[]
  readonly env: Readonly<Record<string, string>>
}

/** The command root of a mounted image, `without` the folders that cannot be mounted; empty where no command is run. */
export function commandRoot(
  inputs: Pick<Inputs, 'podSecurity' | 'runAsUser'>,
  target: V1VolumeMount,
  without: readonly CommandFolder[],
): CommandRoot {
  const folders = (Object.keys(SIZE_LIMITS) as CommandFolder[]).filter((folder) => !without.includes(folder))
  if (!runsCommands(inputs) || folders.length === 0) return { volumes: [], mounts: [], env: {} }
  return {
    volumes: folders.map((folder) => ({ name: folderVolume(folder), emptyDir: { sizeLimit: SIZE_LIMITS[folder] } })),
    mounts: [
      { ...target, mountPath: COMMAND_DIR },
      ...folders.map((folder) => ({ name: folderVolume(folder), mountPath: `${COMMAND_DIR}/${folder}` })),
    ],
    env: { SCAN_COMMAND_ROOT: COMMAND_DIR, SCAN_COMMAND_FOLDERS: folders.join(' ') },
  }
}

/** The folder of the command root that a runtime could not mount, by its message; undefined where it is about another thing. */
export function unmountableFolder(message: string): CommandFolder | undefined {
  const folder = new RegExp(`${COMMAND_DIR}/(dev|tmp)\\b`).exec(message)?.[1]
  return folder as CommandFolder | undefined
}
