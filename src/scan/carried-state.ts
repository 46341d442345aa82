import type { V1ContainerStateTerminated, V1ContainerStatus, V1Pod } from '@kubernetes/client-node'
import { EXIT, ScanError } from '../errors.ts'
import type { PodState } from './podstate.ts'

/** What a container waits for that will not come by waiting. */
const STUCK =
  /^(CrashLoopBackOff|ErrImagePull|ImagePullBackOff|ErrImageNeverPull|InvalidImageName|CreateContainer\w*Error|RunContainerError|StartError)$/

/** What the status of a pod that is not ours means for its scanner container: wait on, ask it, or give up. */
export function carriedState(pod: V1Pod | undefined, name: string, container: string): PodState {
  if (pod === undefined || pod.metadata?.deletionTimestamp)
    return failed(`pod ${name} went away`, 'scan the pod that replaced it; `pod-selector` finds it by its labels')
  const { phase, reason, message, conditions } = pod.status ?? {}
  const status = containerStatus(pod, container)
  const end = status?.state?.terminated
  if (end) return failed(`the container ${container} of pod ${name} has ended (${endWords(end)})`, ENDED)
  if (phase === 'Failed' || phase === 'Succeeded')
    return failed(`pod ${name} has ended (${[phase, reason, message].filter(Boolean).join(': ')})`, ENDED)
  const waiting = status?.state?.waiting
  if (waiting?.reason && STUCK.test(waiting.reason)) {
    const said = waiting.message ? `: ${waiting.message}` : ''
    return failed(
      `the container ${container} of pod ${name} does not run (${waiting.reason}${said})`,
      `\`kubectl describe pod ${name}\` and the container’s log say why`,
    )
  }
  if (status?.state?.running) return { state: 'scanning', awaiting: '' }
  const scheduled = conditions?.find(({ type }) => type === 'PodScheduled')
  const why = scheduled?.status === 'False' ? scheduled.message : waiting?.reason
  return { state: 'waiting', why: `pod ${name} to start${why ? ` (${why})` : ''}`, unschedulable: false }
}

const ENDED = 'results can be fetched only while the container runs: let its command end with `sleep infinity`'

function failed(why: string, hint: string): PodState {
  return { state: 'failed', why, hint }
}

function endWords({ exitCode, reason }: V1ContainerStateTerminated): string {
  return `${reason ? `${reason}, ` : ''}exit code ${exitCode}`
}

/**
 * Our scanner takes the only other container where it was told no target. Beside several it may have taken the one that happened to
 * start first.
 * @throws ScanError (exit 4) for such a pod.
 */
export function assertTargetNamed(pod: V1Pod, name: string, container: string): void {
  const { containers = [], initContainers = [] } = pod.spec ?? {}
  const env = containers.find((one) => one.name === container)?.env ?? []
  const variableOf = (variable: string) => env.find((one) => one.name === variable)?.value ?? ''
  if (variableOf('SCAN_TARGET_URI') !== 'proc://auto' || variableOf('SCAN_TARGET_NONCE') !== '') return
  const running = [...containers, ...initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always')]
  const others = running.map((one) => one.name).filter((one) => one !== container)
  if (others.length < 2) return
  throw new ScanError(
    `pod ${name} has the containers ${others.join(', ')}, and its scanner was not told which of them is the target`,
    { exitCode: EXIT.results, hint: 'render the patch again with `--container NAME`, and apply it' },
  )
}

/** The status of a container of a pod, if it has one yet. */
export function containerStatus(pod: V1Pod | undefined, name: string): V1ContainerStatus | undefined {
  return pod?.status?.containerStatuses?.find((status) => status.name === name)
}
