import type { PodSecurity } from '../inputs/inputs.ts'
import { type Door, podRbacObjects, rbacObjects } from '../plan/rights.ts'
import { comments, yamlStream } from './objects.ts'

/** Why each object is there, and what it does not do. */
const WHY: Readonly<Record<string, string>> = {
  Namespace: `The scanner's own namespace. Pod Security admission refuses pods above this level here. Without it, whoever holds the
token of the ServiceAccount can create a privileged pod that mounts the node's file system.`,
  ResourceQuota: `Bounds what that token can create. It counts objects only: a limit on CPU or memory would refuse pods whose
containers name none.`,
  ServiceAccount: 'For CI. Pods do not run as it, and its token is not mounted.',
  Role: `Every right a scan uses. It does not grant reading Secrets; but whoever may create pods in a namespace can mount
each of its Secrets into one and read it, and run as each of its service accounts. So keep nothing else in this namespace.`,
  RoleBinding: '',
  NetworkPolicy: 'Scan pods need no network. It holds where the network plugin of the cluster enforces it.',
}

const SHARED_NAMESPACE = `This namespace is used by others, so neither a Namespace with a Pod Security level nor a ResourceQuota is printed.
Whoever may create pods here can read all Secrets of the namespace, and without Pod Security create privileged pods.
Give the scanner a namespace of its own: --namespace scan
`

/** What an administrator applies once, as YAML with the reasons as comments. */
export function renderRbac(namespace: string, serviceAccount: string, level: PodSecurity): string {
  const objects = rbacObjects(namespace, serviceAccount, level)
  const shared = !objects.some((object) => (object as { kind: string }).kind === 'Namespace')
  return (
    (shared ? comments(SHARED_NAMESPACE.trimEnd()) : '') +
    yamlStream(objects, (object) => WHY[(object as { kind: string }).kind] ?? '')
  )
}

const POD_ROLE = `Every right that fetching results from pods that run already uses. It creates and deletes nothing. Whoever may run
commands in a container can do what the container can.`
const ALL_PODS = `
RBAC knows no labels: this Role is for every pod of the namespace. With --pod it is for the named pods only.`

/** What an administrator applies once for pods that run already, as YAML with the reasons as comments. */
export function renderPodRbac(namespace: string, serviceAccount: string, door: Door, pods: readonly string[]): string {
  const role = pods.length === 0 ? `${POD_ROLE}${ALL_PODS}` : POD_ROLE
  return yamlStream(podRbacObjects(namespace, serviceAccount, door, pods), (object) => {
    const { kind } = object as { kind: string }
    return kind === 'Role' ? role : (WHY[kind] ?? '')
  })
}
