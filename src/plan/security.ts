import type { V1PodSecurityContext, V1SecurityContext } from '@kubernetes/client-node'
import type { Inputs } from '../inputs/inputs.ts'

/** User of target and scanner at `restricted`, when the user names none; any non-root ID serves. */
const RESTRICTED_USER = 10001

type SecurityInputs = Pick<Inputs, 'podSecurity' | 'targetMode' | 'runAsUser'>

/** Whether the scanner of a target at rest may run commands in the image's root. */
export function runsCommands({ podSecurity, runAsUser }: Pick<Inputs, 'podSecurity' | 'runAsUser'>): boolean {
  return podSecurity === 'privileged' || (podSecurity === 'baseline' && (runAsUser ?? 0) === 0)
}

interface SecurityContexts {
  readonly pod: V1PodSecurityContext
  readonly target: V1SecurityContext
  readonly scanner: V1SecurityContext
  /** Of the container that shows as which user the image runs: only the level `restricted` and `run-as-user` set it. */
  readonly witness: V1SecurityContext
}

/**
 * Who runs as what. The kernel lets the scanner look into the target's root when both have the same user and the
 * scanner's capabilities include the target's (ptrace(2), "Ptrace access mode checking"); each level below arranges
 * that with as little as it can, and fits the Pod Security Standard of its name.
 */
export function securityContexts(inputs: SecurityInputs): SecurityContexts {
  return { ...ofScannerAndTarget(inputs), witness: SEALED }
}

const NONE = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } }
const SEALED = { ...NONE, readOnlyRootFilesystem: true }

/** What sets the user of every container of the pod; undefined where the witness runs as the image's own. */
export function userSetBy({ podSecurity, runAsUser }: SecurityInputs): string | undefined {
  if (podSecurity === 'restricted') return '`pod-security: restricted` sets the user of every container'
  return podSecurity === 'baseline' && (runAsUser ?? 0) !== 0 ? '`run-as-user` sets it' : undefined
}

/** What sets the user of a target that runs; undefined where it runs as the image's own. */
export function runningUserSetBy(inputs: SecurityInputs): string | undefined {
  return userSetBy(inputs) ?? (inputs.runAsUser === undefined ? undefined : '`run-as-user` sets it')
}

function ofScannerAndTarget(inputs: SecurityInputs): Omit<SecurityContexts, 'witness'> {
  const holds = inputs.targetMode === 'hold'
  const as = (user: number) => ({ runAsUser: user, runAsGroup: user })
  const pod: V1PodSecurityContext = { seccompProfile: { type: 'RuntimeDefault' } }

  if (inputs.podSecurity === 'restricted') {
    return {
      pod: { ...pod, runAsNonRoot: true, ...as(inputs.runAsUser ?? RESTRICTED_USER) },
      target: holds ? SEALED : NONE,
      scanner: SEALED,
    }
  }
  if (inputs.podSecurity === 'privileged') {
    const able = { drop: ['ALL'], add: ['SYS_PTRACE', 'DAC_READ_SEARCH', 'DAC_OVERRIDE', 'SYS_CHROOT'] }
    return {
      pod,
      target: inputs.runAsUser === undefined ? {} : as(inputs.runAsUser),
      scanner: { ...as(0), allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: able },
    }
  }
  // baseline
  if (inputs.runAsUser !== undefined && inputs.runAsUser !== 0) {
    return {
      pod: { ...pod, ...as(inputs.runAsUser) },
      target: holds ? SEALED : { allowPrivilegeEscalation: false },
      scanner: SEALED,
    }
  }
  if (holds) {
    const able = { drop: ['ALL'], add: ['DAC_OVERRIDE', 'SYS_CHROOT'] }
    // one capability more than the image's commands keep: the kernel then denies them the memory of the program that waits
    const waits = { ...SEALED, capabilities: { drop: ['ALL'], add: ['SYS_CHROOT'] } }
    return { pod, target: { ...as(0), ...waits }, scanner: { ...as(0), ...SEALED, capabilities: able } }
  }
  // a running target keeps its user and, but for one, the runtime's default capabilities; the scanner has all of them. So the
  // scanner may look into the target and not the other way round. MKNOD makes device nodes, which no container may open
  return {
    pod,
    target: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['MKNOD'] },
      ...(inputs.runAsUser === 0 ? as(0) : {}),
    },
    scanner: {
      ...as(0),
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { add: ['MKNOD'] },
    },
  }
}

/**
 * Whether the target's own program runs with the scanner's user and no fewer capabilities: it could then read what the
 * scanner has, and change its results.
 */
export function targetReachesScanner(inputs: SecurityInputs): boolean {
  if (inputs.targetMode !== 'run' || inputs.podSecurity === 'privileged') return false
  return inputs.podSecurity === 'restricted' || (inputs.runAsUser ?? 0) !== 0
}
