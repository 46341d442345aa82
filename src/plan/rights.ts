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
 * read.
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

export const DEFAULT_SERVICE_ACCOUNT = 'sidecar-scan'

/** A ServiceAccount that may scan in one namespace and nothing else, and a NetworkPolicy that cuts its pods off. */
export function rbacObjects(namespace: string, serviceAccount: string): object[] {
  const metadata = { name: serviceAccount, namespace, labels: { ...OUR_LABELS } }
  const rules = RIGHTS.map(({ resource, verbs }) => ({ apiGroups: [''], resources: [resource], verbs: [...verbs] }))
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata, rules },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: serviceAccount },
      subjects: [{ kind: 'ServiceAccount', name: serviceAccount, namespace }],
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata,
      // no rules: nothing in, nothing out
      spec: { podSelector: { matchLabels: { ...OUR_LABELS } }, policyTypes: ['Ingress', 'Egress'] },
    },
  ]
}
