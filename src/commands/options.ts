import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { EXIT, ScanError } from '../errors.ts'
import { nearest } from '../inputs/nearest.ts'

/**
 * The flags of a command, strictly: unknown ones, values where none belong and missing values are refused. Words without a flag are
 * the values of `positionals`, in their order.
 * @throws ScanError (exit 2) with the nearest flag for an unknown one.
 */
export function parseOptions<Options extends ParseArgsOptionsConfig>(
  command: string,
  argv: readonly string[],
  options: Options,
  positionals: readonly (keyof Options & string)[] = [],
) {
  try {
    const allowPositionals = positionals.length > 0
    const { values, positionals: words } = parseArgs({ args: [...argv], options, strict: true, allowPositionals })
    const named: Record<string, unknown> = {}
    for (const [index, word] of words.entries()) {
      const name = positionals[index]
      if (name === undefined) throw tooMany(command, word, positionals)
      if (name in values) throw givenTwice(command, name, word)
      named[name] = options[name]?.multiple ? [word] : word
    }
    return Object.assign(values, named)
  } catch (error) {
    if (error instanceof ScanError) throw error
    const { code, message } = error as { code?: string; message: string }
    const unknown = code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' ? /'(--?[^']+)'/.exec(message)?.[1] : undefined
    const meant = unknown && nearest(unknown.replace(/^-+/, ''), Object.keys(options))
    const stray = code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL' && 'image' in options
    const what = unknown ? `unknown flag ${unknown}` : message.split('. ')[0]!
    const otherwise = stray ? 'name images with --image' : `sidecar-scan ${command} --help lists the flags`
    const hint = safHabit(unknown, options) ?? (meant ? `did you mean --${meant}?` : otherwise)
    throw new ScanError(`${command}: ${what}`, { exitCode: EXIT.usage, hint, cause: error })
  }
}

/** The flags of `saf validate threshold`, by habit. */
const SAF_FLAGS: Readonly<Record<string, string>> = {
  '-i': 'results',
  '--input': 'results',
  '-T': 'threshold-file',
  '--templateFile': 'threshold-file',
  '-I': 'threshold',
  '--templateInline': 'threshold',
}

function safHabit(flag: string | undefined, options: ParseArgsOptionsConfig): string | undefined {
  const ours = flag === undefined ? undefined : SAF_FLAGS[flag]
  return ours !== undefined && ours in options ? `what SAF calls ${flag} is --${ours} here` : undefined
}

function tooMany(command: string, word: string, positionals: readonly string[]): ScanError {
  return new ScanError(`${command}: \`${word}\` is one word too many`, {
    exitCode: EXIT.usage,
    hint: `write \`sidecar-scan ${command} ${positionals.map((name) => name.toUpperCase()).join(' ')}\`; every other value needs its flag`,
  })
}

function givenTwice(command: string, name: string, word: string): ScanError {
  return new ScanError(`${command}: \`${word}\` and --${name} are both given`, {
    exitCode: EXIT.usage,
    hint: `give the ${name} once`,
  })
}
