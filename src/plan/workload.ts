import type { V1ConfigMap, V1Container, V1PodSpec } from '@kubernetes/client-node'
import { EXIT, ScanError } from '../errors.ts'
import type { Inputs } from '../inputs/inputs.ts'
import { scannerShape } from './containers.ts'
import { OUR_LABELS } from './names.ts'
import { type Payload, payloadMaps } from './plan.ts'
import { securityContexts } from './security.ts'

/** A workload of the user, by kind and name. */
export interface Workload {
  readonly kind: string
  readonly name: string
}

/** Kinds whose pods run until they are replaced, so that a scanner beside them is in nobody's way. */
const KINDS: readonly { readonly kind: string; readonly words: readonly string[] }[] = [
  { kind: 'Deployment', words: ['deployment', 'deployments', 'deploy'] },
  { kind: 'StatefulSet', words: ['statefulset', 'statefulsets', 'sts'] },
  { kind: 'DaemonSet', words: ['daemonset', 'daemonsets', 'ds'] },
]

/** What kubectl takes and prints, such as `deploy/web` and `deployment.apps/web`; a name leaves room for that of the ConfigMaps. */
const WORKLOAD = /^([a-z]+)(?:\.apps)?\/([a-z0-9](?:[-a-z0-9.]{0,234}[a-z0-9])?)$/

/** @throws ScanError (exit 2) for what is no `deployment/NAME`, `statefulset/NAME` or `daemonset/NAME`. */
export function parseWorkload(text: string): Workload {
  const [, word = '', name = ''] = WORKLOAD.exec(text.toLowerCase()) ?? []
  const kind = KINDS.find(({ words }) => words.includes(word))?.kind
  if (kind !== undefined) return { kind, name }
  const job = /^(cron)?jobs?\//.test(text.toLowerCase())
  throw new ScanError(`--patch is \`${text}\``, {
    exitCode: EXIT.usage,
    hint: job
      ? 'a Job would never end with a scanner beside it: scan its image instead'
      : 'write `deployment/NAME`, `statefulset/NAME` or `daemonset/NAME`; a Pod that runs cannot be given a container',
  })
}

/** Volumes of the user may have the names that ours have in a pod of the scan's own. */
const ours = (name: string) => `sidecar-scan-${name}`

/** What a scanner adds to a pod that is not ours. */
interface Addition {
  readonly configMaps: readonly V1ConfigMap[]
  readonly spec: V1PodSpec
}

/** The scanner beside a target that is the user's own: it scans once when the pod starts, and keeps the results. */
export function scannerAddition(
  given: Inputs,
  payload: Payload,
  { name }: Pick<Workload, 'name'>,
  namespace: string,
): Addition {
  const inputs: Inputs = { ...given, targetMode: 'run' }
  const labels = { ...OUR_LABELS }
  const configMaps = payloadMaps(
    payload,
    namespace,
    labels,
    (index) => `sidecar-scan-${name}${index === 0 ? '' : `-${index}`}`,
  )
  // without a name the scanner takes the only other container
  const marker = inputs.container === '' ? '' : ours(name)
  const identity = { runId: '', scanId: name, nonce: '', marker }
  const parts = {
    ...identity,
    image: '',
    namespace,
    labels,
    configMaps,
    secrets: [],
    witnessed: false,
    sha256: payload.sha256,
  }
  const scanner = scannerShape(inputs, parts, { uri: 'proc://auto', env: { SCAN_FOLLOWED: 'false' } })
  const { runAsUser, runAsGroup, runAsNonRoot, seccompProfile } = securityContexts(inputs).pod
  const user = runAsUser === undefined ? {} : { runAsUser, ...(runAsGroup === undefined ? {} : { runAsGroup }) }
  // what the plan says of its own pod; that of the workload may say something else
  const seccomp = seccompProfile === undefined ? {} : { seccompProfile }
  const isRoot = scanner.container.securityContext?.runAsUser === 0
  const nonRoot = runAsNonRoot || isRoot ? { runAsNonRoot: !isRoot } : {}
  const container: V1Container = {
    ...scanner.container,
    name: inputs.scannerContainer,
    volumeMounts: scanner.container.volumeMounts!.map((mount) => ({ ...mount, name: ours(mount.name) })),
    securityContext: { ...seccomp, ...user, ...nonRoot, ...scanner.container.securityContext },
  }
  const target = { name: inputs.container, env: [{ name: 'SCAN_TARGET', value: marker }] }
  return {
    configMaps,
    spec: {
      shareProcessNamespace: true,
      containers: [container, ...(inputs.container === '' ? [] : [target])],
      volumes: scanner.volumes.map((volume) => ({ ...volume, name: ours(volume.name) })),
    },
  }
}

/** A strategic-merge patch of a workload; its fields are those of the workload. */
export function workloadPatch({ kind, name }: Workload, spec: object): object {
  return { apiVersion: 'apps/v1', kind, metadata: { name }, spec: { template: { spec } } }
}

/** The patch that takes out again what an addition put in. */
export function removalOf({ containers, volumes = [] }: V1PodSpec, scanner: string): object {
  const gone = ({ name }: { name: string }) => ({ name, $patch: 'delete' })
  return {
    shareProcessNamespace: null,
    containers: containers.map(({ name, env = [] }) =>
      name === scanner ? gone({ name }) : { name, env: env.map(gone) },
    ),
    volumes: volumes.map(gone),
  }
}
