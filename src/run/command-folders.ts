import { ScanError } from '../errors.ts'
import type { Log } from '../log/log.ts'
import { type CommandFolder, unmountableFolder } from '../plan/command-root.ts'

/**
 * Runs a scan, and again without a folder of the command root that the runtime could not mount. Only the runtime knows whether
 * the image has the folder, and its message names one at a time.
 */
export async function withoutMissingFolders<T>(
  scan: (without: readonly CommandFolder[]) => Promise<T>,
  log: Log,
): Promise<T> {
  const without: CommandFolder[] = []
  for (;;) {
    try {
      return await scan(without)
    } catch (error) {
      if (!(error instanceof ScanError) || error.about !== 'command-root') throw error
      const folder = unmountableFolder(error.message)
      if (folder === undefined || without.includes(folder)) throw error
      without.push(folder)
      log.info(
        `the image has no folder /${folder}: the pod is started again without it, and commands that need it are skipped`,
      )
    }
  }
}
