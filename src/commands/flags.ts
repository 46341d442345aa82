import { EXIT, ScanError } from '../errors.ts'
import { INPUT_SPECS, type InputName, type RawInputs } from '../inputs/table.ts'
import { parseOptions } from './options.ts'

type OwnValues = Readonly<Record<string, string | boolean | undefined>>

/**
 * Flags → raw inputs and the command's own flags. Inputs of several lines or words may be given several times, one a flag;
 * boolean inputs need no value but may have one, as in `--container-context=false`.
 * @throws ScanError (exit 2) with the nearest flag for an unknown one.
 */
export function parseFlags(
  command: string,
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
  const values = parseOptions(command, rest, options)
  const found: Record<string, string | boolean | undefined> = {}
  for (const [name, value] of Object.entries(values)) {
    const repeatable = ['lines', 'words'].includes(INPUT_SPECS.get(name as InputName)?.kind ?? '')
    if (Array.isArray(value) && value.length > 1 && !repeatable)
      throw usage(`${command}: --${name} is given twice`, 'give it once')
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

function usage(message: string, hint: string): ScanError {
  return new ScanError(message, { exitCode: EXIT.usage, hint })
}
