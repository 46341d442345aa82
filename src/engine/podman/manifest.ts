import type { V1ConfigMap, V1Container, V1Pod, V1Volume, V1VolumeMount } from '@kubernetes/client-node'
import { dump } from 'js-yaml'
import { isHost } from '../../inputs/image.ts'
import { DEVICES, folderVolume } from '../../plan/command-root.ts'
import { SCANNER, TARGET } from '../../plan/names.ts'
import type { Plan } from '../../plan/plan.ts'
import { COMMAND_DIR, TARGET_DIR } from '../../protocol/paths.ts'

export interface PodmanFacts {
  readonly version: string
  readonly rootless: boolean
  /** Without it (rootless under cgroup v1) a container with a memory limit cannot be started. */
  readonly limitsWork: boolean
}

/**
 * The plan's objects as `podman kube play` takes them, one YAML stream. The same Pod, but for what podman 4.3 cannot do:
 * names of volumes are global to its store, Secrets are not decoded, limits may not work, short image names must be
 * qualified by us, and device nodes in its volumes cannot be opened. And for what it does: over the accounts of an image at rest
 * it mounts a copy with the scan's user, so the scanner has the image's own beside it, `mounted`.
 */
export function podmanManifest(
  plan: Plan,
  facts: PodmanFacts,
  mounted: string | undefined,
  qualify: (image: string) => string,
): string {
  const aside = mounted !== undefined && plan.access === 'sidecar'
  const planned = [...plan.pod.spec!.volumes!, ...(aside ? [{ name: ASIDE, image: {} }] : [])]
  const devices = planned.some(({ name }) => name === folderVolume('dev')) ? DEVICES : []
  const volumes = [...planned, ...devices.map(deviceVolume)]
  const shared = new Set(volumes.filter(({ emptyDir }) => emptyDir).map(({ name }) => name))
  const unique = (name: string) => (shared.has(name) ? `${name}-${plan.scanId}` : name)
  const container = ({ resources, ...rest }: V1Container): V1Container => ({
    ...rest,
    ...(facts.limitsWork && resources ? { resources } : {}),
    image: qualify(rest.image!),
    ...(rest.volumeMounts
      ? {
          volumeMounts: withDevices(rest.volumeMounts, devices).map((mount) => ({
            ...mount,
            name: unique(mount.name),
          })),
        }
      : {}),
  })
  const containers = plan.pod.spec!.containers.map((one) => (aside ? withImage(one) : one))
  const pod: V1Pod = {
    ...plan.pod,
    spec: {
      ...plan.pod.spec!,
      volumes: volumes.map((volume) => ({ ...source(volume, mounted), name: unique(volume.name) })),
      containers: containers.map(container),
    },
  }
  const secrets = plan.secrets.map(({ metadata, data }): V1ConfigMap => {
    const { name, labels } = metadata!
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: name!, labels: labels! }, binaryData: data! }
  })
  return [...plan.configMaps, ...secrets, pod].map((object) => dump(object, { lineWidth: -1 })).join('---\n')
}

const ASIDE = 'image'

/** The scanner has the image's own files beside those of its container; the target is of the image that is mounted. */
function withImage(container: V1Container): V1Container {
  // it was pulled to be mounted: a second pull could bring another one
  if (container.name === TARGET) return { ...container, imagePullPolicy: 'Never' }
  if (container.name !== SCANNER) return container
  return {
    ...container,
    env: [...container.env!, { name: 'SCAN_IMAGE_ROOT', value: TARGET_DIR }],
    volumeMounts: [...container.volumeMounts!, { name: ASIDE, mountPath: TARGET_DIR, readOnly: true }],
  }
}

/** A device node of this machine: podman mounts its volumes `nodev`, and without root nobody makes nodes. */
function deviceVolume(device: string): V1Volume {
  return { name: `device-${device}`, hostPath: { path: `/dev/${device}` } }
}

/** The mounts of a container, with the device nodes in the command root where it has one. */
function withDevices(mounts: readonly V1VolumeMount[], devices: readonly string[]): V1VolumeMount[] {
  if (!mounts.some(({ name }) => name === folderVolume('dev'))) return [...mounts]
  return [
    ...mounts,
    ...devices.map((device) => ({ name: `device-${device}`, mountPath: `${COMMAND_DIR}/dev/${device}` })),
  ]
}

/**
 * An image is mounted beforehand, and is a folder of this machine to the pod. A Secret travels as a ConfigMap: podman 4.3
 * mounts a Secret's base64 as it is, later versions decode it, and both keep either as a plain volume.
 */
function source(volume: V1Volume, mounted: string | undefined): V1Volume {
  if (volume.secret) return { name: volume.name, configMap: { name: volume.secret.secretName! } }
  if (!volume.image) return volume
  return { name: volume.name, hostPath: { path: mounted!, type: 'Directory' } }
}

/** A short image name as Kubernetes reads it: `app` is docker.io/library/app, `org/app` is docker.io/org/app. */
export function qualifiedImage(image: string): string {
  const [first, ...rest] = image.split('/')
  if (rest.length > 0 && isHost(first!)) return image
  return rest.length === 0 ? `docker.io/library/${image}` : `docker.io/${image}`
}
