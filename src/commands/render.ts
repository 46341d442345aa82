import { chooseEngine } from '../engine/choose.ts'
import { findKubeconfig } from '../engine/kubernetes/source.ts'
import { EXIT, ScanError } from '../errors.ts'
import { type Inputs, parseInputs } from '../inputs/inputs.ts'
import { inputsOf } from '../inputs/scopes.ts'
import type { Log } from '../log/log.ts'
import { plainLine } from '../log/plain.ts'
import { readPayload } from '../payload/payload.ts'
import { plan } from '../plan/plan.ts'
import type { TargetAccess } from '../plan/pod.ts'
import { DEFAULT_SERVICE_ACCOUNT } from '../plan/rights.ts'
import { parseWorkload } from '../plan/workload.ts'
import { comments, renderObjects } from '../render/objects.ts'
import { PATCH_PARTS, type PatchPart, renderPatch } from '../render/patch.ts'
import { renderPodRbac, renderRbac } from '../render/rbac.ts'
import { accessChoice } from '../run/access.ts'
import { newRunId } from '../run/identity.ts'
import { doorOf } from '../run/preflight.ts'
import { loadProfiles } from '../sources/profiles.ts'
import type { Command, RunIo } from './command.ts'
import { flagHelp, parseFlags } from './flags.ts'

const INPUTS = inputsOf({
  scopes: ['scan', 'cluster', 'pod'],
  also: ['waiver-file', 'pod', 'pod-selector', 'container', 'scanner-container'],
  except: ['parallel', 'create-namespace'],
})

export const renderCommand: Command<RunIo> = {
  name: 'render',
  summary: 'print the objects a scan would create',
  help: `Usage: sidecar-scan render --image IMAGE [flags]
       sidecar-scan render --rbac [--namespace NAMESPACE] [--service-account NAME] [--pod-security LEVEL]
       sidecar-scan render --patch deployment/NAME [--part PART] [flags]
       sidecar-scan render --rbac --pod POD … | --pod-selector SELECTOR

Prints the ConfigMaps, the Secret (without its content) and the Pod of a scan as YAML, for review
or for a policy test: what \`run\` would create in the cluster of the kubeconfig that is given or found.
Without one it needs no cluster, and says which shape of the pod it prints and why.

  --summary
      Leave out the payload, tens of thousands of characters
  --rbac
      Print instead what an administrator applies once: a Namespace that enforces the Pod Security level, a
      ResourceQuota, a ServiceAccount, the minimal Role, its RoleBinding, and a NetworkPolicy that denies scan
      pods all traffic. With --pod or --pod-selector: a ServiceAccount and the Role that fetches the results of
      pods that run already, and creates nothing
  --patch deployment/NAME
      Print instead a strategic-merge patch that adds a scanner to a Deployment, StatefulSet or DaemonSet of
      yours, and the ConfigMaps it needs; --container names the target where the pod has several containers
  --part patch|configmaps|removal
      With --patch: print only the patch, only the ConfigMaps, or the patch that takes the scanner out again
${flagHelp(INPUTS)}
`,
  async run(argv, io) {
    const { raw, own } = parseFlags('render', argv, INPUTS, {
      rbac: 'boolean',
      summary: 'boolean',
      patch: 'string',
      part: 'string',
    })
    const wanted =
      own['patch'] === undefined
        ? undefined
        : { workload: parseWorkload(String(own['patch'])), part: partOf(own['part']) }
    if (own['rbac']) {
      const inputs = parseInputs(raw, [])
      const [namespace, account] = [inputs.namespace || 'default', inputs.serviceAccount || DEFAULT_SERVICE_ACCOUNT]
      const door = doorOf(inputs)
      io.stdout(
        door === 'image'
          ? renderRbac(namespace, account, inputs.podSecurity)
          : renderPodRbac(namespace, account, door, inputs.pods),
      )
      return 0
    }
    const inputs = parseInputs(raw, wanted === undefined ? undefined : [])
    const loaded = await loadProfiles(inputs, {
      env: io.env,
      signal: io.signal,
      builtIn: io.home.profiles,
      onProgress: (text) => io.stderr(`${text}\n`),
    })
    const { payload } = await readPayload(inputs, io.home, loaded)
    if (wanted !== undefined) {
      io.stdout(renderPatch(wanted.workload, wanted.part, inputs, payload))
      return 0
    }
    const { access, namespace, why } = await destination(inputs, io.env)
    const runId = newRunId(io.now)
    const plans = inputs.images.map((image, index) => {
      const scanId = inputs.images.length === 1 ? runId : `${runId}-${index + 1}`
      const identity = { runId, scanId, nonce: 'NONCE', marker: 'MARKER' }
      return plan(inputs, payload, identity, { image, access, namespace, witnessed: true })
    })
    io.stdout(comments(why.map(plainLine).join('\n')) + renderObjects(plans, { summary: own['summary'] === true }))
    return 0
  },
}

function partOf(text: string | boolean | undefined): PatchPart {
  if (text === undefined) return 'all'
  const part = PATCH_PARTS.find((one) => one === text)
  if (part) return part
  throw new ScanError(`render: --part is \`${text}\``, {
    exitCode: EXIT.usage,
    hint: `it may be ${PATCH_PARTS.map((one) => `\`${one}\``).join(', ')}`,
  })
}

interface Destination {
  readonly access: TargetAccess
  readonly namespace: string
  readonly why: readonly string[]
}

/** Where a scan would go, and in which shape: asked of the engine that `run` would take, where there is one. */
async function destination(inputs: Inputs, env: NodeJS.ProcessEnv): Promise<Destination> {
  const given = inputs.kubeconfig !== '' || inputs.engine !== 'auto' || inputs.context !== ''
  if (!given && !findKubeconfig('', env)) return unasked(inputs, 'no kubeconfig is given or found')
  try {
    const { engine, why } = await chooseEngine(inputs, env)
    const lines = [`for ${engine.where}: ${why}`]
    const access = accessChoice(inputs, engine.imageVolumeBlocker, lineLog(lines)).way()
    if (access === 'volume' && inputs.targetAccess === 'auto')
      lines.push('target-access: volume; where the cluster refuses it, the scan runs as `sidecar`')
    return { access, namespace: engine.namespace, why: lines }
  } catch (error) {
    // a kubeconfig that merely lies around must not be in the way
    if (given || !(error instanceof ScanError)) throw error
    return unasked(inputs, error.message)
  }
}

/** Without a cluster to ask, `auto` shows the shape that works everywhere. */
function unasked(inputs: Inputs, reason: string): Destination {
  const access = inputs.targetAccess === 'volume' ? 'volume' : 'sidecar'
  const open = inputs.targetAccess === 'auto' && inputs.targetMode === 'hold'
  const why = [
    `no cluster was asked: ${reason}`,
    ...(open
      ? [
          'target-access: sidecar, which works everywhere; `run` takes an image volume where the cluster has them (--target-access volume)',
        ]
      : []),
  ]
  return { access, namespace: inputs.namespace || 'default', why }
}

function lineLog(lines: string[]): Log {
  const add = (line: string) => void lines.push(line)
  return { phase: () => {}, info: add, warn: add, foreign: () => {}, end: () => {} }
}
