import type { V1ConfigMap, V1Container, V1Pod, V1Secret, V1Volume, V1VolumeMount } from '@kubernetes/client-node'
import type { Inputs } from '../inputs/inputs.ts'
import { podName, SCANNER, type ScanIdentity, TARGET } from './names.ts'
import { mergePatch } from './patch.ts'
import { securityContexts } from './security.ts'

/** Seconds the cluster waits, after our own time limit, before it ends a pod that nobody deleted. */
const DEADLINE_SLACK = 120

/** Unpacks the payload: `boot.sh` is inside it, so this much must be said here. Exit 91: it did not arrive intact. */
const BOOT = [
  'cd /scan || exit 90',
  'cat /in/*/payload | base64 -d >payload.tgz',
  'if [ "$(sha256sum <payload.tgz | cut -c1-64)" != "$SCAN_PAYLOAD" ]; then',
  '  echo "sidecar-scan: the profile did not arrive intact, or this image has no base64 or sha256sum" >&2; exit 91',
  'fi',
  'gzip -dc payload.tgz | tar -xof - || { echo "sidecar-scan: this image cannot unpack: it needs tar and gzip" >&2; exit 90; }',
  'rm payload.tgz; exec sh /scan/sidecar/scan.sh',
].join('\n')

/** Held back until the hold program is in place: the kubelet starts the next container when this hook has ended. */
const READY = ['sh', '-c', 'until [ -e /scan/ready ]; do sleep 0.05; done']

interface PodParts extends ScanIdentity {
  readonly image: string
  readonly namespace: string
  readonly labels: Record<string, string>
  readonly configMaps: readonly V1ConfigMap[]
  readonly secrets: readonly V1Secret[]
  readonly sha256: string
}

/**
 * The scan pod: the scanner first, then the target, in one process namespace. The scanner unpacks what the ConfigMaps
 * carry while its `postStart` hook holds the target back; that costs less than an init container, whose end the kubelet
 * notices only at its next look, about a second later.
 */
export function scanPod(inputs: Inputs, parts: PodParts): V1Pod {
  const contexts = securityContexts(inputs)
  const pod: V1Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: podName(parts.scanId), namespace: parts.namespace, labels: parts.labels },
    spec: {
      shareProcessNamespace: true,
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 0,
      activeDeadlineSeconds: inputs.timeoutSeconds + DEADLINE_SLACK,
      ...(inputs.serviceAccount === '' ? {} : { serviceAccountName: inputs.serviceAccount }),
      ...(inputs.imagePullSecrets.length === 0
        ? {}
        : { imagePullSecrets: inputs.imagePullSecrets.map((name) => ({ name })) }),
      securityContext: contexts.pod,
      volumes: volumes(parts),
      containers: [
        { ...scanner(inputs, parts), securityContext: contexts.scanner },
        { ...target(inputs, parts), securityContext: contexts.target },
      ],
    },
  }
  return mergePatch(pod, inputs.podPatch)
}

function volumes({ configMaps, secrets }: PodParts): V1Volume[] {
  return [
    { name: 'scan', emptyDir: {} },
    { name: 'hold', emptyDir: {} },
    { name: 'results', emptyDir: {} },
    { name: 'tmp', emptyDir: {} },
    ...configMaps.map((map, index) => ({ name: `in-${index}`, configMap: { name: map.metadata!.name! } })),
    ...secrets.map((secret) => ({ name: 'secret', secret: { secretName: secret.metadata!.name!, optional: false } })),
  ]
}

function scanner(inputs: Inputs, parts: PodParts): V1Container {
  const digits = String(parts.configMaps.length).length
  const mounts: V1VolumeMount[] = [
    { name: 'scan', mountPath: '/scan' },
    { name: 'hold', mountPath: '/hold' },
    { name: 'results', mountPath: '/results' },
    { name: 'tmp', mountPath: '/tmp' },
    ...parts.configMaps.map((_, index) => ({
      name: `in-${index}`,
      // one length of numbers, so that the shell's `*` lists the parts in order
      mountPath: `/in/${String(index).padStart(digits, '0')}`,
      readOnly: true,
    })),
    ...parts.secrets.map(() => ({ name: 'secret', mountPath: '/scan-secret', readOnly: true })),
  ]
  return {
    name: SCANNER,
    image: inputs.scannerImage,
    imagePullPolicy: inputs.imagePullPolicy,
    command: ['sh', '-c', BOOT],
    lifecycle: { postStart: { exec: { command: READY } } },
    env: scannerEnvironment(inputs, parts),
    resources: inputs.scannerResources,
    volumeMounts: mounts,
  }
}

function scannerEnvironment(inputs: Inputs, parts: PodParts): { name: string; value: string }[] {
  const variables: Record<string, string> = {
    HOME: '/scan/home',
    TMPDIR: '/tmp',
    LANG: 'C.UTF-8',
    RUBYLIB: '/scan/transport',
    CHEF_LICENSE: 'accept-no-persist',
    CHEF_TELEMETRY_OPT_OUT: '1',
    SCAN_PAYLOAD: parts.sha256,
    SCAN_NONCE: parts.nonce,
    SCAN_HOLD: String(inputs.targetMode === 'hold'),
    SCAN_TARGET_URI: 'proc://auto',
    SCAN_TARGET_NONCE: parts.marker,
    SCAN_CONTAINER_CONTEXT: String(inputs.containerContext),
    SCAN_PROFILE: '/scan/profile',
    SCAN_PROGRESS: '/results/progress',
    SCAN_CENSUS: '/results/census.json',
    ...(inputs.targetProcess === '' ? {} : { SCAN_TARGET_PROCESS: inputs.targetProcess }),
  }
  return Object.entries(variables).map(([name, value]) => ({ name, value }))
}

function target(inputs: Inputs, { image, marker }: PodParts): V1Container {
  const env = [...inputs.targetEnv, { name: 'SCAN_TARGET', value: marker }]
  const common = { name: TARGET, image, imagePullPolicy: inputs.imagePullPolicy, env }
  if (inputs.targetMode === 'run') {
    return {
      ...common,
      ...(inputs.targetCommand.length === 0 ? {} : { command: [...inputs.targetCommand] }),
      ...(inputs.targetArgs.length === 0 ? {} : { args: [...inputs.targetArgs] }),
    }
  }
  return {
    ...common,
    command: ['/.sidecar-scan/hold'],
    args: [],
    volumeMounts: [{ name: 'hold', mountPath: '/.sidecar-scan', readOnly: true }],
  }
}
