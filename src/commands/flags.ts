import { EXIT, ScanError } from '../errors.ts'
import { type Kind, SCOPES, type Scope } from '../inputs/spec.ts'
import { INPUT_SPECS, type InputName, type RawInputs, rangeText } from '../inputs/table.ts'
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
  positionals: readonly InputName[] = [],
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
  const values = parseOptions(command, rest, options, positionals)
  const found: Record<string, string | boolean | undefined> = {}
  for (const [name, value] of Object.entries(values)) {
    const repeatable = ['lines', 'words', 'choices'].includes(INPUT_SPECS.get(name as InputName)?.kind ?? '')
    if (Array.isArray(value) && value.length > 1 && !repeatable)
      throw usage(`${command}: --${name} is given twice`, 'give it once')
    if (inputs.has(name)) raw[name as InputName] = Array.isArray(value) ? value.join('\n') : String(value)
    else found[name] = Array.isArray(value) ? String(value[0]) : value
  }
  return { raw, own: found }
}

/** What stands for a value in the help, by the kind of the input. */
const PLACEHOLDERS: Partial<Record<Kind, string>> = {
  path: 'PATH',
  integer: 'NUMBER',
  duration: '90|15m|1h',
  yaml: 'YAML',
}

/** The inputs of a command as lines of its help, under a heading for each scope. */
export function flagHelp(names: readonly InputName[]): string {
  const scopes = Object.keys(SCOPES) as Scope[]
  return scopes
    .map((scope) => ({ scope, flags: names.filter((name) => INPUT_SPECS.get(name)?.scope === scope) }))
    .filter(({ flags }) => flags.length > 0)
    .map(({ scope, flags }) => `\n${SCOPES[scope]}:\n${flags.map(oneFlag).join('\n')}`)
    .join('\n')
}

function oneFlag(name: InputName): string {
  const { kind, choices, help, default: value, range } = INPUT_SPECS.get(name)!
  const shown =
    kind === 'boolean'
      ? ''
      : ` ${(kind === 'choices' ? choices?.join(',') : choices?.join('|')) ?? PLACEHOLDERS[kind] ?? 'VALUE'}`
  const notes = [...(value ? [`default: ${value}`] : []), ...(range ? [rangeText(range, kind)] : [])]
  return `  --${name}${shown}\n      ${wrapped(`${help}${notes.length > 0 ? ` (${notes.join('; ')})` : ''}`)}`
}

/** Lines that a terminal of a hundred columns shows whole, indented as the first one. */
function wrapped(text: string): string {
  return text.replace(/(.{1,94})(?: |$)/g, '$1\n      ').trimEnd()
}

function usage(message: string, hint: string): ScanError {
  return new ScanError(message, { exitCode: EXIT.usage, hint })
}
