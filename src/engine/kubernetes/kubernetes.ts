import { CoreV1Api, type KubeConfig, VersionApi } from '@kubernetes/client-node'
import type { Engine } from '../engine.ts'
import { listOurs, removeObjects } from './cleanup.ts'
import { withoutKubeletMessages } from './container-log.ts'
import { createPlan } from './create.ts'
import { execInPod } from './exec.ts'
import { type Chosen, grantHint } from './grant.ts'
import { createNamespace } from './namespace.ts'
import { checkCluster } from './preflight.ts'
import { REQUEST_TIMEOUT_MS, retrying, undefinedIf404 } from './requests.ts'

/** Pauses between attempts of a request that failed in passing: an API server restarts in about 15 seconds. */
const RETRY_PAUSES_MS = [200, 500, 1000, 2000, 4000, 4000, 4000]
/** The same for the very first request: a server that is not there is reported soon. */
const FIRST_PAUSES_MS = RETRY_PAUSES_MS.slice(0, 4)
/** The minor version of Kubernetes 1 whose API first had image volumes (alpha; on by default later). */
const FIRST_IMAGE_VOLUMES = 31

/** The Kubernetes engine: the one place that talks to an API server. */
export async function connectKubernetes(config: KubeConfig, options: Chosen & { namespace: string }): Promise<Engine> {
  const contextNamespace = config.getContextObject(config.getCurrentContext())?.namespace || undefined
  const namespace = options.namespace || contextNamespace || 'default'
  const api = config.makeApiClient(CoreV1Api)
  const grant = grantHint(options, namespace)
  const call = retrying(RETRY_PAUSES_MS, grant)
  const server = config.getCurrentCluster()?.server ?? ''

  const reach = retrying(FIRST_PAUSES_MS, grant)
  const answer = await reach(`reaching the API server at ${server}`, AbortSignal.timeout(REQUEST_TIMEOUT_MS), (o) =>
    config.makeApiClient(VersionApi).getCodeWithHttpInfo({}, o),
  )
  const version = answer.data
  const serverTime = Date.parse(answer.headers['date'] ?? '')
  return {
    name: 'kubernetes',
    where: `Kubernetes ${version.gitVersion} at ${server}, namespace ${namespace}`,
    namespace,
    clockAhead: Number.isNaN(serverTime) ? 0 : serverTime - Date.now(),
    tellsImages: false,
    imageVolumeBlocker:
      minorOf(version.gitVersion) < FIRST_IMAGE_VOLUMES
        ? `Kubernetes ${version.gitVersion} has no image volumes`
        : undefined,
    imageDigests: async () => [],
    preflight: (request, signal) =>
      checkCluster(
        { config, api, call, namespace, contextNamespace, minor: minorOf(version.gitVersion) },
        request,
        signal,
      ),
    createNamespace: (signal) => createNamespace(api, call, namespace, signal),
    create: (plan, signal) => createPlan(api, call, namespace, plan, signal),
    readPod: ({ pod: name }, signal) =>
      call(`reading Pod ${name}`, signal, (o) => undefinedIf404(api.readNamespacedPod({ namespace, name }, o))),
    listPods: async (labelSelector, signal) =>
      (await call('listing pods', signal, (o) => api.listNamespacedPod({ namespace, labelSelector }, o))).items,
    warnings: async ({ pod }, signal) => {
      const fieldSelector = `involvedObject.name=${pod},type=Warning`
      const events = await call('listing events', signal, (o) =>
        api.listNamespacedEvent({ namespace, fieldSelector }, o),
      ).catch(() => undefined)
      return (events?.items ?? []).map(({ reason, message }) => `${reason}: ${message}`)
    },
    exec: (of, request, signal) => execInPod({ config, namespace, grant }, of, request, signal),
    log: async ({ pod: name, container }, signal) => {
      const query = { namespace, name, container, tailLines: 200, limitBytes: 64 * 1024 }
      const text = await call('reading the log', signal, (o) => api.readNamespacedPodLog(query, o)).catch(() => '')
      return withoutKubeletMessages(text || '')
    },
    list: (runId, signal) => listOurs(api, call, namespace, runId, signal),
    remove: (objects, signal) => removeObjects(api, call, namespace, objects, signal),
  }
}

/** The 31 of v1.31.2-eks-1a2b3c; a version that cannot be read is taken for a new one, and tried. */
function minorOf(gitVersion: string): number {
  return Number(/^v?1\.(\d+)/.exec(gitVersion)?.[1] ?? Number.POSITIVE_INFINITY)
}
