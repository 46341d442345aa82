import { parseInputs } from '../inputs/inputs.ts'
import type { InputName } from '../inputs/table.ts'
import { readPayload } from '../payload/payload.ts'
import { plan } from '../plan/plan.ts'
import { DEFAULT_SERVICE_ACCOUNT, rbacObjects } from '../plan/rights.ts'
import type { Command } from './command.ts'
import { flagHelp, parseFlags } from './flags.ts'
import { newRunId, type RunIo, renderObjects, yamlStream } from './run.ts'

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

       sidecar-scan render --rbac [--namespace NAMESPACE] [--service-account NAME]

Prints the ConfigMaps, the Secret (without its content) and the Pod of a scan as YAML, for review
or for a policy test. It needs no cluster.

  --rbac
      Print instead what an administrator applies once: a ServiceAccount, the minimal Role, its RoleBinding,
      and a NetworkPolicy that denies scan pods all traffic
${flagHelp(INPUTS)}
`,
  async run(argv, io) {
    const { raw, own } = parseFlags('render', argv, INPUTS, { rbac: 'boolean' })
    if (own['rbac']) {
      // the image is of no interest here, and the one input that must be given
      const { namespace, serviceAccount } = parseInputs({ ...raw, image: 'none' })
      io.stdout(yamlStream(rbacObjects(namespace || 'default', serviceAccount || DEFAULT_SERVICE_ACCOUNT)))
      return 0
    }
    const inputs = parseInputs(raw)
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
