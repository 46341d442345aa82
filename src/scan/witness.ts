import type { V1Pod } from '@kubernetes/client-node'
import { ScanError } from '../errors.ts'
import { TARGET, WITNESS } from '../plan/names.ts'
import type { Plan } from '../plan/plan.ts'

/** What the scanner must know of the witness before it believes it; null where there is nothing to say. */
export interface WitnessWord {
  /** Why there is no witness, or none that can be believed. */
  readonly none: string | null
  /** Why the user of the witness is not the image's own. */
  readonly user: string | null
  /** Names of environment variables that the cluster added. */
  readonly injected: readonly string[]
}

/**
 * What the created pod says of its witness: an admission controller may have given it another user (as OpenShift does), more
 * variables, or another image than the one that is scanned.
 */
export function witnessWord(plan: Pick<Plan, 'userSetBy' | 'access'>, created: V1Pod, none?: string): WitnessWord {
  const { containers = [], volumes = [], securityContext } = created.spec ?? {}
  const witness = containers.find(({ name }) => name === WITNESS)
  if (!witness) return { none: none ?? null, user: null, injected: [] }
  const scanned =
    plan.access === 'volume'
      ? volumes.find(({ image }) => image)?.image?.reference
      : containers.find(({ name }) => name === TARGET)?.image
  const user = witness.securityContext?.runAsUser ?? securityContext?.runAsUser
  const setBy = plan.userSetBy ?? (user === undefined ? null : 'the cluster sets the user of every container')
  return {
    none: witness.image === scanned ? null : `the cluster replaced its image by ${witness.image}`,
    user: setBy,
    injected: (witness.env ?? []).map(({ name }) => name),
  }
}

/** The same plan without a witness, for a cluster that refuses one. */
export function withoutWitness(plan: Plan): Plan {
  const spec = plan.pod.spec!
  const containers = spec.containers.filter(({ name }) => name !== WITNESS)
  return { ...plan, pod: { ...plan.pod, spec: { ...spec, containers } } }
}

/** Whether the plan has a witness. */
export function isWitnessed({ pod }: Pick<Plan, 'pod'>): boolean {
  return pod.spec!.containers.some(({ name }) => name === WITNESS)
}

/** HTTP statuses by which an API server refuses an object for what it is. */
const REFUSED = [400, 403, 422, 500]

/** Whether the cluster refused an object, by a rule that one container less may keep. */
export function isRefusal(error: unknown): error is ScanError {
  return error instanceof ScanError && REFUSED.includes((error.cause as { code?: number } | undefined)?.code ?? 0)
}

/** Why the witness of a running scan says nothing; undefined while it runs, or may yet. */
export function witnessProblem(pod: V1Pod | undefined): string | undefined {
  const state = pod?.status?.containerStatuses?.find(({ name }) => name === WITNESS)?.state
  const end = state?.terminated
  if (end) return `it ended (${[end.reason, end.message?.trim()].filter(Boolean).join(': ')})`
  const { reason = '', message } = state?.waiting ?? {}
  if (reason === '' || reason === 'ContainerCreating' || reason === 'PodInitializing') return undefined
  return [reason, message?.trim()].filter(Boolean).join(': ')
}
