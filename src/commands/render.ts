import { parseInputs } from '../inputs/inputs.ts'
import { inputsOf } from '../inputs/scopes.ts'
import { readPayload } from '../payload/payload.ts'
import { plan } from '../plan/plan.ts'
import { DEFAULT_SERVICE_ACCOUNT, rbacObjects } from '../plan/rights.ts'
import { renderObjects, yamlStream } from '../render/objects.ts'
import { newRunId } from '../run/identity.ts'
import type { Command, RunIo } from './command.ts'
import { flagHelp, parseFlags } from './flags.ts'

const INPUTS = inputsOf({ scopes: ['scan', 'pod'], also: ['waiver-file', 'namespace'], except: ['parallel'] })

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
      const { namespace, serviceAccount } = parseInputs(raw, [])
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
      const namespace = inputs.namespace || 'default'
      return plan(inputs, payload, identity, { image, access, namespace, witnessed: true })
    })
    io.stdout(renderObjects(plans))
    return 0
  },
}
