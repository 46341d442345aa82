import type { V1ContainerState, V1Pod } from '@kubernetes/client-node'
import { EXIT, isTimeLimit, ScanError } from '../../errors.ts'
import { type ObjectRef, OUR_LABELS, podName, RUN_LABEL, targetVolumeName } from '../../plan/names.ts'
import type { Plan } from '../../plan/plan.ts'
import type { ProgramOptions, ProgramResult } from '../../process/program.ts'
import { TARGET_DIR } from '../../protocol/paths.ts'
import type { ContainerRef, Engine, Listed, PodRef } from '../engine.ts'
import { assertRunId } from '../ownership.ts'
import { podmanCommand } from './command.ts'
import { explainPodman, podmanSilent } from './errors.ts'
import { inspectImage, tellImage } from './image-facts.ts'
import { type ListedPod, type ListedVolume, parseList, podmanListed } from './listed.ts'
import { type PodmanFacts, podmanManifest, qualifiedImage } from './manifest.ts'
import { targetMounts } from './target-mount.ts'

const INFO_LIMIT_MS = 30_000
/** A stop usually takes a third of a second. */
const STOP_LIMIT_MS = 4_000
/** Of the end of a container's log. */
const LOG_LINES = 200
const LOG_BYTES = 64 * 1024

/** The podman engine: the same Pod without a cluster, as root or not. It has no network but its own loopback. */
export async function connectPodman(): Promise<Engine> {
  const podman = async (doing: string, args: readonly string[], options: ProgramOptions): Promise<ProgramResult> => {
    const result = await answer(doing, args, options)
    if (result.exitCode !== 0) throw explainPodman(result, doing)
    return result
  }
  const facts = await readFacts(podman)
  const mounts = targetMounts(podman, facts.rootless)
  /**
   * The plans of the pods made here: podman keeps no pod manifest that could be read back. With the digest of the image that was
   * mounted: by the time it is asked for, its name may be another image's.
   */
  const made = new Map<string, { plan: Plan; digest?: string }>()

  /** A short name stands for an image built here when there is one, else it is read as Kubernetes reads it. */
  const qualify = async (image: string, signal: AbortSignal): Promise<string> => {
    if (qualifiedImage(image) === image) return image
    const { exitCode } = await podmanCommand(['image', 'exists', image], { signal })
    return exitCode === 0 ? image : qualifiedImage(image)
  }

  const create = async (plan: Plan, signal: AbortSignal): Promise<V1Pod> => {
    made.set(podName(plan.scanId), { plan })
    const images = [plan.image, ...plan.pod.spec!.containers.map(({ image }) => image!)]
    const qualified = new Map<string, string>()
    for (const image of new Set(images)) qualified.set(image, await qualify(image, signal))
    const atRest = plan.pod.spec!.volumes!.some(({ name }) => name === 'facts')
    const mounting = atRest ? mounts.mount(plan, qualified.get(plan.image)!, signal) : undefined
    // beside the scanner it is needed for little; a pull that failed fails again below, and is reported there
    const mounted = await (plan.access === 'volume' ? mounting : mounting?.catch(() => undefined))
    if (mounted?.image && plan.access === 'volume') {
      made.set(podName(plan.scanId), { plan, digest: mounted.image.Digest })
    }
    const manifest = podmanManifest(plan, facts, mounted?.folder, (image) => qualified.get(image)!)
    await podman('creating the scan pod', ['kube', 'play', '--network', 'none', '--start=false', '-'], {
      signal,
      input: manifest,
    })
    if (atRest) await tellImage(podman, plan, qualified.get(plan.image)!, mounted?.image, signal)
    // podman knows no postStart hooks: containers start in the order of the manifest, each hook run before the next
    for (const { name, lifecycle } of plan.pod.spec!.containers) {
      const container = containerName({ pod: podName(plan.scanId), container: name })
      await podman(`starting the ${name}`, ['start', container], { signal })
      const hook = lifecycle?.postStart?.exec?.command
      // a container that has ended meanwhile says more by its state than its hook by failing
      if (hook) await podmanCommand(['exec', container, ...hook], { signal })
    }
    return plan.pod
  }

  const imageDigests = async (image: string, signal: AbortSignal): Promise<string[]> => {
    const found = await inspectImage(await qualify(image, signal), signal)
    return found ? [found.Digest, ...(found.RepoDigests ?? [])] : []
  }

  const readPod = async ({ pod }: PodRef, signal: AbortSignal): Promise<V1Pod | undefined> => {
    const { plan, digest } = made.get(pod) ?? {}
    if (!plan) return undefined
    const names = plan.pod.spec!.containers.map(({ name: container }) => containerName({ pod, container }))
    const result = await podmanCommand(['container', 'inspect', ...names], { signal })
    if (result.exitCode !== 0) {
      if (/no such/i.test(result.stderr)) return undefined
      throw explainPodman(result, 'looking at the scan pod')
    }
    return podStatus(plan, JSON.parse(result.stdout) as Inspected[], digest)
  }

  const remove = async (objects: readonly ObjectRef[], signal: AbortSignal): Promise<void> => {
    const of = (kind: ObjectRef['kind']) => objects.filter((object) => object.kind === kind).map(({ name }) => name)
    const gone = async (doing: string, args: string[], names: string[], limit = signal): Promise<void> => {
      if (names.length === 0) return
      const result = await answer(doing, [...args, ...names], { signal: limit })
      if (result.exitCode !== 0 && !/no such|not found/i.test(result.stderr)) throw explainPodman(result, doing)
    }
    // stopped first: removing running containers makes podman wait three seconds for its own helpers. Where conmon was killed,
    // podman cannot stop the pod, or tries for ever; it can remove it all the same
    const stopping = AbortSignal.any([signal, AbortSignal.timeout(STOP_LIMIT_MS)])
    await gone('stopping the scan pod', ['pod', 'stop', '--ignore', '--time', '0'], of('Pod'), stopping).catch(() => {})
    await gone('deleting the scan pod', ['pod', 'rm', '--force', '--ignore', '--time', '0'], of('Pod'))
    const ofPods = of('Pod').map((name) => targetVolumeName(name.slice(podName('').length)))
    const targets = [...new Set([...ofPods, ...of('Volume')])]
    await mounts.unmount(targets, signal)
    const volumes = new Set([...of('ConfigMap'), ...of('Secret'), ...targets])
    // without --force, which would take containers along that others have made with such a volume
    await gone('deleting its volumes', ['volume', 'rm'], [...volumes])
  }

  const list = async (runId: string | undefined, signal: AbortSignal): Promise<Listed> => {
    if (runId !== undefined) assertRunId(runId)
    const labels = Object.entries({ ...OUR_LABELS, ...(runId === undefined ? {} : { [RUN_LABEL]: runId }) })
    const filters = labels.flatMap(([key, value]) => ['--filter', `label=${key}=${value}`])
    const pods = await podman('listing pods', ['pod', 'ps', ...filters, '--format', 'json'], { signal })
    const volumes = await podman('listing volumes', ['volume', 'ls', '--format', 'json'], { signal })
    return podmanListed(parseList<ListedPod>(pods.stdout), parseList<ListedVolume>(volumes.stdout), runId)
  }

  return {
    name: 'podman',
    where: `podman ${facts.version} (${facts.rootless ? 'rootless' : 'as root'})`,
    namespace: 'default',
    clockAhead: 0,
    tellsImages: true,
    imageVolumeBlocker: undefined,
    preflight: async () => ({
      findings: [{ kind: 'engine', subject: 'podman', state: 'ready', said: `${facts.version} answers` }],
      createNamespace: false,
    }),
    imageDigests,
    createNamespace: async () => {},
    create,
    readPod,
    listPods: async () => {
      throw noPods()
    },
    warnings: async () => [],
    exec: async (of, { command, input, onOutput }, signal) => {
      const interactive = input === undefined ? [] : ['--interactive']
      const options = { signal, onOutput, ...(input === undefined ? {} : { input }) }
      return (await podmanCommand(['exec', ...interactive, containerName(of), ...command], options)).exitCode
    },
    log: async (of, signal) => {
      // not by `--tail`, which loses the beginning of lines that were written in pieces
      const { stdout, stderr, exitCode } = await podmanCommand(['logs', containerName(of)], {
        signal,
        keepBytes: LOG_BYTES,
      })
      return exitCode === 0 ? (stdout + stderr).split('\n').slice(-LOG_LINES).join('\n') : ''
    },
    list,
    remove,
  }
}

/** What podman answers, whatever its exit code; a plain time limit means that it did not. */
async function answer(doing: string, args: readonly string[], options: ProgramOptions): Promise<ProgramResult> {
  return await podmanCommand(args, options).catch((error: unknown) => {
    throw isTimeLimit(error) ? podmanSilent(doing) : error
  })
}

/** Pods that run already are a cluster's. */
function noPods(): ScanError {
  return new ScanError('podman has no pods that run already', {
    exitCode: EXIT.usage,
    hint: 'give a `kubeconfig`, or scan an `image`',
  })
}

/** Names of containers are global to podman's store: it prefixes those of a pod. */
function containerName({ pod, container }: ContainerRef): string {
  return `${pod}-${container}`
}

async function readFacts(
  podman: (doing: string, args: string[], options: ProgramOptions) => Promise<ProgramResult>,
): Promise<PodmanFacts> {
  const { stdout } = await podman('asking podman about itself', ['info', '--format', 'json'], {
    signal: AbortSignal.timeout(INFO_LIMIT_MS),
  })
  const { host, version } = JSON.parse(stdout) as {
    host: { security: { rootless: boolean }; cgroupVersion: string; cgroupControllers?: string[] | null }
    version: { Version: string }
  }
  const { rootless } = host.security
  return {
    version: version.Version,
    rootless,
    limitsWork: !rootless || (host.cgroupVersion === 'v2' && (host.cgroupControllers ?? []).includes('memory')),
  }
}

/** What `podman container inspect` says, as far as it matters here. */
interface Inspected {
  readonly Name: string
  readonly Image: string
  readonly ImageName: string
  readonly ImageDigest?: string
  readonly State: {
    readonly Status: string
    readonly ExitCode: number
    readonly OOMKilled: boolean
    readonly Error: string
  }
}

/** The containers' states in Kubernetes' words, so that one classifier serves both engines. */
function podStatus(plan: Plan, inspected: readonly Inspected[], targetDigest: string | undefined): V1Pod {
  return {
    ...plan.pod,
    spec: { ...plan.pod.spec!, nodeName: 'localhost' },
    status: {
      phase: inspected.every(({ State }) => State.Status === 'running') ? 'Running' : 'Pending',
      containerStatuses: inspected.map(({ Name, Image, ImageName, ImageDigest, State }) => ({
        name: Name.slice(podName(plan.scanId).length + 1),
        image: ImageName,
        imageID: ImageDigest ?? `sha256:${Image}`,
        ready: State.Status === 'running',
        restartCount: 0,
        state: containerState(State),
        ...(targetDigest
          ? {
              volumeMounts: [
                { name: 'target', mountPath: TARGET_DIR, volumeStatus: { image: { imageRef: targetDigest } } },
              ],
            }
          : {}),
      })),
    },
  }
}

function containerState({ Status, ExitCode, OOMKilled, Error: message }: Inspected['State']): V1ContainerState {
  if (Status === 'running') return { running: {} }
  if (Status !== 'exited' && Status !== 'stopped') return { waiting: { reason: 'ContainerCreating' } }
  const reason = OOMKilled ? 'OOMKilled' : ExitCode === 0 ? 'Completed' : 'Error'
  return { terminated: { exitCode: ExitCode, reason, ...(message ? { message } : {}) } }
}
