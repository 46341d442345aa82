import type { Scope } from './spec.ts'
import { INPUT_SPECS, type InputName } from './table.ts'

interface Selection {
  readonly scopes: readonly Scope[]
  /** Inputs of other scopes that are taken too. */
  readonly also?: readonly InputName[]
  readonly except?: readonly InputName[]
}

/** The inputs of a command of the CLI, in the table's order; those for workflows only are never among them. */
export function inputsOf({ scopes, also = [], except = [] }: Selection): InputName[] {
  return [...INPUT_SPECS]
    .filter(([name, { scope, only }]) => only !== 'action' && (scopes.includes(scope) || also.includes(name)))
    .map(([name]) => name)
    .filter((name) => !except.includes(name))
}
