import type { V1PodSecurityContext, V1PodSpec, V1SecurityContext } from '@kubernetes/client-node'
import { brief, contains, type Difference, unplannedKeys } from './mutation.ts'

/** Fields of the pod's context that hold for a container without its own. */
const INHERITED = ['runAsUser', 'runAsGroup', 'runAsNonRoot', 'seccompProfile', 'appArmorProfile'] as const

/** Fields that a policy may add: users where none was planned, and what only takes rights away. */
const HARMLESS: Readonly<Record<string, (value: unknown) => boolean>> = {
  runAsUser: () => true,
  runAsGroup: () => true,
  runAsNonRoot: () => true,
  seLinuxOptions: () => true,
  readOnlyRootFilesystem: () => true,
  seccompProfile: (value) => (value as { type?: string }).type !== 'Unconfined',
  appArmorProfile: (value) => (value as { type?: string }).type !== 'Unconfined',
  procMount: (value) => value === 'Default',
}

/** Rights of the planned containers that are not as planned, whether set for them or for the whole pod. */
export function securityDifferences(plan: V1PodSpec, created: V1PodSpec): Difference[] {
  return plan.containers.flatMap((container): Difference[] => {
    const found = created.containers.find(({ name }) => name === container.name)
    if (!found) return []
    const wanted = effective(plan.securityContext, container.securityContext)
    const has = effective(created.securityContext, found.securityContext)
    const path = (field: string) => `containers[${container.name}].securityContext.${field}`
    const changed = Object.entries(wanted)
      .filter(
        ([field, value]) =>
          !contains(normal(field, value), normal(field, has[field])) || (value === false && has[field] !== false),
      )
      .map(([field, value]) => ({ path: path(field), said: `is ${brief(has[field])} instead of ${brief(value)}` }))
    const added = unplannedKeys(wanted, has)
      .filter((field) => !HARMLESS[field]?.(has[field]))
      .map((field) => ({ path: path(field), said: `is ${brief(has[field])}` }))
    return [...changed, ...added]
  })
}

function effective(pod: V1PodSecurityContext = {}, own: V1SecurityContext = {}): Record<string, unknown> {
  const inherited = INHERITED.flatMap((field): [string, unknown][] =>
    pod[field] === undefined ? [] : [[field, pod[field]]],
  )
  const set = Object.entries(own).filter(([, value]) => value !== undefined && value !== null)
  return { ...Object.fromEntries(inherited), ...Object.fromEntries(set) }
}

/** Capabilities as sorted lists of exactly those names. */
function normal(field: string, value: unknown): unknown {
  if (field !== 'capabilities') return value
  const { add = [], drop = [] } = (value ?? {}) as { add?: string[]; drop?: string[] }
  const names = (list: string[]) => JSON.stringify(list.map((name) => name.replace(/^CAP_/, '')).sort())
  return { add: names(add), drop: names(drop) }
}
