import type { Engine, Finding, PreflightRequest } from '../engine/engine.ts'
import { ScanError } from '../errors.ts'
import type { Inputs } from '../inputs/inputs.ts'
import type { Log } from '../log/log.ts'
import type { Door } from '../plan/rights.ts'

type PreflightInputs = Pick<
  Inputs,
  | 'inputsFiles'
  | 'waiverFile'
  | 'chefLicenseKey'
  | 'podSecurity'
  | 'createNamespace'
  | 'dryRun'
  | 'pods'
  | 'podSelector'
>

/** The door that the inputs ask for. */
export function doorOf({ pods, podSelector }: Pick<Inputs, 'pods' | 'podSelector'>): Door {
  return podSelector !== '' ? 'pod-selector' : pods.length > 0 ? 'pod' : 'image'
}

/** What the inputs will make a scan do. */
export function preflightRequest(inputs: PreflightInputs, door = doorOf(inputs)): PreflightRequest {
  return {
    door,
    pods: inputs.pods,
    podSelector: inputs.podSelector,
    secrets: inputs.inputsFiles.length > 0 || inputs.waiverFile !== '' || inputs.chefLicenseKey !== '',
    podSecurity: inputs.podSecurity,
    createNamespace: inputs.createNamespace && door === 'image',
    dryRun: inputs.dryRun,
  }
}

/**
 * Asks the engine for everything a scan needs, and creates nothing. Resolves to whether the namespace is still to be created.
 * @throws ScanError with all that is missing in one sentence.
 */
export async function preflight(
  engine: Engine,
  inputs: PreflightInputs,
  log: Log,
  signal: AbortSignal,
  door = doorOf(inputs),
): Promise<boolean> {
  const { findings, createNamespace } = await engine.preflight(preflightRequest(inputs, door), signal)
  for (const { state, subject, said } of findings) if (state === 'unknown') log.info(`preflight: ${subject}: ${said}`)
  const missing = findings.filter((finding) => finding.state === 'missing')
  if (missing.length > 0) throw refused(missing)
  return createNamespace
}

type Missing = Extract<Finding, { state: 'missing' }>

function refused(missing: readonly Missing[]): ScanError {
  const rights = missing.filter(({ kind }) => kind === 'right').map(({ said }) => said)
  const others = missing.filter(({ kind }) => kind !== 'right').map(({ subject, said }) => `${subject} ${said}`)
  const permission = rights.length === 0 ? [] : [`missing permission: this kubeconfig’s user ${rights.join('; ')}`]
  const hints = [...new Set(missing.map(({ hint }) => hint).filter((hint) => hint !== undefined))]
  return new ScanError(`${[...others, ...permission].join('; ')} (nothing was created)`, {
    exitCode: missing[0]!.exitCode,
    hint: hints.join('; '),
  })
}
