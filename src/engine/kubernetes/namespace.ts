import { setTimeout as sleep } from 'node:timers/promises'
import type { CoreV1Api } from '@kubernetes/client-node'
import { httpStatus } from './errors.ts'
import type { Call } from './requests.ts'

const ACCOUNT_LIMIT_MS = 15_000
const POLL_MS = 100

/** Creates a namespace and waits until it takes pods; one that is there already is no error. */
export async function createNamespace(
  api: CoreV1Api,
  call: Call,
  namespace: string,
  signal: AbortSignal,
): Promise<void> {
  await call(`creating namespace ${namespace} (create-namespace)`, signal, (options) =>
    api.createNamespace({ body: { metadata: { name: namespace } } }, options).catch((error: unknown) => {
      if (httpStatus(error) !== 409) throw error
    }),
  )
  const limit = performance.now() + ACCOUNT_LIMIT_MS
  while (performance.now() < limit && (await lacksAccount(api, namespace))) {
    await sleep(POLL_MS, undefined, { signal })
  }
}

/**
 * Whether pods are still refused because the controllers have not made the namespace's default service account. Asked by a
 * pod that is not created (`dryRun`), because a scan has the right to create pods and none to read service accounts.
 */
async function lacksAccount(api: CoreV1Api, namespace: string): Promise<boolean> {
  const metadata = { name: 'sidecar-scan-probe' }
  const spec = { containers: [{ name: 'probe', image: 'probe' }] }
  try {
    await api.createNamespacedPod({ namespace, dryRun: 'All', body: { metadata, spec } })
    return false
  } catch (error) {
    // any other refusal is for the scan pod itself to meet and to explain
    const body = String((error as { body?: unknown }).body)
    return /error looking up service account|serviceaccount \\?"default\\?" not found/.test(body)
  }
}
