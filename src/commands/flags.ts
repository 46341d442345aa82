import { parseArgs } from 'node:util'
import { EXIT, ScanError } from '../errors.ts'
import { nearest } from '../inputs/nearest.ts'
import { INPUT_SPECS, type InputName, type RawInputs } from '../inputs/table.ts'

type OwnValues = Readonly<Record<string, string | boolean | undefined>>

/**
 * Flags → raw inputs and the command's own flags. Inputs of several lines or words may be given several times, one a flag;
 * boolean inputs need no value but may have one, as in `--container-context=false`.
 * @throws ScanError (exit 2) with the nearest flag for an unknown one.
 */
export function parseFlags(
  argv: readonly string[],
  names: readonly InputName[],
  own: Readonly<Record<string, 'string' | 'boolean'>>,
): { raw: RawInputs; own: OwnValues } {
  const kinds = new Map<string, 'string' | 'boolean'>(Object.entries(own))
  const inputs = new Set<string>(names)
  for (const name of names) kinds.set(name, INPUT_SPECS.get(name)?.kind === 'boolean' ? 'boolean' : 'string')
  const options = Object.fromEntries([...kinds].map(([name, type]) => [name, { type, multiple: type === 'string' }]))
  const raw: RawInputs = {}
  const rest = argv.filter((argument) => {
    const [, name = '', value] = /^--([a-z-]+)=(.*)$/s.exec(argument) ?? []
    if (!inputs.has(name) || kinds.get(name) !== 'boolean') return true
    raw[name as InputName] = value!
    return false
  })
  const values = parse(rest, options)
  const found: Record<string, string | boolean | undefined> = {}
  for (const [name, value] of Object.entries(values)) {
    const repeatable = ['lines', 'words'].includes(INPUT_SPECS.get(name as InputName)?.kind ?? '')
    if (Array.isArray(value) && value.length > 1 && !repeatable) throw usage(`--${name} is given twice`, 'give it once')
    if (inputs.has(name)) raw[name as InputName] = Array.isArray(value) ? value.join('\n') : String(value)
    else found[name] = Array.isArray(value) ? String(value[0]) : value
  }
  return { raw, own: found }
}

/** The inputs of a command as lines of its help. */
export function flagHelp(names: readonly InputName[]): string {
  return names
    .map((name) => {
      const spec = INPUT_SPECS.get(name)
      const value = spec?.kind === 'boolean' ? '' : ` ${spec?.choices?.join('|') ?? 'VALUE'}`
      return `  --${name}${value}\n      ${spec?.help ?? ''}${spec?.default ? ` (default: ${spec.default})` : ''}`
    })
    .join('\n')
}

function parse(argv: readonly string[], options: Record<string, { type: 'string' | 'boolean'; multiple: boolean }>) {
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values
  } catch (cause) {
    const { code, message } = cause as { code?: string; message: string }
    const unknown = code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' ? /'(--?[^']+)'/.exec(message)?.[1] : undefined
    const meant = unknown && nearest(unknown.replace(/^-+/, ''), Object.keys(options))
    const stray = code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL' && 'image' in options
    const hint = meant ? `did you mean --${meant}?` : stray ? 'name images with --image' : 'see --help for the flags'
    throw usage(unknown ? `unknown flag ${unknown}` : message.split('. ')[0]!, hint, cause)
  }
}

function usage(message: string, hint: string, cause?: unknown): ScanError {
  return new ScanError(message, { exitCode: EXIT.usage, hint, cause })
}
