import { setTimeout as sleep } from 'node:timers/promises'
import {
  AuthorizationV1Api,
  type ConfigurationOptions,
  type CoreV1Api,
  type KubeConfig,
  type V1Namespace,
} from '@kubernetes/client-node'
import { EXIT } from '../../errors.ts'
import type { PodSecurity } from '../../inputs/inputs.ts'
import { RIGHTS, type Right } from '../../plan/rights.ts'
import type { Finding, PreflightRequest } from '../engine.ts'
import type { Call } from './cleanup.ts'
import { httpStatus } from './errors.ts'

interface Cluster {
  readonly config: KubeConfig
  readonly api: CoreV1Api
  readonly call: Call
  readonly namespace: string
  /** The 31 of 1.31. */
  readonly minor: number
}

/** Kubernetes 1.n from which namespaces enforce Pod Security by label. */
const POD_SECURITY_SINCE = 23
const ACCOUNT_LIMIT = 15_000
const ROLE_HINT = 'grant what is missing: `sidecar-scan render --rbac` prints the minimal Role'

/** What a scan will need, asked before anything is created: the namespace, its Pod Security level, each right. */
export async function checkCluster(
  cluster: Cluster,
  request: PreflightRequest,
  signal: AbortSignal,
): Promise<Finding[]> {
  const namespace = await findNamespace(cluster, request, signal)
  if (namespace.finding?.state === 'missing') return [namespace.finding]
  const level = podSecurityFinding(namespace.found, request.podSecurity, cluster.minor)
  const wanted = RIGHTS.filter(({ only }) => only !== 'secrets' || request.secrets)
  const rights = await Promise.all(wanted.map((right) => checkRight(cluster, right, signal)))
  return [...(namespace.finding ? [namespace.finding] : []), ...(level ? [level] : []), ...rights]
}

/** The namespace, created when it is missing and that is wished; unknown where it may not be read. */
async function findNamespace(
  { api, call, namespace }: Cluster,
  request: PreflightRequest,
  signal: AbortSignal,
): Promise<{ found?: V1Namespace; finding?: Finding }> {
  const subject = `namespace ${namespace}`
  const read = (options: ConfigurationOptions) =>
    api.readNamespace({ name: namespace }, options).catch((error: unknown) => {
      const status = httpStatus(error)
      if (status === 403 || status === 404) return status
      throw error
    })
  const found = await call(`reading ${subject}`, signal, read)
  // without the right to see namespaces, the first object will tell
  if (found === 403) return {}
  if (found !== 404 && found.status?.phase === 'Terminating') {
    return {
      finding: {
        subject,
        state: 'missing',
        said: 'is being deleted',
        hint: 'scan in another `namespace`, or wait until it is gone and create it anew',
        exitCode: EXIT.usage,
      },
    }
  }
  if (found !== 404) return { found, finding: { subject, state: 'ready', said: 'is there' } }
  if (!request.createNamespace) {
    return {
      finding: {
        subject,
        state: 'missing',
        said: 'does not exist',
        hint: 'check `namespace` and `context`, or set `create-namespace: true`',
        exitCode: EXIT.usage,
      },
    }
  }
  if (request.dryRun) return { finding: { subject, state: 'ready', said: 'does not exist and would be created' } }
  await call(`creating ${subject} (create-namespace)`, signal, (options) =>
    api.createNamespace({ body: { metadata: { name: namespace } } }, options),
  )
  await defaultAccount(api, namespace, signal)
  return { finding: { subject, state: 'ready', said: 'was created' } }
}

/** Pods are refused until the controllers have made the namespace's default service account. */
async function defaultAccount(api: CoreV1Api, namespace: string, signal: AbortSignal): Promise<void> {
  const limit = performance.now() + ACCOUNT_LIMIT
  while (performance.now() < limit) {
    const account = await api.readNamespacedServiceAccount({ namespace, name: 'default' }).catch(() => undefined)
    if (account) return
    await sleep(100, undefined, { signal })
  }
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
  if (LEVELS.indexOf(level) >= LEVELS.indexOf(enforced)) {
    return { subject, state: 'ready', said: `enforces ${enforced}, which \`pod-security: ${level}\` fits` }
  }
  return {
    subject,
    state: 'missing',
    said: `enforces ${enforced}, which \`pod-security: ${level}\` does not fit`,
    hint: `set \`pod-security: ${enforced}\`, or scan in another \`namespace\``,
    exitCode: EXIT.usage,
  }
}

async function checkRight({ config, call, namespace }: Cluster, right: Right, signal: AbortSignal): Promise<Finding> {
  const { resource, verbs, without } = right
  const subject = `${verbs.join(', ')} ${resource}`
  const authorization = config.makeApiClient(AuthorizationV1Api)
  const allowed = await Promise.all(
    verbs.map(async (verb) => {
      const [name, subresource] = resource.split('/')
      const resourceAttributes = { namespace, verb, resource: name!, ...(subresource ? { subresource } : {}) }
      const body = { spec: { resourceAttributes } }
      const review = await call('asking for the rights of this user', signal, (options) =>
        authorization.createSelfSubjectAccessReview({ body }, options),
      ).catch(() => undefined)
      return { verb, allowed: review?.status?.allowed }
    }),
  )
  // an API server that does not answer such questions will answer the requests themselves
  if (allowed.every((one) => one.allowed === undefined)) return { subject, state: 'unknown', said: 'cannot be asked' }
  const denied = allowed.filter((one) => one.allowed === false).map(({ verb }) => verb)
  if (denied.length === 0) return { subject, state: 'ready', said: 'is allowed' }
  const said = `may not ${denied.join(', ')} ${resource} in namespace ${namespace}`
  if (without !== undefined) return { subject, state: 'unknown', said: `${said}: ${without}` }
  return { subject, state: 'missing', said, hint: ROLE_HINT, exitCode: EXIT.engine }
}
