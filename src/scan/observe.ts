import { setTimeout as sleep } from 'node:timers/promises'
import type { V1Pod } from '@kubernetes/client-node'
import type { PodVerbs } from '../engine/engine.ts'
import { EXIT, ScanError } from '../errors.ts'
import type { TargetAccess } from '../plan/pod.ts'
import { mountFailure, pendingMount } from './access.ts'
import type { ScanOptions } from './options.ts'
import { type FailedState, type PodState, podState } from './podstate.ts'

/** A node that cannot mount a volume says so in the pod's events only: time between two readings of them. */
const WARNINGS_INTERVAL_MS = 1_000
/** An autoscaler may bring a node; beyond this an unschedulable pod is a failure. */
const UNSCHEDULABLE_LIMIT_MS = 180_000
const UNSCHEDULABLE_HINT =
  'lower the requests in `scanner-resources`, or correct nodeSelector and tolerations in `pod-patch`'
const UNMOUNTED_HINT =
  'check the volumes in `pod-patch`; a Secret or ConfigMap that they name must exist in the namespace'
/** What killed a container is seen a moment later: podman kills a pod's containers before it removes the pod. */
const SETTLE_MS = 4_000
const SETTLE_INTERVAL_MS = 500
/**
 * A busy node pulls without the pod's secrets when they do not reach it within a second, and tries again ten to thirty
 * seconds later (kubelet, "failed to sync secret cache"): time limit for the second pull.
 */
const SECOND_PULL_MS = 45_000

/** What is observed: a pod, and how it reaches its target (undefined for a pod that is not ours). */
export interface Observed {
  readonly pod: string
  readonly access: TargetAccess | undefined
  /** Throws when it is not the pod that is meant. */
  readonly verify?: (pod: V1Pod) => void
  /** What the status of the pod means; for a pod that is not ours. */
  readonly stateOf?: (pod: V1Pod | undefined) => PodState
}

/**
 * Reads the pod once; throws when it cannot complete the scan. Finding out why may take seconds: `onFailed` is called first.
 */
export type Observe = (onFailed?: () => void) => Promise<{ readonly pod: V1Pod; readonly scanning: boolean }>

/** An observer of the pod that logs what the pod waits for, once each. */
export function observer(
  observed: Observed,
  engine: PodVerbs,
  { signal, log, clock, onWaiting }: ScanOptions,
): Observe {
  let said = ''
  let awaited = ''
  let unschedulableSince: number | undefined
  let askedAt = clock()
  let refusedAt: number | undefined
  let backsOff = false
  let unmounted: string | undefined
  const tell = (why: string): void => {
    if (why !== said) log.info(`waiting: ${why}`)
    said = why
  }
  const isFirstPull = async (pod: V1Pod | undefined, { refused }: FailedState): Promise<boolean> => {
    if (refused === undefined) return false
    if (refusedAt === undefined) {
      // a status that backs off has forgotten why
      const state = podState(pod, await engine.warnings(observed, signal))
      if (state.state === 'failed' && !state.refused) return false
      refusedAt = clock()
    }
    if (backsOff && refused === 'ErrImagePull') return false
    backsOff ||= refused === 'ImagePullBackOff'
    return clock() - refusedAt < SECOND_PULL_MS
  }
  return async (onFailed) => {
    const pod = await engine.readPod(observed, signal)
    if (pod) observed.verify?.(pod)
    const state = observed.stateOf?.(pod) ?? podState(pod)
    if (state.state === 'failed' && (await isFirstPull(pod, state))) {
      const why = 'the registry refused the node; it tries again, with the pull secrets it may not have had'
      tell(why)
      onWaiting?.(why, state.hint)
      return { pod: pod!, scanning: false }
    }
    if (state.state === 'failed') {
      onFailed?.()
      throw await failure(state, observed, engine, signal)
    }
    if (state.state === 'scanning') {
      // for a moment this is how every pod starts
      if (state.awaiting !== '' && state.awaiting === awaited) tell(state.awaiting)
      awaited = state.awaiting
      onWaiting?.(state.awaiting || 'InSpec')
      return { pod: pod!, scanning: true }
    }
    unschedulableSince = state.unschedulable ? (unschedulableSince ?? clock()) : undefined
    if (unschedulableSince !== undefined && clock() - unschedulableSince > UNSCHEDULABLE_LIMIT_MS) {
      throw new ScanError(`the scan pod cannot be scheduled: ${state.why}`, {
        exitCode: EXIT.engine,
        hint: UNSCHEDULABLE_HINT,
      })
    }
    // the Role for pods that run already grants no events
    if (!observed.stateOf && !state.unschedulable && clock() - askedAt > WARNINGS_INTERVAL_MS) {
      askedAt = clock()
      const warnings = await engine.warnings(observed, signal)
      const problem = mountFailure(observed, warnings)
      if (problem) throw problem
      unmounted = pendingMount(warnings)
    }
    const why = unmounted ?? state.why
    tell(why)
    onWaiting?.(why, state.unschedulable ? UNSCHEDULABLE_HINT : unmounted && UNMOUNTED_HINT)
    return { pod: pod!, scanning: false }
  }
}

/** Why a pod failed, with what its events know of it, and what a killed container says of its pod a moment later. */
async function failure(
  seen: FailedState,
  observed: Observed,
  engine: PodVerbs,
  signal: AbortSignal,
): Promise<ScanError> {
  if (observed.stateOf) return new ScanError(seen.why, { exitCode: EXIT.engine, hint: seen.hint })
  const warnings = await engine.warnings(observed, signal)
  let last = seen
  for (let waited = 0; ; waited += SETTLE_INTERVAL_MS) {
    const state = podState(await engine.readPod(observed, signal), warnings)
    if (state.state === 'failed') last = state
    if (!last.killed || waited >= SETTLE_MS) return new ScanError(last.why, { exitCode: EXIT.engine, hint: last.hint })
    await sleep(SETTLE_INTERVAL_MS, undefined, { signal })
  }
}
