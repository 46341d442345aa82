import { parseInputs } from '../inputs/inputs.ts'
import type { InputName } from '../inputs/table.ts'
import { readPayload } from '../payload/payload.ts'
import { plan } from '../plan/plan.ts'
import type { Command } from './command.ts'
import { flagHelp, parseFlags } from './flags.ts'
import { newRunId, type RunIo, renderObjects } from './run.ts'

const INPUTS: InputName[] = [
  'image',
  'profile',
  'inputs-file',
  'waiver-file',
  'namespace',
  'target-mode',
  'target-access',
  'target-command',
  'target-args',
  'target-env',
  'target-process',
  'pod-security',
  'run-as-user',
  'container-context',
  'scanner-image',
  'scanner-resources',
  'image-pull-policy',
  'image-pull-secrets',
  'service-account',
  'pod-patch',
  'timeout',
]

export const renderCommand: Command<RunIo> = {
  name: 'render',
  summary: 'print the objects a scan would create',
  help: `Usage: sidecar-scan render --image IMAGE [flags]

Prints the ConfigMaps, the Secret (without its content) and the Pod of a scan as YAML, for review
or for a policy test. It needs no cluster.

${flagHelp(INPUTS)}
`,
  async run(argv, io) {
    const inputs = parseInputs(parseFlags(argv, INPUTS, {}).raw)
    const { payload } = await readPayload(inputs, io.home)
    const runId = newRunId(io.now)
    const plans = inputs.images.map((image, index) => {
      const scanId = inputs.images.length === 1 ? runId : `${runId}-${index + 1}`
      const identity = { runId, scanId, nonce: 'NONCE', marker: 'MARKER' }
      // without a cluster to ask, `auto` shows the shape that works everywhere
      const access = inputs.targetAccess === 'volume' ? 'volume' : 'sidecar'
      return plan(inputs, payload, identity, { image, access, namespace: inputs.namespace || 'default' })
    })
    io.stdout(renderObjects(plans))
    return 0
  },
}
