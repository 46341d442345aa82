import {
  AuthorizationV1Api,
  type ConfigurationOptions,
  type CoreV1Api,
  type KubeConfig,
  type V1Namespace,
  type V1ResourceAttributes,
} from '@kubernetes/client-node'
import { EXIT } from '../../errors.ts'
import type { PodSecurity } from '../../inputs/inputs.ts'
import { doorRights, type Right } from '../../plan/rights.ts'
import type { Finding, Preflight, PreflightRequest } from '../engine.ts'
import { httpStatus } from './errors.ts'
import { grantHint } from './grant.ts'
import type { Call } from './requests.ts'

interface Cluster {
  readonly config: KubeConfig
  readonly api: CoreV1Api
  readonly call: Call
  readonly namespace: string
  /** The namespace that the context of the kubeconfig names. */
  readonly contextNamespace: string | undefined
  /** The 31 of 1.31. */
  readonly minor: number
}

/** Kubernetes 1.n from which namespaces enforce Pod Security by label. */
const POD_SECURITY_SINCE = 23

/** What a scan will need, asked before anything is created: the namespace, its Pod Security level, each right. */
export async function checkCluster(
  cluster: Cluster,
  request: PreflightRequest,
  signal: AbortSignal,
): Promise<Preflight> {
  const namespace = await findNamespace(cluster, request, signal)
  if (namespace.finding.state === 'missing') return { findings: [namespace.finding], createNamespace: false }
  const creates = request.door === 'image'
  const level = creates ? podSecurityFinding(namespace.found, request.podSecurity, cluster.minor) : undefined
  const wanted = doorRights(request.door).filter(({ only }) => only !== 'secrets' || request.secrets)
  const seen = namespace.state !== 'unseen'
  const rights = await Promise.all(wanted.map((right) => checkRight(cluster, right, { seen, request }, signal)))
  // a namespace that cannot be seen may be there: then the right to create it is not needed
  const creating = request.createNamespace && namespace.state !== 'there'
  const creation = creating ? await checkCreation(cluster, namespace.state === 'absent', signal) : undefined
  return {
    findings: [namespace.finding, ...(level ? [level] : []), ...(creation ? [creation] : []), ...rights],
    createNamespace: creation?.state === 'ready',
  }
}

interface FoundNamespace {
  readonly state: 'there' | 'absent' | 'unseen'
  readonly found?: V1Namespace
  readonly finding: Finding
}

async function findNamespace(
  { api, call, namespace, contextNamespace }: Cluster,
  request: PreflightRequest,
  signal: AbortSignal,
): Promise<FoundNamespace> {
  const about = { kind: 'namespace', subject: `namespace ${namespace}` } as const
  const read = (options: ConfigurationOptions) =>
    api.readNamespace({ name: namespace }, options).catch((error: unknown) => {
      const status = httpStatus(error)
      if (status === 403 || status === 404) return status
      throw error
    })
  const found = await call(`reading ${about.subject}`, signal, read)
  if (found === 403) {
    const said =
      'cannot be read by this user: whether it exists, and which Pod Security level it enforces, is not checked'
    return { state: 'unseen', finding: { ...about, state: 'unknown', said } }
  }
  if (found !== 404 && found.status?.phase !== 'Terminating')
    return { state: 'there', found, finding: { ...about, state: 'ready', said: 'exists' } }
  if (found !== 404) {
    const hint = 'scan in another `namespace`, or wait until it is gone and create it again'
    return {
      state: 'there',
      finding: { ...about, state: 'missing', said: 'is being deleted', hint, exitCode: EXIT.usage },
    }
  }
  if (request.createNamespace) {
    return { state: 'absent', finding: { ...about, state: 'ready', said: 'does not exist and will be created' } }
  }
  const hint = `check ${spelling(namespace, contextNamespace)}, or set \`create-namespace: true\``
  return {
    state: 'absent',
    finding: { ...about, state: 'missing', said: 'does not exist', hint, exitCode: EXIT.usage },
  }
}

/** What a user may have got wrong about a namespace. */
function spelling(namespace: string, ofContext: string | undefined): string {
  const own = ofContext === undefined ? 'the context names none' : `the context’s own is \`${ofContext}\``
  return namespace === ofContext
    ? '`context`, whose namespace this is'
    : `the spelling of \`namespace\` (${own}) and \`context\``
}

/** The right to create the namespace: needed where it is `absent`, of use where that cannot be seen. */
async function checkCreation(cluster: Cluster, absent: boolean, signal: AbortSignal): Promise<Finding> {
  const about = { kind: 'right', subject: 'create namespaces' } as const
  const allowed = await isAllowed(cluster, { verb: 'create', resource: 'namespaces' }, signal)
  if (allowed !== false) return { ...about, state: 'ready', said: allowed ? 'is allowed' : 'cannot be asked' }
  const said = 'cannot create namespaces'
  if (!absent) return { ...about, state: 'unknown', said: `${said}: the namespace must exist already` }
  const hint =
    'let an administrator create the namespace (`sidecar-scan render --rbac` prints it), and leave out `create-namespace`'
  return { ...about, state: 'missing', said, hint, exitCode: EXIT.engine }
}

const LEVELS: readonly PodSecurity[] = ['privileged', 'baseline', 'restricted']

/**
 * Whether a pod of this level fits what the namespace enforces (Pod Security admission, label `enforce`); undefined where
 * nothing is enforced or it cannot be known.
 * @internal tested with recorded namespaces
 */
export function podSecurityFinding(
  namespace: V1Namespace | undefined,
  level: PodSecurity,
  minor: number,
): Finding | undefined {
  const enforced = namespace?.metadata?.labels?.['pod-security.kubernetes.io/enforce'] as PodSecurity | undefined
  if (minor < POD_SECURITY_SINCE || enforced === undefined || !LEVELS.includes(enforced)) return undefined
  const subject = `Pod Security of namespace ${namespace!.metadata!.name}`
  const kind = 'pod-security' as const
  if (LEVELS.indexOf(level) >= LEVELS.indexOf(enforced)) {
    return { kind, subject, state: 'ready', said: `enforces ${enforced}, which \`pod-security: ${level}\` fits` }
  }
  return {
    kind,
    subject,
    state: 'missing',
    said: `enforces ${enforced}, which \`pod-security: ${level}\` does not fit`,
    hint: `set \`pod-security: ${enforced}\`, or scan in another \`namespace\``,
    exitCode: EXIT.usage,
  }
}

/** Whether this user may do something; undefined where the API server does not answer such questions. */
async function isAllowed(
  { config, call }: Cluster,
  resourceAttributes: V1ResourceAttributes,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  const body = { spec: { resourceAttributes } }
  const review = await call('asking for the rights of this user', signal, (options) =>
    config.makeApiClient(AuthorizationV1Api).createSelfSubjectAccessReview({ body }, options),
  ).catch(() => undefined)
  return review?.status?.allowed
}

async function checkRight(
  cluster: Cluster,
  { resource, verbs, without }: Right,
  { seen, request }: { readonly seen: boolean; readonly request: PreflightRequest },
  signal: AbortSignal,
): Promise<Finding> {
  const { namespace, contextNamespace } = cluster
  const about = { kind: 'right', subject: `${verbs.join(', ')} ${resource}` } as const
  const [name, subresource] = resource.split('/')
  const pods = request.door === 'pod' ? request.pods : []
  const allowed = await Promise.all(
    verbs.map(async (verb) => {
      const attributes = { namespace, verb, resource: name!, ...(subresource ? { subresource } : {}) }
      // a Role may name its pods
      const named = pods.length === 0 ? [attributes] : pods.map((pod) => ({ ...attributes, name: pod }))
      const answers = await Promise.all(named.map((one) => isAllowed(cluster, one, signal)))
      return { verb, allowed: answers.every((one) => one === true) ? true : answers.find((one) => one !== true) }
    }),
  )
  // an API server that does not answer such questions will answer the requests themselves
  if (allowed.every((one) => one.allowed === undefined)) return { ...about, state: 'unknown', said: 'cannot be asked' }
  const denied = allowed.filter((one) => one.allowed === false).map(({ verb }) => verb)
  if (denied.length === 0) return { ...about, state: 'ready', said: 'is allowed' }
  const said = `cannot ${denied.join(', ')} ${resource} in namespace ${namespace}`
  if (without !== undefined) return { ...about, state: 'unknown', said: `${said}: ${without}` }
  // a namespace that is not there, or is somebody else's, looks the same: nobody has rights of a Role in it
  const grant = grantHint(request, namespace)
  const hint = seen ? grant : `check ${spelling(namespace, contextNamespace)}; if they are right, ${grant}`
  return { ...about, state: 'missing', said, hint, exitCode: EXIT.engine }
}
