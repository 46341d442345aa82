import { EXIT, ScanError } from '../errors.ts'
import type { Inputs } from '../inputs/inputs.ts'
import type { Payload } from '../plan/plan.ts'
import { removalOf, scannerAddition, type Workload, workloadPatch } from '../plan/workload.ts'
import { yamlStream } from './objects.ts'

/** What of a patch can be printed alone. */
export const PATCH_PARTS = ['patch', 'configmaps', 'removal'] as const
export type PatchPart = (typeof PATCH_PARTS)[number] | 'all'

/**
 * What adds a scanner to a workload, or takes it out again, as YAML.
 * @throws ScanError (exit 2) for files with secrets: a patch shows everything.
 */
export function renderPatch(workload: Workload, part: PatchPart, inputs: Inputs, payload: Payload): string {
  if (payload.secrets.size > 0)
    throw new ScanError('inputs files, waivers and licence keys cannot be part of a patch: it would show them', {
      exitCode: EXIT.usage,
      hint: 'put values into the profile, give waivers to `sidecar-scan judge`, or let the scanner idle (`sleep infinity`) and run the scan in it with `--pod`',
    })
  const { configMaps, spec } = scannerAddition(inputs, payload, workload, inputs.namespace || 'default')
  const patch = workloadPatch(workload, spec)
  switch (part) {
    case 'patch':
      return yamlStream([patch])
    case 'configmaps':
      return yamlStream(configMaps)
    case 'removal':
      return yamlStream([workloadPatch(workload, removalOf(spec, inputs.scannerContainer))])
    case 'all':
      return yamlStream([...configMaps, patch])
  }
}
