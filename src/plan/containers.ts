import type {
  V1ConfigMap,
  V1Container,
  V1ResourceRequirements,
  V1Secret,
  V1Volume,
  V1VolumeMount,
} from '@kubernetes/client-node'
import type { Inputs } from '../inputs/inputs.ts'
import { SCRIPT_EXIT } from '../protocol/exit-codes.ts'
import {
  FACTS_DIR,
  RESULT_FILES,
  RESULTS_DIR,
  SCAN_DIR,
  SCAN_FILES,
  SECRETS_DIR,
  TARGET_FACTS_DIR,
  TARGET_HOLD_DIR,
} from '../protocol/paths.ts'
import { SCANNER, type ScanIdentity, TARGET, WITNESS } from './names.ts'
import { runningUserSetBy, securityContexts } from './security.ts'

/** What the pod is made of besides the inputs. */
export interface PodParts extends ScanIdentity {
  readonly image: string
  readonly namespace: string
  readonly labels: Record<string, string>
  readonly configMaps: readonly V1ConfigMap[]
  readonly secrets: readonly V1Secret[]
  /** Whether a witness stands beside an image at rest. */
  readonly witnessed: boolean
  /** Of the packed archive the ConfigMaps carry. */
  readonly sha256: string
}

/** Checks and unpacks the payload. */
const BOOT = [
  `cd ${SCAN_DIR} || exit ${SCRIPT_EXIT.noTool}`,
  'cat /in/*/payload | base64 -d >payload.tgz',
  'if [ "$(sha256sum <payload.tgz | cut -c1-64)" != "$SCAN_PAYLOAD" ]; then',
  `  echo "sidecar-scan: the profile did not arrive intact, or this image has no base64 or sha256sum" >&2; exit ${SCRIPT_EXIT.damagedPayload}`,
  'fi',
  `gzip -dc payload.tgz | tar -xof - || { echo "sidecar-scan: this image cannot unpack: it needs tar and gzip" >&2; exit ${SCRIPT_EXIT.noTool}; }`,
  `rm payload.tgz; exec sh ${SCAN_DIR}/sidecar/scan.sh`,
].join('\n')

/**
 * Disk of the node that a container may fill, its logs and what the runtime mounts (/etc/hosts) included; the pod's volumes
 * count towards the sum. An image at rest writes nothing of its own; one that runs may.
 */
const DISK = { scanner: '3Gi', held: '64Mi', running: '4Gi' } as const

/** Resources with a limit on the node's disk, where they name none. Nothing is requested: a request would be the limit then. */
function withDisk(given: V1ResourceRequirements, limit: string): V1ResourceRequirements {
  return {
    ...given,
    requests: { 'ephemeral-storage': '0', ...given.requests },
    limits: { 'ephemeral-storage': limit, ...given.limits },
  }
}

/**
 * Size limits of the pod's volumes: several times what they are to hold, and no more of the node's disk. The kubelet evicts a
 * pod that exceeds them.
 */
const ROOM = { scan: '512Mi', results: '1Gi', tmp: '512Mi' } as const

/** How the scanner reaches the target's files. */
interface Reach {
  readonly uri: string
  readonly mounts?: readonly V1VolumeMount[]
  readonly env?: Readonly<Record<string, string>>
}

/** The container that InSpec runs in, and the volumes that it mounts and shares with nobody. */
interface ScannerShape {
  readonly container: V1Container
  readonly volumes: readonly V1Volume[]
}

/** The scanner of every pod: one of the scan's own, a patched workload, the chart's. */
export function scannerShape(inputs: Inputs, parts: PodParts, reach: Reach): ScannerShape {
  return {
    container: { ...scannerContainer(inputs, parts, reach), securityContext: securityContexts(inputs).scanner },
    volumes: [
      ...Object.entries(ROOM).map(([name, sizeLimit]) => ({ name, emptyDir: { sizeLimit } })),
      ...parts.configMaps.map((map, index) => ({ name: `in-${index}`, configMap: { name: map.metadata!.name! } })),
      ...parts.secrets.map(({ metadata }) => ({
        name: 'secret',
        secret: { secretName: metadata!.name!, optional: false },
      })),
    ],
  }
}

function scannerContainer(inputs: Inputs, parts: PodParts, { uri, mounts = [], env = {} }: Reach): V1Container {
  const digits = String(parts.configMaps.length).length
  return {
    name: SCANNER,
    image: inputs.scannerImage,
    imagePullPolicy: inputs.imagePullPolicy,
    command: ['sh', '-c', BOOT],
    env: scannerEnvironment(inputs, parts, uri, env),
    resources: withDisk(inputs.scannerResources, DISK.scanner),
    volumeMounts: [
      { name: 'scan', mountPath: SCAN_DIR },
      { name: 'results', mountPath: RESULTS_DIR },
      { name: 'tmp', mountPath: '/tmp' },
      ...(inputs.targetMode === 'hold' ? [{ name: 'facts', mountPath: FACTS_DIR, readOnly: true }] : []),
      ...mounts,
      ...parts.configMaps.map((_, index) => ({
        name: `in-${index}`,
        // one length of numbers, so that the shell's `*` lists the parts in order
        mountPath: `/in/${String(index).padStart(digits, '0')}`,
        readOnly: true,
      })),
      ...parts.secrets.map(() => ({ name: 'secret', mountPath: SECRETS_DIR, readOnly: true })),
    ],
  }
}

/** Variables of a scan that name no folder of the scanner. */
export function scanVariables(inputs: Inputs): Readonly<Record<string, string>> {
  return {
    LANG: 'C.UTF-8',
    CHEF_LICENSE: 'accept-no-persist',
    CHEF_TELEMETRY_OPT_OUT: '1',
    ...(inputs.chefLicenseServer === '' ? {} : { CHEF_LICENSE_SERVER: inputs.chefLicenseServer }),
    SCAN_CONTAINER_CONTEXT: String(inputs.containerContext),
    ...(inputs.controls.length === 0 ? {} : { SCAN_CONTROLS: inputs.controls.join('\n') }),
    ...(inputs.tags.length === 0 ? {} : { SCAN_TAGS: inputs.tags.join('\n') }),
    ...(inputs.targetProcess === '' ? {} : { SCAN_TARGET_PROCESS: inputs.targetProcess }),
  }
}

function scannerEnvironment(
  inputs: Inputs,
  parts: PodParts,
  uri: string,
  more: Readonly<Record<string, string>>,
): { name: string; value: string }[] {
  const setBy = runningUserSetBy(inputs)
  const variables: Record<string, string> = {
    HOME: `${SCAN_DIR}/${SCAN_FILES.home}`,
    TMPDIR: '/tmp',
    RUBYLIB: `${SCAN_DIR}/${SCAN_FILES.transport}`,
    ...scanVariables(inputs),
    SCAN_PAYLOAD: parts.sha256,
    SCAN_HOLD: String(inputs.targetMode === 'hold'),
    SCAN_TARGET_URI: uri,
    SCAN_TARGET_NONCE: parts.marker,
    // the cluster may have to pull its image first
    SCAN_TARGET_WAIT: String(inputs.timeoutSeconds),
    SCAN_PROFILE: `${SCAN_DIR}/${SCAN_FILES.profile}`,
    SCAN_PROGRESS: `${RESULTS_DIR}/${RESULT_FILES.progress}`,
    SCAN_CENSUS: `${RESULTS_DIR}/${RESULT_FILES.census}`,
    ...(inputs.targetMode === 'hold'
      ? { SCAN_FACTS: FACTS_DIR }
      : setBy === undefined
        ? {}
        : { SCAN_USER_SET_BY: setBy }),
    ...more,
  }
  return Object.entries(variables).map(([name, value]) => ({ name, value }))
}

const HOLD_PROGRAM = `${TARGET_HOLD_DIR}/hold`

/** The target with its own program, or the one the inputs name. */
export function runningTarget(inputs: Inputs, parts: PodParts): V1Container {
  return {
    ...target(inputs, parts),
    resources: withDisk({}, DISK.running),
    ...(inputs.targetCommand.length === 0 ? {} : { command: [...inputs.targetCommand] }),
    ...(inputs.targetArgs.length === 0 ? {} : { args: [...inputs.targetArgs] }),
  }
}

/** The target at rest: a program that only waits stands in for its own. */
export function heldTarget(inputs: Inputs, parts: PodParts): V1Container {
  return {
    ...target(inputs, parts),
    resources: withDisk({}, DISK.held),
    command: [HOLD_PROGRAM],
    args: [],
    // podman does not start a container whose folder the image lacks; facts tell the image's own
    workingDir: '/',
    volumeMounts: [{ name: 'hold', mountPath: TARGET_HOLD_DIR, readOnly: true }],
  }
}

/**
 * A second container of the image at rest. None of the image's code runs in it: our static program writes what only a process
 * of the image is given (environment, user, working folder) into a volume that the scanner reads. Its status tells the digest
 * that the node resolved. The scan does not depend on it.
 */
export function witness(inputs: Inputs, { image }: PodParts): V1Container {
  return {
    name: WITNESS,
    image,
    // the image is on the node already: a second pull could bring another one
    imagePullPolicy: inputs.imagePullPolicy === 'Never' ? 'Never' : 'IfNotPresent',
    command: [HOLD_PROGRAM],
    args: [],
    // as a ResourceQuota of the namespace may demand
    resources: withDisk(
      { requests: { cpu: '1m', memory: '16Mi' }, limits: { cpu: '500m', memory: '64Mi' } },
      DISK.held,
    ),
    volumeMounts: [
      { name: 'hold', mountPath: TARGET_HOLD_DIR, readOnly: true },
      { name: 'facts', mountPath: TARGET_FACTS_DIR },
    ],
  }
}

function target(inputs: Inputs, { image, marker }: PodParts): V1Container {
  const env = [...inputs.targetEnv, { name: 'SCAN_TARGET', value: marker }]
  return { name: TARGET, image, imagePullPolicy: inputs.imagePullPolicy, env }
}
