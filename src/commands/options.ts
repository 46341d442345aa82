import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { EXIT, ScanError } from '../errors.ts'
import { nearest } from '../inputs/nearest.ts'

/**
 * The flags of a command, strictly: unknown ones, values where none belong and missing values are refused.
 * @throws ScanError (exit 2) with the nearest flag for an unknown one.
 */
export function parseOptions<Options extends ParseArgsOptionsConfig>(
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
    const stray = code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL' && 'image' in options
    const what = unknown ? `unknown flag ${unknown}` : message.split('. ')[0]!
    const otherwise = stray ? 'name images with --image' : `sidecar-scan ${command} --help lists the flags`
    const hint = meant ? `did you mean --${meant}?` : otherwise
    throw new ScanError(`${command}: ${what}`, { exitCode: EXIT.usage, hint, cause: error })
  }
}
