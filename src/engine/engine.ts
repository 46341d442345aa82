import type { V1Pod } from '@kubernetes/client-node'
import type { PodSecurity } from '../inputs/inputs.ts'
import type { ObjectRef } from '../plan/names.ts'
import type { Plan } from '../plan/plan.ts'
import type { Door } from '../plan/rights.ts'

/** Something of ours that an engine holds, found by its labels. */
export interface Leftover extends ObjectRef {
  readonly runId: string
  readonly createdAt: Date
}

/** What `list` finds. */
export interface Listed {
  readonly ours: readonly Leftover[]
  /** What looks like ours but was not made by a scan, and why: never deleted. */
  readonly foreign: readonly (ObjectRef & { readonly why: string })[]
}

/** What a scan is going to do, as far as it matters to what it needs. */
export interface PreflightRequest {
  /** A Secret is created. */
  readonly secrets: boolean
  readonly podSecurity: PodSecurity
  /** Which rights are asked for. */
  readonly door: Door
  /** Pods that rights are asked for by name, with the door `pod`. */
  readonly pods: readonly string[]
  /** Labels of the pods, with the door `pod-selector`. */
  readonly podSelector: string
  readonly createNamespace: boolean
  /** Nothing is to be created, not even the namespace. */
  readonly dryRun: boolean
}

/**
 * One thing a scan needs: there, missing (with what helps and what a run ends with), or not to be known and no obstacle yet.
 * `said` follows the subject, for a right the user: "cannot create pods in namespace scan".
 */
export type Finding = {
  readonly kind: 'engine' | 'namespace' | 'pod-security' | 'right'
  readonly subject: string
  readonly said: string
  readonly hint?: string
} & ({ readonly state: 'ready' | 'unknown' } | { readonly state: 'missing'; readonly exitCode: 2 | 3 })

/** What `preflight` finds out, having created nothing. */
export interface Preflight {
  readonly findings: readonly Finding[]
  /** The namespace is not there (or cannot be seen) and is to be created: `createNamespace` does it. */
  readonly createNamespace: boolean
}

/** A pod in the engine's namespace. */
export interface PodRef {
  readonly pod: string
}

/** A container of such a pod. */
export interface ContainerRef extends PodRef {
  readonly container: string
}

/** A command to run in a container. */
export interface ExecRequest {
  readonly command: readonly string[]
  /** Standard input; it is not closed behind this. */
  readonly input?: string
  readonly onOutput: (chunk: Buffer) => void
}

/** What can be done with a pod, whoever created it. */
export interface PodVerbs {
  /** The pod with its status as Kubernetes words it; undefined when it does not exist. */
  readPod(ref: PodRef, signal: AbortSignal): Promise<V1Pod | undefined>
  /** Warnings about the pod, the newest last; empty where the engine keeps none or they may not be read. */
  warnings(ref: PodRef, signal: AbortSignal): Promise<string[]>
  /** Runs a command in a container; resolves to its exit code, or undefined when the stream was cut. */
  exec(of: ContainerRef, request: ExecRequest, signal: AbortSignal): Promise<number | undefined>
  /** The last lines a container wrote; empty when they cannot be had. */
  log(of: ContainerRef, signal: AbortSignal): Promise<string>
}

/**
 * What runs scan pods. Every method ends soon after `signal` aborts, with the signal's reason. Failures are ScanErrors
 * (exit 2 for what the user gave wrong, 3 for the rest).
 */
export interface Engine extends PodVerbs {
  /** The pods that a label selector matches. */
  listPods(selector: string, signal: AbortSignal): Promise<V1Pod[]>
  readonly name: 'kubernetes' | 'podman'
  /** Where pods go, in words for the log. */
  readonly where: string
  /** The namespace pods go to; a word without effect for podman. */
  readonly namespace: string
  /** Milliseconds by which its clock is ahead of this machine's. */
  readonly clockAhead: number
  /** Whether it tells the scanner an image's configuration itself: no container of the image is needed for that. */
  readonly tellsImages: boolean
  /** Each digest by which its own store of images knows one, as far as it can be asked. */
  imageDigests(image: string, signal: AbortSignal): Promise<readonly string[]>
  /** Why this engine cannot mount an image as a volume; undefined when it may be able to. */
  readonly imageVolumeBlocker: string | undefined
  /** Reports a missing namespace, level or right before anything is created. */
  preflight(request: PreflightRequest, signal: AbortSignal): Promise<Preflight>
  /** Creates the namespace, and waits until it takes pods; one that is there already is no error. */
  createNamespace(signal: AbortSignal): Promise<void>
  /** Creates the plan's objects, the pod last; resolves to the pod as the engine understood it. */
  create(plan: Plan, signal: AbortSignal): Promise<V1Pod>
  /**
   * What of ours is there, of one run or of all.
   * @throws ScanError (exit 2) for an ID that no run has, such as an empty one.
   */
  list(runId: string | undefined, signal: AbortSignal): Promise<Listed>
  /** Deletes objects and waits until they are gone. Deleting what is not there is no error. */
  remove(objects: readonly ObjectRef[], signal: AbortSignal): Promise<void>
}
