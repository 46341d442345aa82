import type { V1Container, V1Pod, V1PodSpec, V1SecurityContext, V1Volume } from '@kubernetes/client-node'
import type { Inputs } from '../inputs/inputs.ts'
import { HOLD_DIR, TARGET_DIR, UNTIL_READY } from '../protocol/paths.ts'
import { type CommandFolder, type CommandRoot, commandRoot, folderVolume } from './command-root.ts'
import { heldTarget, type PodParts, runningTarget, scannerShape, witness } from './containers.ts'
import { podName, TARGET_VOLUME } from './names.ts'
import { mergePatch } from './patch.ts'
import { securityContexts } from './security.ts'

/**
 * How the scanner reaches the target's files: `sidecar`, through the process namespace it shares with the target's
 * container; `volume`, as an image volume (Kubernetes 1.33 and later), with no container of the target at all.
 */
export type TargetAccess = 'sidecar' | 'volume'

/** Seconds the cluster waits, after our own time limit, before it ends a pod that nobody deleted. */
const DEADLINE_SLACK = 120

/** Held back until the hold program is in place: the kubelet starts the next container when this hook has ended. */
const READY = ['sh', '-c', UNTIL_READY]
const LIFECYCLE = { postStart: { exec: { command: READY } } }

/** Into which the witness writes, or the engine that knows the image's configuration by itself. */
const FACTS_VOLUME: V1Volume = { name: 'facts', emptyDir: { sizeLimit: '1Mi' } }

const HOLD_VOLUME: V1Volume = { name: 'hold', emptyDir: { sizeLimit: '1Mi' } }

/** What differs between the two shapes of the pod. */
interface Shape {
  readonly spec: Pick<V1PodSpec, 'shareProcessNamespace'>
  readonly volumes: readonly V1Volume[]
  readonly containers: V1Container[]
}

/** The scan pod: what both shapes have in common, around what they do not, and `pod-patch` over all of it. */
export function scanPod(
  inputs: Inputs,
  parts: PodParts,
  access: TargetAccess,
  without: readonly CommandFolder[] = [],
): V1Pod {
  const shape = access === 'volume' ? volumeShape(inputs, parts, without) : sidecarShape(inputs, parts)
  const pod: V1Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: podName(parts.scanId), namespace: parts.namespace, labels: parts.labels },
    spec: {
      ...shape.spec,
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 0,
      activeDeadlineSeconds: inputs.timeoutSeconds + DEADLINE_SLACK,
      ...(inputs.serviceAccount === '' ? {} : { serviceAccountName: inputs.serviceAccount }),
      ...(inputs.imagePullSecrets.length === 0
        ? {}
        : { imagePullSecrets: inputs.imagePullSecrets.map((name) => ({ name })) }),
      securityContext: securityContexts(inputs).pod,
      volumes: [...shape.volumes],
      containers: shape.containers,
    },
  }
  return mergePatch(pod, inputs.podPatch)
}

/**
 * The scanner first, then the target, in one process namespace. The scanner unpacks what the ConfigMaps carry while its
 * `postStart` hook holds the target back; that costs less than an init container, whose end the kubelet notices only at
 * its next look, about a second later.
 */
function sidecarShape(inputs: Inputs, parts: PodParts): Shape {
  const contexts = securityContexts(inputs)
  const mounts = [{ name: 'hold', mountPath: HOLD_DIR }]
  const scanner = scannerShape(inputs, parts, { uri: 'proc://auto', mounts })
  const holds = inputs.targetMode === 'hold'
  const target = holds ? heldTarget(inputs, parts) : runningTarget(inputs, parts)
  return {
    spec: { shareProcessNamespace: true },
    volumes: [...scanner.volumes, HOLD_VOLUME, ...(holds ? [FACTS_VOLUME] : [])],
    containers: [
      { ...scanner.container, lifecycle: LIFECYCLE },
      { ...target, securityContext: contexts.target },
      ...(holds ? witnesses(inputs, parts) : []),
    ],
  }
}

/**
 * The scanner, with the target's image mounted, for its files and once more for commands: nothing of the image can run but what a
 * profile asks for. The witness beside it has its own process namespace, as every container of a pod has that does not share one.
 */
function volumeShape(inputs: Inputs, parts: PodParts, without: readonly CommandFolder[]): Shape {
  const image = { reference: parts.image, pullPolicy: inputs.imagePullPolicy }
  const mount = { name: TARGET_VOLUME, mountPath: TARGET_DIR, readOnly: true }
  const commands = commandRoot(inputs, mount, without)
  const witnessed = witnesses(inputs, parts)
  const alone = witnessed.length === 0
  const mounts = [mount, ...commands.mounts, ...(alone ? [] : [{ name: 'hold', mountPath: HOLD_DIR }])]
  const { container, volumes } = scannerShape(inputs, parts, {
    uri: `rootfs://${TARGET_DIR}`,
    mounts,
    env: commands.env,
  })
  const securityContext = makesDevices(container.securityContext!, commands)
  return {
    spec: {},
    volumes: [
      ...volumes,
      { name: TARGET_VOLUME, image },
      FACTS_VOLUME,
      ...(alone ? [] : [HOLD_VOLUME]),
      ...commands.volumes,
    ],
    containers: [{ ...container, ...(alone ? {} : { lifecycle: LIFECYCLE }), securityContext }, ...witnessed],
  }
}

function witnesses(inputs: Inputs, parts: PodParts): V1Container[] {
  return parts.witnessed ? [{ ...witness(inputs, parts), securityContext: securityContexts(inputs).witness }] : []
}

/** The scanner makes the device nodes of the command root. It does not hand the capability on to commands. */
function makesDevices(context: V1SecurityContext, { mounts }: CommandRoot): V1SecurityContext {
  if (!mounts.some(({ name }) => name === folderVolume('dev'))) return context
  const { add = [], ...rest } = context.capabilities ?? {}
  return { ...context, capabilities: { ...rest, add: [...add, 'MKNOD'] } }
}
