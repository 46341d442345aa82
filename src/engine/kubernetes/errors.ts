import { EXIT, ScanError } from '../../errors.ts'

/** What a failed call to the API server looks like, whichever layer it failed in. */
interface ApiFailure {
  readonly code?: number | string
  readonly body?: unknown
  readonly cause?: { readonly code?: string; readonly message?: string }
  readonly message?: string
}

/** HTTP status of a failed call; undefined when no answer came. A DOMException, as of a time limit, has a code of its own kind. */
export function httpStatus(error: unknown): number | undefined {
  const code = (error as ApiFailure).code
  return typeof code === 'number' && code >= 100 ? code : undefined
}

/** Whether the same call may succeed a moment later: no answer, too many requests, or the server's own trouble. */
export function isPassing(error: unknown): boolean {
  if (error instanceof ScanError) return false
  const status = httpStatus(error)
  if (status !== undefined) return status === 429 || (status >= 500 && !/admission|webhook/.test(serverMessage(error)))
  return CONNECTION.find(({ codes }) => codes.test(connectionCode(error)))?.retry ?? false
}

/** The sentence the API server sent; never its headers or the whole body, which may hold what must not be logged. */
function serverMessage(error: unknown): string {
  const { body } = error as ApiFailure
  let parsed: unknown = body
  if (typeof body === 'string') {
    try {
      parsed = JSON.parse(body)
    } catch {
      return body.slice(0, 300)
    }
  }
  const message = (parsed as { message?: unknown } | undefined)?.message
  return typeof message === 'string' ? message : ''
}

function connectionCode(error: unknown): string {
  const { code, cause, message } = error as ApiFailure
  const inner = cause?.code ?? (typeof code === 'string' ? code : '')
  return `${inner} ${cause?.message ?? ''} ${message ?? ''}`
}

const CONNECTION = [
  {
    codes: /ECONNREFUSED/,
    retry: true,
    say: 'connection refused',
    hint: 'is the cluster up, and is the address in `kubeconfig` (and `context`) the one this machine reaches?',
  },
  {
    codes: /ENOTFOUND|EAI_AGAIN/,
    retry: true,
    say: 'the name of the API server does not resolve',
    hint: 'check the server address in `kubeconfig`, and this machine’s DNS or VPN',
  },
  {
    codes: /CERT|certificate|SELF_SIGNED|UNABLE_TO_|ERR_TLS|SSL/i,
    retry: false,
    say: 'the certificate of the API server is not trusted',
    hint: '`certificate-authority-data` in `kubeconfig` must hold the CA that signed the API server’s certificate',
  },
  {
    codes:
      /ECONNRESET|EPIPE|ETIMEDOUT|TIMEOUT|TimeoutError|socket|other side closed|EHOSTUNREACH|ENETUNREACH|fetch failed/i,
    retry: true,
    say: 'the API server does not answer',
    hint: 'check the network between this machine and the cluster (VPN, firewall, proxy), and the server address in `kubeconfig`',
  },
] as const

/** Which input sets the resources of which container. */
const RESOURCES =
  '`scanner-resources` sets the scanner’s requests and limits, `pod-patch` the target’s (`{"spec":{"containers":[{"name":"target","resources":{…}}]}}`)'

const REFUSALS: readonly { when: RegExp; hint: string }[] = [
  {
    when: /violates PodSecurity|PodSecurityPolicy|pod security/i,
    hint: 'the namespace enforces a stricter Pod Security level: set `pod-security: restricted`, or scan in another `namespace`',
  },
  {
    when: /exceeded quota|failed quota|must specify/i,
    hint: `raise the ResourceQuota of the namespace, or fit it: ${RESOURCES}`,
  },
  {
    when: /(maximum|minimum) [\w./-]+ usage per |limit to request ratio per/i,
    hint: `raise the LimitRange of the namespace, or fit it: ${RESOURCES}`,
  },
  {
    when: /admission webhook|ValidatingAdmissionPolicy|denied (the )?request|failed calling webhook/i,
    hint: 'an admission policy of the cluster says no: follow its message with `pod-patch`, or ask for an exception for pods labelled app.kubernetes.io/name=sidecar-scan',
  },
  {
    when: /error looking up service account|serviceaccount "[^"]*" not found/i,
    hint: 'check `service-account`; every namespace has `default`, some seconds after its creation',
  },
  {
    when: /namespace \S+ because it is being terminated/,
    hint: 'the namespace is being deleted: scan in another `namespace`, or wait until it is gone and create it again',
  },
  {
    when: /security context constraint/i,
    hint: 'give `service-account` the SecurityContextConstraint it needs, or set `pod-security: restricted` and `run-as-user` within the namespace’s range',
  },
]

/** "reading x" → "reading x failed"; what a sentence says better is said so. */
function failed(doing: string): string {
  return doing.startsWith('reaching ') ? doing.replace('reaching', 'cannot reach') : `${doing} failed`
}

/**
 * One sentence for a failed call: what was tried (`doing`, as in "creating the Pod x"), why it failed, what helps.
 * `grant` is what helps where a right is missing. Anything that is already a ScanError passes through.
 */
export function explainApiError(error: unknown, doing: string, grant: string): ScanError {
  if (error instanceof ScanError) return error
  const status = httpStatus(error)
  const said = serverMessage(error)
  const fail = (why: string, hint: string) =>
    new ScanError(`${failed(doing)}: ${why}`, { exitCode: EXIT.engine, hint, cause: error })
  const refusal = REFUSALS.find(({ when }) => when.test(said))
  if (refusal) return fail(said, refusal.hint)
  switch (status) {
    case undefined:
      break
    case 401:
      return fail(
        'the cluster does not accept the credentials',
        'the token or certificate in `kubeconfig` is wrong or has expired: renew it',
      )
    case 403:
      return fail(said || 'forbidden', grant)
    case 404:
      if (/namespaces? .*not found/.test(said)) return fail(said, 'check `namespace`, or set `create-namespace: true`')
      return fail(said || 'not found', 'somebody else may have deleted it; run the scan again')
    case 429:
      return fail('the API server is overloaded (429)', 'run it again later, or lower `parallel`')
    default:
      return fail(
        said || `the API server answered ${status}`,
        status >= 500 ? 'the trouble is the cluster’s own: look at the API server' : 'see the message',
      )
  }
  const connection = CONNECTION.find(({ codes }) => codes.test(connectionCode(error)))
  if (connection) return fail(connection.say, connection.hint)
  return fail(error instanceof Error ? error.message.slice(0, 300) : String(error), 'see the message')
}
