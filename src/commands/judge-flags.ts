import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { type ErrorCode, EXIT, ScanError } from '../errors.ts'
import { nearest } from '../inputs/nearest.ts'
import type { Io } from './command.ts'

/**
 * The flags of a command, strictly: unknown ones, values where none belong and missing values are refused.
 * @throws ScanError (exit 2) with the nearest flag for an unknown one.
 */
export function parseFlags<Options extends ParseArgsOptionsConfig>(
  command: string,
  argv: readonly string[],
  options: Options,
) {
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    const unknown = code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' ? /'(--?[^']+)'/.exec(message)?.[1] : undefined
    const meant = unknown && nearest(unknown.replace(/^-+/, ''), Object.keys(options))
    const what = unknown ? `unknown flag ${unknown}` : message.split('. ')[0]!
    const hint = meant ? `did you mean --${meant}?` : `sidecar-scan ${command} --help lists the flags`
    throw new ScanError(`${command}: ${what}`, { exitCode: EXIT.usage, hint, cause: error })
  }
}

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
