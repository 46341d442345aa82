/**
 * How the text of an input is read. `lines`: one value per line; `words`: a JSON list or one value per line; `auto`: a boolean or `auto`;
 * `choices`: any of the choices, separated by commas or line breaks; `duration`: seconds, or a
 * number with `s`, `m` or `h`, as in `15m`.
 */
export type Kind =
  | 'text'
  | 'path'
  | 'lines'
  | 'words'
  | 'choice'
  | 'choices'
  | 'boolean'
  | 'auto'
  | 'integer'
  | 'duration'
  | 'yaml'

/** What an input is about: the sections of the README, and the inputs a command of the CLI takes. */
export const SCOPES = {
  scan: 'What to scan',
  running: 'Pods that run already',
  judge: 'Verdict',
  cluster: 'Cluster',
  pod: 'Pod',
  results: 'Results',
} as const

export type Scope = keyof typeof SCOPES

export interface InputSpec {
  readonly scope: Scope
  readonly help: string
  readonly kind: Kind
  readonly default?: string
  readonly choices?: readonly string[]
  /** Smallest and largest value of an `integer` or, in seconds, of a `duration`. */
  readonly range?: readonly [number, number]
  /** Where the input means something; both when absent. */
  readonly only?: 'action' | 'cli'
}
