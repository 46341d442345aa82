import { type ErrorCode, ScanError } from '../errors.ts'
import type { Io } from './command.ts'

/** A file's text. @throws ScanError with the given exit code, naming the flag that gave the path. */
export async function readText(io: Io, path: string, flag: string, exitCode: ErrorCode): Promise<string> {
  try {
    return await io.readFile(path)
  } catch (cause) {
    const { code } = cause as { code?: string }
    const why =
      code === 'ENOENT'
        ? 'it does not exist'
        : code === 'EISDIR'
          ? 'it is a folder'
          : code === 'ERR_STRING_TOO_LONG'
            ? 'it is too big'
            : String((cause as Error).message)
    throw new ScanError(`cannot read ${path}: ${why}`, { exitCode, hint: `check the path given with --${flag}`, cause })
  }
}
