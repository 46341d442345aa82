import { setTimeout as sleep } from 'node:timers/promises'
import {
  type ConfigurationOptions,
  CoreV1Api,
  type KubeConfig,
  Observable,
  type ObservableMiddleware,
  type V1Pod,
  VersionApi,
} from '@kubernetes/client-node'
import { type ObjectRef, SCANNER } from '../../plan/names.ts'
import type { Plan } from '../../plan/plan.ts'
import type { Engine } from '../engine.ts'
import { type Call, listOurs, removeObjects, undefinedIf404 } from './cleanup.ts'
import { explainApiError, httpStatus, isPassing } from './errors.ts'
import { execInPod } from './exec.ts'
import { createNamespace } from './namespace.ts'
import { checkCluster } from './preflight.ts'

/** Milliseconds one request may take before it counts as unanswered. */
const REQUEST_TIMEOUT = 15_000
/** Pauses between tries of a request that failed in passing, in milliseconds: an API server restarts in a quarter of a minute. */
const RETRY_PAUSES = [200, 500, 1000, 2000, 4000, 4000, 4000]
/** The same for the very first request: a server that is not there is soon told. */
const FIRST_PAUSES = RETRY_PAUSES.slice(0, 4)
/** The minor version of Kubernetes 1 whose API first had image volumes (alpha; on by default later). */
const FIRST_IMAGE_VOLUMES = 31

/** The Kubernetes engine: the one place that talks to an API server. */
export async function connectKubernetes(config: KubeConfig, options: { namespace: string }): Promise<Engine> {
  const contextNamespace = config.getContextObject(config.getCurrentContext())?.namespace || undefined
  const namespace = options.namespace || contextNamespace || 'default'
  const api = config.makeApiClient(CoreV1Api)
  const call = caller(RETRY_PAUSES)
  const server = config.getCurrentCluster()?.server ?? ''

  const create = async (plan: Plan, signal: AbortSignal): Promise<V1Pod> => {
    const [first, ...rest] = plan.configMaps
    const owner = await call(`creating ConfigMap ${first!.metadata!.name} in namespace ${namespace}`, signal, (o) =>
      existing(api.createNamespacedConfigMap({ namespace, body: first! }, o), () =>
        api.readNamespacedConfigMap({ namespace, name: first!.metadata!.name! }, o),
      ),
    )
    // deleting the first ConfigMap takes the rest with it, should we die half-way
    const ownerReferences = [
      { apiVersion: 'v1', kind: 'ConfigMap', name: owner.metadata!.name!, uid: owner.metadata!.uid! },
    ]
    const owned = <T extends { metadata?: object }>(body: T): T => ({
      ...body,
      metadata: { ...body.metadata, ownerReferences },
    })
    for (const map of rest) {
      await call(`creating ConfigMap ${map.metadata!.name}`, signal, (o) =>
        existing(api.createNamespacedConfigMap({ namespace, body: owned(map) }, o)),
      )
    }
    for (const secret of plan.secrets) {
      await call(`creating Secret ${secret.metadata!.name}`, signal, (o) =>
        existing(api.createNamespacedSecret({ namespace, body: owned(secret) }, o)),
      )
    }
    return await call(`creating Pod ${plan.pod.metadata!.name}`, signal, (o) =>
      existing(api.createNamespacedPod({ namespace, body: owned(plan.pod) }, o), () =>
        api.readNamespacedPod({ namespace, name: plan.pod.metadata!.name! }, o),
      ),
    )
  }

  const remove = (objects: readonly ObjectRef[], signal: AbortSignal) =>
    removeObjects(api, call, namespace, objects, signal)

  const list = (runId: string | undefined, signal: AbortSignal) => listOurs(api, call, namespace, runId, signal)

  const reach = caller(FIRST_PAUSES)
  const answer = await reach(`reaching the API server at ${server}`, AbortSignal.timeout(REQUEST_TIMEOUT), (o) =>
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
    noImageVolumes:
      minorOf(version.gitVersion) < FIRST_IMAGE_VOLUMES
        ? `Kubernetes ${version.gitVersion} has no image volumes`
        : undefined,
    preflight: (request, signal) =>
      checkCluster(
        { config, api, call, namespace, contextNamespace, minor: minorOf(version.gitVersion) },
        request,
        signal,
      ),
    createNamespace: (signal) => createNamespace(api, call, namespace, signal),
    create,
    readPod: (plan, signal) =>
      call('reading the scan pod', signal, (o) =>
        undefinedIf404(api.readNamespacedPod({ namespace, name: plan.pod.metadata!.name! }, o)),
      ),
    warnings: async (plan, signal) => {
      const fieldSelector = `involvedObject.name=${plan.pod.metadata!.name},type=Warning`
      const events = await call('listing events', signal, (o) =>
        api.listNamespacedEvent({ namespace, fieldSelector }, o),
      ).catch(() => undefined)
      return (events?.items ?? []).map(({ reason, message }) => `${reason}: ${message}`)
    },
    exec: (plan, command, onOutput, signal) =>
      execInPod(config, { namespace, pod: plan.pod.metadata!.name!, container: SCANNER, command }, onOutput, signal),
    log: async (plan, container, signal) => {
      const query = { namespace, name: plan.pod.metadata!.name!, container, tailLines: 200, limitBytes: 64 * 1024 }
      return (await call('reading the log', signal, (o) => api.readNamespacedPodLog(query, o)).catch(() => '')) || ''
    },
    list,
    remove,
  }
}

/** A 409 for an object named after this run means that an earlier try arrived after all. */
async function existing<T>(creation: Promise<T>, read?: () => Promise<T>): Promise<T> {
  return await creation.catch((error: unknown) => {
    if (httpStatus(error) !== 409 || !/already exists/.test(String((error as { body?: unknown }).body))) throw error
    return read ? read() : (undefined as T)
  })
}

/** The 31 of v1.31.2-eks-1a2b3c; a version that cannot be read is taken for a new one, and tried. */
function minorOf(gitVersion: string): number {
  return Number(/^v?1\.(\d+)/.exec(gitVersion)?.[1] ?? Number.POSITIVE_INFINITY)
}

/** Calls the API with a time limit, again when the failure was a passing one, and explains what fails for good. */
function caller(pauses: readonly number[]): Call {
  return async (doing, signal, request) => {
    for (let attempt = 0; ; attempt++) {
      if (signal.aborted) throw stopped(signal, doing)
      const limit = AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT)])
      try {
        return await request(withSignal(limit))
      } catch (error) {
        if (signal.aborted) throw stopped(signal, doing)
        const pause = pauses[attempt]
        if (pause === undefined || !isPassing(error)) throw explainApiError(error, doing)
        await sleep(pause, undefined, { signal }).catch(() => {})
      }
    }
  }
}

/** Why a call was given up: whoever aborts says so, but for a plain time limit, behind which is a server that does not answer. */
function stopped(signal: AbortSignal, doing: string): unknown {
  const { reason } = signal
  return reason instanceof DOMException && reason.name === 'TimeoutError' ? explainApiError(reason, doing) : reason
}

function withSignal(signal: AbortSignal): ConfigurationOptions {
  const middleware: ObservableMiddleware = {
    pre: (context) => {
      context.setSignal(signal)
      return new Observable(Promise.resolve(context))
    },
    post: (context) => new Observable(Promise.resolve(context)),
  }
  return { middleware: [middleware], middlewareMergeStrategy: 'append' }
}
