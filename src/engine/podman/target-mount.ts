import { TARGET, targetVolumeName } from '../../plan/names.ts'
import type { Plan } from '../../plan/plan.ts'
import type { ProgramOptions, ProgramResult } from '../../process/program.ts'
import { podmanCommand } from './command.ts'
import { explainPodman } from './errors.ts'
import { type InspectedImage, inspectImage } from './image-facts.ts'

type Podman = (doing: string, args: readonly string[], options: ProgramOptions) => Promise<ProgramResult>

/** On the volume that stands for a mount: the image to unmount. Its ID, for its name may be another image's by then. */
const IMAGE_LABEL = 'sidecar-scan/image'

interface MountedImage {
  readonly folder: string
  /** Undefined where it came to the store while it was mounted. */
  readonly image: InspectedImage | undefined
}

/** Mounts images of podman's store on this machine, and undoes it. */
interface TargetMounts {
  /** The plan's image, pulled when it must be, mounted; an empty volume with the run's labels remembers it. */
  mount(plan: Plan, image: string, signal: AbortSignal): Promise<MountedImage>
  /** Unmounts what the volumes of these names remember; a volume that is not there is passed over. */
  unmount(volumes: readonly string[], signal: AbortSignal): Promise<void>
}

/**
 * podman has image volumes of its own, but gives the root folder of a volume to the user of the container it is mounted
 * in: a false answer about the image. A mounted image is as it is.
 */
export function targetMounts(podman: Podman, rootless: boolean): TargetMounts {
  // without root, mounts exist in podman's own user namespace only
  const inside = (...args: string[]) => (rootless ? ['unshare', 'podman', ...args] : args)

  return {
    async mount(plan, image, signal) {
      const { containers, volumes } = plan.pod.spec!
      const pullPolicy =
        volumes!.find((volume) => volume.image)?.image?.pullPolicy ??
        containers.find(({ name }) => name === TARGET)?.imagePullPolicy
      let found = await inspectImage(image, signal)
      if (pullPolicy === 'Always' || (!found && pullPolicy !== 'Never')) {
        await podman(`pulling the target’s image ${image}`, ['pull', '--quiet', image], { signal })
        found = await inspectImage(image, signal)
      }
      // without an image, mounting fails below, and says so
      const id = found?.Id ?? image
      const labels = { ...plan.pod.metadata!.labels, [IMAGE_LABEL]: id }
      const options = Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`])
      const doing = `mounting the target’s image ${image}`
      await podman(doing, ['volume', 'create', ...options, targetVolumeName(plan.scanId)], { signal })
      const { stdout } = await podman(doing, inside('image', 'mount', id), { signal })
      return { folder: stdout.trim(), image: found }
    },

    async unmount(volumes, signal) {
      for (const volume of volumes) {
        const { stdout } = await podmanCommand(['volume', 'inspect', volume], { signal })
        const image = (JSON.parse(stdout || '[]') as { Labels?: Record<string, string> }[])[0]?.Labels?.[IMAGE_LABEL]
        if (image === undefined) continue
        const result = await podmanCommand(inside('image', 'unmount', image), { signal })
        if (result.exitCode !== 0 && !/not mounted|not known|no such/i.test(result.stderr))
          throw explainPodman(result, `unmounting the target’s image ${image}`)
      }
    },
  }
}
