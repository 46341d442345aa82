import type { Engine, Finding, PreflightRequest } from '../engine/engine.ts'
import { EXIT, ScanError } from '../errors.ts'
import type { Inputs } from '../inputs/inputs.ts'
import type { Log } from '../log/log.ts'

type PreflightInputs = Pick<Inputs, 'inputsFile' | 'waiverFile' | 'podSecurity' | 'createNamespace' | 'dryRun'>

/** What the inputs will make a scan do. */
export function preflightRequest(inputs: PreflightInputs): PreflightRequest {
  return {
    secrets: inputs.inputsFile !== '' || inputs.waiverFile !== '',
    podSecurity: inputs.podSecurity,
    createNamespace: inputs.createNamespace,
    dryRun: inputs.dryRun,
  }
}

/**
 * Asks the engine for everything a scan needs, before anything is created.
 * @throws ScanError with all that is missing in one sentence.
 */
export async function preflight(engine: Engine, inputs: PreflightInputs, log: Log, signal: AbortSignal): Promise<void> {
  const findings = await engine.preflight(preflightRequest(inputs), signal)
  for (const { state, subject, said } of findings) if (state === 'unknown') log.info(`preflight: ${subject}: ${said}`)
  const missing = findings.filter(({ state }) => state === 'missing')
  if (missing.length > 0) throw refused(missing)
}

function refused(missing: readonly Finding[]): ScanError {
  const rights = missing.filter(({ said }) => said.startsWith('may not '))
  const said =
    rights.length === missing.length
      ? `the user of the kubeconfig ${rights.map(({ said }) => said).join('; ')}`
      : missing.map(({ subject, said }) => `${subject} ${said}`).join('; ')
  const hints = [...new Set(missing.map(({ hint }) => hint).filter((hint) => hint !== undefined))]
  return new ScanError(`nothing was created: ${said}`, {
    exitCode: missing[0]!.exitCode ?? EXIT.engine,
    hint: hints.join('; '),
  })
}
