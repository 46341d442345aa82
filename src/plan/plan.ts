import type { V1ConfigMap, V1Pod, V1Secret } from '@kubernetes/client-node'
import type { AllowedMutation } from '../inputs/allow-mutations.ts'
import type { Inputs } from '../inputs/inputs.ts'
import type { CommandFolder } from './command-root.ts'
import {
  configMapName,
  type ObjectRef,
  OUR_LABELS,
  podName,
  RUN_LABEL,
  type ScanIdentity,
  secretName,
} from './names.ts'
import { scanPod, type TargetAccess } from './pod.ts'
import { userSetBy } from './security.ts'

/** What travels into the pod: a tar.gz (profile, transport, hold programs, scripts) and files that may hold secrets. */
export interface Payload {
  readonly archive: Buffer
  readonly sha256: string
  /** File name (`inputs.yml`, `waivers.yaml`) → content. */
  readonly secrets: ReadonlyMap<string, Buffer>
}

/** One scan as data: the objects to create and how to follow them. */
export interface Plan extends ScanIdentity {
  readonly image: string
  readonly access: TargetAccess
  readonly namespace: string
  /** What sets the user of every container, so that the image's own cannot be seen; undefined where nothing does. */
  readonly userSetBy: string | undefined
  readonly pod: V1Pod
  readonly configMaps: readonly V1ConfigMap[]
  readonly secrets: readonly V1Secret[]
  readonly timeoutSeconds: number
  readonly keep: boolean
  /** What admission policies may change in the pod. */
  readonly allowMutations: readonly AllowedMutation[]
}

/** Base64 characters a ConfigMap carries: below the limit of 1 MiB for all its data. */
const PART = 1_000_000

/** What a plan is made for. */
interface PlanTarget {
  readonly image: string
  readonly access: TargetAccess
  readonly namespace: string
  /** Whether the engine needs a container of the image to know its configuration. */
  readonly witnessed: boolean
  /** Folders the image lacks, found out by a pod that could not start. */
  readonly without?: readonly CommandFolder[] | undefined
}

/** Objects for one image: ConfigMaps with the payload, a Secret when there is something for it, the Pod. */
export function plan(
  inputs: Inputs,
  payload: Payload,
  identity: ScanIdentity,
  { image, access, namespace, witnessed, without }: PlanTarget,
): Plan {
  const labels = { ...OUR_LABELS, [RUN_LABEL]: identity.runId }
  const configMaps = payloadMaps(payload, namespace, labels, (index) => configMapName(identity.scanId, index))
  const secrets = payload.secrets.size === 0 ? [] : [secret(payload.secrets, identity, namespace, labels)]
  return {
    ...identity,
    image,
    access,
    namespace,
    userSetBy: userSetBy(inputs),
    configMaps,
    secrets,
    pod: scanPod(
      inputs,
      { ...identity, image, namespace, witnessed, labels, configMaps, secrets, sha256: payload.sha256 },
      access,
      without,
    ),
    timeoutSeconds: inputs.timeoutSeconds,
    keep: inputs.keep,
    allowMutations: inputs.allowMutations,
  }
}

/** The ConfigMaps that carry the payload. */
export function payloadMaps(
  { archive }: Pick<Payload, 'archive'>,
  namespace: string,
  labels: Record<string, string>,
  nameOf: (index: number) => string,
): V1ConfigMap[] {
  const base64 = archive.toString('base64')
  return Array.from({ length: Math.ceil(base64.length / PART) }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: nameOf(index), namespace, labels },
    data: { payload: base64.slice(index * PART, (index + 1) * PART) },
  }))
}

/** What the plan creates, by name: the Pod first, so that a half-finished removal has at least stopped the scan. */
export function plannedObjects({ scanId, configMaps, secrets }: Plan): ObjectRef[] {
  return [
    { kind: 'Pod', name: podName(scanId) },
    ...configMaps.map((_, part): ObjectRef => ({ kind: 'ConfigMap', name: configMapName(scanId, part) })),
    ...secrets.map((): ObjectRef => ({ kind: 'Secret', name: secretName(scanId) })),
  ]
}

function secret(
  files: Payload['secrets'],
  { scanId }: ScanIdentity,
  namespace: string,
  labels: Record<string, string>,
): V1Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    metadata: { name: secretName(scanId), namespace, labels },
    data: Object.fromEntries([...files].map(([name, content]) => [name, content.toString('base64')])),
  }
}
