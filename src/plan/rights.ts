import type { PodSecurity } from '../inputs/inputs.ts'
import { OUR_LABELS } from './names.ts'

/** One thing a scan does in its namespace, and the verbs of the API server it takes. */
export interface Right {
  readonly resource: 'pods' | 'pods/exec' | 'pods/log' | 'configmaps' | 'secrets' | 'events'
  readonly verbs: readonly string[]
  readonly why: string
  /** Only scans with an inputs file or waivers create a Secret. */
  readonly only?: 'secrets'
  /** The scan works without; what it loses. */
  readonly without?: string
}

/**
 * Every right a scan uses, in its namespace and nowhere else: what preflight asks for and the Role grants. No Secret is ever
 * read by a scan; but whoever may create pods can mount the Secrets of the namespace.
 * @internal tested by taking each of them away
 */
export const RIGHTS: readonly Right[] = [
  { resource: 'configmaps', verbs: ['create', 'delete', 'get', 'list'], why: 'carry the profile into the pod' },
  { resource: 'pods', verbs: ['create', 'delete', 'get', 'list'], why: 'run the scan and see how it goes' },
  {
    resource: 'pods/exec',
    // a WebSocket is opened by GET; newer API servers ask for `create` all the same
    verbs: ['create', 'get'],
    why: 'follow the progress and fetch the results',
  },
  {
    resource: 'pods/log',
    verbs: ['get'],
    why: 'show the scanner’s log when it fails',
    without: 'a scanner that fails is not explained by its log',
  },
  {
    resource: 'secrets',
    verbs: ['create', 'delete'],
    why: 'carry inputs and waivers into the pod',
    only: 'secrets',
  },
  {
    resource: 'events',
    verbs: ['list'],
    why: 'say why an image cannot be pulled or mounted',
    without: 'an image that cannot be pulled is explained less well, and `target-access: auto` finds out later',
  },
]

/**
 * What is to be done: scan images in pods of the scan's own; fetch what named pods carry, or those of a selector.
 */
export type Door = 'image' | 'pod' | 'pod-selector'

/** Every right that pods take which run already: nothing is created and nothing deleted. */
function podRights(verbs: readonly string[]): readonly Right[] {
  return [
    { resource: 'pods', verbs, why: 'find the pods and see how they are' },
    {
      resource: 'pods/exec',
      verbs: ['create', 'get'],
      why: 'fetch the results, or run the scan in the scanner container',
    },
    {
      resource: 'pods/log',
      verbs: ['get'],
      why: 'show the scanner’s log when there are no results',
      without: 'a scanner that left no results is not explained by its log',
    },
  ]
}

/** The rights of a door. */
export function doorRights(door: Door): readonly Right[] {
  if (door === 'image') return RIGHTS
  return podRights(door === 'pod' ? ['get'] : ['get', 'list'])
}

/** What is granted to whoever fetches the results of pods that run already: of these, or of all in the namespace. */
export function podRbacObjects(
  namespace: string,
  serviceAccount: string,
  door: Door,
  pods: readonly string[],
): object[] {
  const metadata = { name: serviceAccount, namespace, labels: { ...OUR_LABELS } }
  const names = pods.length === 0 ? {} : { resourceNames: [...pods] }
  const rules = doorRights(door).map(({ resource, verbs }) => ({
    apiGroups: [''],
    resources: [resource],
    ...names,
    verbs: [...verbs],
  }))
  return accountObjects(metadata, rules)
}

export const DEFAULT_SERVICE_ACCOUNT = 'sidecar-scan'

/** Namespaces that are not made for scanning: what fits the scanner would hit everything else that runs there. */
const SHARED = /^(default|kube-.*|openshift.*)$/

/**
 * What an administrator applies once: the scanner's own namespace, which admits no pod above the level, a limit on what can
 * be created in it, a ServiceAccount that may scan there and nothing else, and a NetworkPolicy that cuts its pods off. For a
 * namespace that others use, without the first two.
 */
export function rbacObjects(namespace: string, serviceAccount: string, level: PodSecurity): object[] {
  const labels = { ...OUR_LABELS }
  const metadata = { name: serviceAccount, namespace, labels }
  const rules = RIGHTS.map(({ resource, verbs }) => ({ apiGroups: [''], resources: [resource], verbs: [...verbs] }))
  const own = [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace, labels: { ...labels, 'pod-security.kubernetes.io/enforce': level } },
    },
    {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata,
      // 32 scans in parallel, each with up to 24 parts of a profile
      spec: { hard: { pods: '40', configmaps: '1000', secrets: '100', persistentvolumeclaims: '0' } },
    },
  ]
  return [
    ...(SHARED.test(namespace) ? [] : own),
    ...accountObjects(metadata, rules),
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata,
      // no rules: nothing in, nothing out
      spec: { podSelector: { matchLabels: { ...OUR_LABELS } }, policyTypes: ['Ingress', 'Egress'] },
    },
  ]
}

interface Metadata {
  readonly name: string
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
}

/** A ServiceAccount, a Role with these rules, and what binds the two. */
function accountObjects(metadata: Metadata, rules: readonly object[]): object[] {
  const { name, namespace } = metadata
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata, rules },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  ]
}
