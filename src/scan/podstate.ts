import type { V1ContainerStateTerminated, V1ContainerStatus, V1Pod } from '@kubernetes/client-node'
import { SCANNER, TARGET, WITNESS } from '../plan/names.ts'
import { SCRIPT_EXIT } from '../protocol/exit-codes.ts'
import { pullFailure, type Refusal } from './pull.ts'

/** What a pod's status means for us: wait on, look for results, or give up (why, and what helps). */
export type PodState =
  | { readonly state: 'waiting'; readonly why: string; readonly unschedulable: boolean }
  /** The scanner runs; `awaiting` says what the target's container still waits for, when it does. */
  | { readonly state: 'scanning'; readonly awaiting: string }
  | FailedState

export interface FailedState {
  readonly state: 'failed'
  readonly why: string
  readonly hint: string
  readonly container?: string
  /** A container was killed from outside, and what did it may be seen in a moment. */
  readonly killed?: boolean
  /** See `PullFailure`. */
  readonly refused?: Refusal
}

/**
 * Decides from the pod's status; `undefined` is a pod that somebody deleted. `warnings`, the pod's events, say why an
 * image cannot be pulled: the status forgets it at the second try.
 */
export function podState(pod: V1Pod | undefined, warnings: readonly string[] = []): PodState {
  if (pod === undefined || pod.metadata?.deletionTimestamp) {
    return failed(
      'the scan pod was deleted by somebody else',
      'look for whoever cleans up the namespace, then run the scan again',
    )
  }
  // evicted, or at its deadline: its containers were killed for it, and say less
  if (pod.status?.phase === 'Failed' && pod.status.reason) return podFailed(pod)
  // the scan does not depend on the witness
  const containers = (pod.status?.containerStatuses ?? []).filter(({ name }) => name !== WITNESS)
  const scanner = containers.find(({ name }) => name === SCANNER)
  const target = containers.find(({ name }) => name === TARGET)
  // the hold program comes from the scanner: a target that ended is the consequence, and no second pull can fix it
  const last = target !== undefined && ended(target) !== undefined
  for (const status of [scanner, target]) {
    const problem = status && (stuck(status, pod, warnings, last) ?? ended(status))
    if (problem) return { ...problem, container: status.name }
  }
  if (pod.status?.phase === 'Failed') return podFailed(pod)
  if (scanner?.state?.running) return { state: 'scanning', awaiting: awaited(containers) }
  return waiting(pod, containers)
}

function failed(why: string, hint: string): FailedState {
  return { state: 'failed', why, hint }
}

function waiting(pod: V1Pod, containers: readonly V1ContainerStatus[]): PodState {
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')
  if (scheduled?.status === 'False') {
    return {
      state: 'waiting',
      why: scheduled.message ?? 'no node for the pod yet',
      unschedulable: scheduled.reason === 'Unschedulable',
    }
  }
  return { state: 'waiting', why: awaited(containers) || 'the pod is being started', unschedulable: false }
}

function awaited(containers: readonly V1ContainerStatus[]): string {
  return containers
    .flatMap(({ name, state }) => (state?.waiting?.reason ? [`${name}: ${state.waiting.reason}`] : []))
    .join(', ')
}

/** A container that waits for something that will not come; a pull that failed may be tried again unless it was the `last`. */
function stuck(
  status: V1ContainerStatus,
  pod: V1Pod,
  warnings: readonly string[],
  last: boolean,
): FailedState | undefined {
  const unpulled = pullFailure(status, pod, warnings, last)
  if (unpulled) return { state: 'failed', ...unpulled }
  const { name, state } = status
  const reason = state?.waiting?.reason ?? ''
  const message = (state?.waiting?.message ?? '').trim()
  if (
    /^(CreateContainerConfigError|CreateContainerError|RunContainerError|PostStartHookError|StartError)$/.test(reason)
  ) {
    return failed(
      `the ${name}’s container cannot be started (${reason}${message ? `: ${message}` : ''})`,
      startHint(name, message),
    )
  }
  return undefined
}

function startHint(name: string, message: string): string {
  if (/exec format error/.test(message))
    return `the image is for another processor architecture; choose nodes with \`pod-patch\` (nodeSelector)`
  if (/runAsNonRoot|non-root/.test(message))
    return 'the image’s user is root or not a number: set `run-as-user` to a user ID above 0'
  if (/executable file not found|no such file or directory/.test(message)) {
    return name === SCANNER
      ? '`scanner-image` needs a shell, tar, gzip and InSpec, as cincproject/auditor has them'
      : 'the image’s program cannot be found: check `target-command`, or scan at rest with `target-mode: hold`'
  }
  return name === SCANNER ? 'check `scanner-image` and `pod-patch`' : 'check `image`, `target-command` and `pod-patch`'
}

const SIGKILLED = 137
/** Exit codes of shells and runtimes for a program that is not there, or cannot be started. */
const NOT_FOUND = 127
const NOT_STARTED = 128

/** A container that ended although it should not have. */
function ended({ name, state, lastState }: V1ContainerStatus): FailedState | undefined {
  const end = state?.terminated ?? lastState?.terminated
  if (!end) return undefined
  const problem = endedBy(name, end)
  return end.exitCode === SIGKILLED && end.reason !== 'OOMKilled' ? { ...problem, killed: true } : problem
}

function endedBy(name: string, end: V1ContainerStateTerminated): FailedState {
  const said = end.message?.trim() ? `: ${end.message.trim()}` : ''
  if (end.reason === 'OOMKilled') {
    const hint =
      name === SCANNER
        ? 'raise the memory limit in `scanner-resources`'
        : 'raise the target’s memory limit with `pod-patch`'
    return failed(`the ${name} ran out of memory and was killed`, hint)
  }
  if (name === SCANNER && end.exitCode === SCRIPT_EXIT.volumeFull) {
    return failed(
      'the results do not fit into the scan pod’s volume `results`',
      'free disk space on the node, or give the volume `results` more room with `pod-patch`',
    )
  }
  if (name === SCANNER)
    return failed(`the scanner ended with exit code ${end.exitCode}${said}`, scannerHint(end.exitCode, said))
  if (/exec format error/.test(said) || end.reason === 'StartError' || end.reason === 'ContainerCannotRun') {
    return failed(`the target’s program cannot be started${said}`, startHint(name, said))
  }
  return failed(
    `the target’s program ended with exit code ${end.exitCode} before the scan was done${said}`,
    'scan at rest with `target-mode: hold`, or keep it running with `target-command` and `target-args`',
  )
}

function scannerHint(exitCode: number, said: string): string {
  if (exitCode === SCRIPT_EXIT.damagedPayload)
    return 'something between here and the pod changed the ConfigMap; run the scan again'
  if (exitCode === SCRIPT_EXIT.noHoldProgram)
    return 'only amd64 and arm64 nodes can hold a target: set `target-mode: run`, or choose nodes with `pod-patch`'
  if (([SCRIPT_EXIT.noTool, NOT_FOUND, NOT_STARTED] as number[]).includes(exitCode))
    return startHint(SCANNER, 'executable file not found')
  return startHint(SCANNER, said)
}

function podFailed({ status }: V1Pod): PodState {
  const why = [status?.reason, status?.message].filter(Boolean).join(': ')
  if (status?.reason === 'Evicted' && /exceeds the limit/.test(why)) {
    return failed(
      `the node evicted the scan pod (${why})`,
      'raise the limit that its message names with `pod-patch` or `scanner-resources`, or the LimitRange of the namespace',
    )
  }
  if (status?.reason === 'Evicted') {
    return failed(
      `the node evicted the scan pod (${why})`,
      'the node is short of memory or disk: raise the requests in `scanner-resources`, or choose other nodes with `pod-patch`',
    )
  }
  if (status?.reason === 'DeadlineExceeded')
    return failed('the cluster ended the scan pod at its deadline', 'raise `timeout`')
  return failed(
    `the scan pod failed (${why || 'no reason given'})`,
    'look at the node, or choose other nodes with `pod-patch`',
  )
}
