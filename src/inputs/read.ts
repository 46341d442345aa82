import { load } from 'js-yaml'
import { EXIT, ScanError } from '../errors.ts'
import { isMapping } from '../mapping.ts'
import { parseDuration } from './duration.ts'
import { nearest } from './nearest.ts'
import type { Kind } from './spec.ts'
import { INPUT_SPECS, type INPUTS, type InputName } from './table.ts'

type Spec<N extends InputName> = (typeof INPUTS)[N]
/** A number that has no default may be absent. */
type NumberOf<N extends InputName> = Spec<N> extends { default: string } ? number : number | undefined
type ChoiceOf<N extends InputName> = Spec<N> extends { choices: readonly (infer C)[] } ? C : never
/** What an input of a kind becomes. */
export type ValueOf<N extends InputName> = {
  text: string
  path: string
  lines: string[]
  words: string[]
  choice: ChoiceOf<N>
  choices: ChoiceOf<N>[]
  boolean: boolean
  auto: boolean | 'auto'
  integer: NumberOf<N>
  duration: NumberOf<N>
  yaml: Record<string, never>
}[Spec<N>['kind']]

const READERS: Readonly<Record<Kind, (text: string, name: InputName) => unknown>> = {
  text: (text) => text,
  path: (text) => text,
  lines,
  words,
  choice,
  choices,
  boolean,
  auto,
  integer,
  duration,
  yaml: mapping,
}

/** The table says how to read each input, and the types follow from the table. */
export function value<N extends InputName>(name: N, text: string): ValueOf<N> {
  return READERS[INPUT_SPECS.get(name)!.kind](text, name) as ValueOf<N>
}

/** The refusal of an input's value. */
export function refused(name: string, why: string, hint: string): ScanError {
  return new ScanError(`input \`${name}\` ${why}`, { exitCode: EXIT.usage, hint })
}

function lines(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

/** A JSON list of strings, or one word a line: no shell quoting to guess at. */
function words(text: string, name: InputName): string[] {
  if (!text.startsWith('[')) return lines(text)
  const value = yaml(text, name)
  if (Array.isArray(value) && value.every((word) => typeof word === 'string')) return value
  throw refused(name, 'is not a list of strings', 'write `["nginx", "-g", "daemon off;"]`, or one word per line')
}

function choice(value: string, name: InputName): string {
  const choices = INPUT_SPECS.get(name)?.choices ?? []
  if (choices.includes(value)) return value
  const meant = nearest(value, choices)
  throw refused(
    name,
    `is \`${value}\``,
    `${meant ? `did you mean \`${meant}\`? ` : ''}It may be ${choices.map((c) => `\`${c}\``).join(', ')}`,
  )
}

/** In the order of the table, each once. */
function choices(text: string, name: InputName): string[] {
  const given = new Set(lines(text.replaceAll(',', '\n')).map((value) => choice(value, name)))
  return (INPUT_SPECS.get(name)?.choices ?? []).filter((one) => given.has(one))
}

function boolean(value: string, name: InputName): boolean {
  if (/^(true|yes|on)$/i.test(value)) return true
  if (/^(false|no|off)$/i.test(value)) return false
  throw refused(name, `is \`${value}\``, 'it may be `true` or `false`')
}

function auto(value: string, name: InputName): boolean | 'auto' {
  if (/^auto$/i.test(value)) return 'auto'
  try {
    return boolean(value, name)
  } catch {
    throw refused(name, `is \`${value}\``, 'it may be `auto`, `true` or `false`')
  }
}

function integer(value: string, name: InputName): number | undefined {
  if (value === '') return undefined
  const [min, max] = rangeOf(name)
  const number = Number(value)
  if (/^\d+$/.test(value) && number >= min && number <= max) return number
  throw refused(name, `is \`${value}\``, `it is a whole number from ${min} to ${max}`)
}

function duration(value: string, name: InputName): number | undefined {
  if (value === '') return undefined
  const [min, max] = rangeOf(name)
  const seconds = parseDuration(value)
  if (seconds !== undefined && seconds >= min && seconds <= max) return seconds
  throw refused(
    name,
    `is \`${value}\``,
    `write seconds, or a time such as \`15m\` or \`1h\`, from ${min} to ${max} seconds`,
  )
}

function rangeOf(name: InputName): readonly [number, number] {
  return INPUT_SPECS.get(name)?.range ?? [0, Number.MAX_SAFE_INTEGER]
}

function mapping(text: string, name: InputName): object {
  if (text === '') return {}
  const value = yaml(text, name)
  if (isMapping(value)) return value
  throw refused(name, 'is not a mapping', 'write YAML or JSON with keys, as in a Pod')
}

function yaml(text: string, name: InputName): unknown {
  try {
    return load(text)
  } catch (cause) {
    const line = (cause as { mark?: { line?: number } }).mark?.line
    const place = line === undefined ? '' : ` at line ${line + 1}`
    throw new ScanError(
      `input \`${name}\` is not valid YAML${place}: ${(cause as { reason?: string }).reason ?? 'unreadable'}`,
      {
        exitCode: EXIT.usage,
        hint: 'fix the YAML on that line; JSON is YAML too',
        cause,
      },
    )
  }
}
