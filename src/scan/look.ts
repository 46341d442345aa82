import { setTimeout as sleep } from 'node:timers/promises'
import type { V1Pod } from '@kubernetes/client-node'
import type { Engine } from '../engine/engine.ts'
import { EXIT, ScanError } from '../errors.ts'
import type { Plan } from '../plan/plan.ts'
import { mountFailure } from './access.ts'
import type { ScanOptions } from './options.ts'
import { type FailedState, podState } from './podstate.ts'

/** A node that cannot mount an image says so in the pod's events only. */
const ASK_WARNINGS = 1_000
/** An autoscaler may bring a node; beyond this an unschedulable pod is a failure. */
const UNSCHEDULABLE_LIMIT = 180_000
const UNSCHEDULABLE_HINT =
  'lower the requests in `scanner-resources`, or correct nodeSelector and tolerations in `pod-patch`'
/** What killed a container is seen a moment later: podman kills a pod's containers before it removes the pod. */
const SETTLE = 4_000
const SETTLE_LOOK = 500
/**
 * A busy node pulls without the pod's secrets when they do not reach it within a second, and tries again ten to thirty
 * seconds later (kubelet, "failed to sync secret cache"). So long the second try may take.
 */
const SECOND_PULL = 45_000

/**
 * A look at the pod: throws when it cannot get to the end of the scan. To find out why may take seconds: `onFailed` is called
 * before.
 */
export type Look = (onFailed?: () => void) => Promise<{ readonly pod: V1Pod; readonly scanning: boolean }>

/** Looks at the pod that say in the log what it waits for, once each. */
export function lookout(plan: Plan, engine: Engine, { signal, log, clock, onWaiting }: ScanOptions): Look {
  let said = ''
  let awaited = ''
  let unschedulableSince: number | undefined
  let askedAt = clock()
  let refusedAt: number | undefined
  let backsOff = false
  const tell = (why: string): void => {
    if (why !== said) log.info(`waiting: ${why}`)
    said = why
  }
  const isFirstPull = async (pod: V1Pod | undefined, { refused }: FailedState): Promise<boolean> => {
    if (refused === undefined) return false
    if (refusedAt === undefined) {
      // a status that backs off has forgotten why
      const state = podState(pod, await engine.warnings(plan, signal))
      if (state.state === 'failed' && !state.refused) return false
      refusedAt = clock()
    }
    if (backsOff && refused === 'ErrImagePull') return false
    backsOff ||= refused === 'ImagePullBackOff'
    return clock() - refusedAt < SECOND_PULL
  }
  return async (onFailed) => {
    const pod = await engine.readPod(plan, signal)
    const state = podState(pod)
    if (state.state === 'failed' && (await isFirstPull(pod, state))) {
      const why = 'the registry refused the node; it tries again, with the pull secrets it may not have had'
      tell(why)
      onWaiting?.(why, state.hint)
      return { pod: pod!, scanning: false }
    }
    if (state.state === 'failed') {
      onFailed?.()
      throw await failure(state, plan, engine, signal)
    }
    if (state.state === 'scanning') {
      // for a moment this is how every pod starts
      if (state.awaiting !== '' && state.awaiting === awaited) tell(state.awaiting)
      awaited = state.awaiting
      onWaiting?.(state.awaiting || 'InSpec')
      return { pod: pod!, scanning: true }
    }
    unschedulableSince = state.unschedulable ? (unschedulableSince ?? clock()) : undefined
    if (unschedulableSince !== undefined && clock() - unschedulableSince > UNSCHEDULABLE_LIMIT) {
      throw new ScanError(`no node takes the scan pod: ${state.why}`, {
        exitCode: EXIT.engine,
        hint: UNSCHEDULABLE_HINT,
      })
    }
    if (plan.access === 'volume' && clock() - askedAt > ASK_WARNINGS) {
      askedAt = clock()
      const problem = mountFailure(plan, await engine.warnings(plan, signal))
      if (problem) throw problem
    }
    tell(state.why)
    onWaiting?.(state.why, state.unschedulable ? UNSCHEDULABLE_HINT : undefined)
    return { pod: pod!, scanning: false }
  }
}

/** Why a pod failed, with what its events know of it, and what a killed container says of its pod a moment later. */
async function failure(seen: FailedState, plan: Plan, engine: Engine, signal: AbortSignal): Promise<ScanError> {
  const warnings = await engine.warnings(plan, signal)
  let last = seen
  for (let waited = 0; ; waited += SETTLE_LOOK) {
    const state = podState(await engine.readPod(plan, signal), warnings)
    if (state.state === 'failed') last = state
    if (!last.killed || waited >= SETTLE) return new ScanError(last.why, { exitCode: EXIT.engine, hint: last.hint })
    await sleep(SETTLE_LOOK, undefined, { signal })
  }
}
