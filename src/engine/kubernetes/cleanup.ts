import { setTimeout as sleep } from 'node:timers/promises'
import {
  type ConfigurationOptions,
  type CoreV1Api,
  Observable,
  type V1ObjectMeta,
  type V1Secret,
} from '@kubernetes/client-node'
import { type ObjectRef, ourSelector } from '../../plan/names.ts'
import type { Leftover, Listed } from '../engine.ts'
import { assertRunId, notOurs, runOf } from '../ownership.ts'
import { httpStatus } from './errors.ts'
import { type Call, undefinedIf404 } from './requests.ts'

const POLL_MS = 150

/** Objects of one run, or of all, in a namespace: those that scans made, and those that only carry their labels. */
export async function listOurs(
  api: CoreV1Api,
  call: Call,
  namespace: string,
  runId: string | undefined,
  signal: AbortSignal,
): Promise<Listed> {
  if (runId !== undefined) assertRunId(runId)
  const query = { namespace, labelSelector: ourSelector(runId) }
  const pods = await call(`listing pods in namespace ${namespace}`, signal, (o) => api.listNamespacedPod(query, o))
  const maps = await call(`listing ConfigMaps in namespace ${namespace}`, signal, (o) =>
    api.listNamespacedConfigMap(query, o),
  )
  const secrets = await call(`listing Secrets in namespace ${namespace}`, signal, (o) =>
    secretsWithoutContent(api, query, o),
  )
  const uids = new Map(maps.items.map(({ metadata }) => [metadata!.name!, metadata!.uid!]))
  const of = (kind: ObjectRef['kind'], items: readonly { metadata?: V1ObjectMeta }[]) =>
    items.map(({ metadata }) => ({ kind, metadata: metadata! }))
  const ours: Leftover[] = []
  const foreign: Listed['foreign'][number][] = []
  for (const { kind, metadata } of [
    ...of('Pod', pods.items),
    ...of('ConfigMap', maps.items),
    ...of('Secret', secrets),
  ]) {
    const { name = '', uid, labels, ownerReferences: owners, creationTimestamp } = metadata
    const why = notOurs({ kind, name, labels, owners }, uids)
    if (why !== undefined) foreign.push({ kind, name, why })
    else ours.push({ kind, name, uid, runId: runOf({ kind, name })!, createdAt: creationTimestamp ?? new Date(0) })
  }
  return { ours, foreign }
}

/**
 * Secrets as far as their metadata goes: the API server sends nothing of what they hold. Needs the right to list them all the
 * same, which the Role of a scan does not have: without it there are none to see, and they go with the ConfigMap that owns them.
 * @internal tested on a cluster
 */
export async function secretsWithoutContent(
  api: CoreV1Api,
  query: { namespace: string; labelSelector: string },
  options: ConfigurationOptions,
): Promise<V1Secret[]> {
  const metadataOnly: ConfigurationOptions = {
    ...options,
    middleware: [
      ...(options.middleware ?? []),
      {
        pre: (context) => {
          context.setHeaderParam('Accept', 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1')
          return new Observable(Promise.resolve(context))
        },
        post: (context) => new Observable(Promise.resolve(context)),
      },
    ],
  }
  try {
    // an empty list of metadata comes as null
    return (await api.listNamespacedSecret(query, metadataOnly)).items ?? []
  } catch (error) {
    if (httpStatus(error) === 403) return []
    throw error
  }
}

/** Deletes objects, each only if it is the one that is meant, and waits until the pods are gone. */
export async function removeObjects(
  api: CoreV1Api,
  call: Call,
  namespace: string,
  objects: readonly ObjectRef[],
  signal: AbortSignal,
): Promise<void> {
  const results = await Promise.allSettled(
    objects.map((object) =>
      call(`deleting ${object.kind} ${object.name}`, signal, (o) => deleteObject(api, namespace, object, o)),
    ),
  )
  // a Secret that we may not delete ourselves goes with the ConfigMap that owns it
  const failed = results.find((result, index) => result.status === 'rejected' && objects[index]!.kind !== 'Secret')
  if (failed?.status === 'rejected') throw failed.reason
  for (const { name, uid } of objects.filter(({ kind }) => kind === 'Pod')) {
    const read = () =>
      call(`reading Pod ${name}`, signal, (o) => undefinedIf404(api.readNamespacedPod({ namespace, name }, o)))
    for (let pod = await read(); pod && (uid === undefined || pod.metadata?.uid === uid); pod = await read()) {
      await sleep(POLL_MS, undefined, { signal })
    }
  }
}

async function deleteObject(
  api: CoreV1Api,
  namespace: string,
  { kind, name, uid }: ObjectRef,
  options: ConfigurationOptions,
): Promise<void> {
  const request = { namespace, name, ...(uid === undefined ? {} : { body: { preconditions: { uid } } }) }
  const deletion =
    kind === 'Pod'
      ? api.deleteNamespacedPod({ ...request, gracePeriodSeconds: 0 }, options)
      : kind === 'Secret'
        ? api.deleteNamespacedSecret(request, options)
        : api.deleteNamespacedConfigMap(request, options)
  await undefinedIf404<unknown>(deletion).catch((error: unknown) => {
    // another object has this name by now: the one that was meant is gone
    if (uid === undefined || httpStatus(error) !== 409) throw error
  })
}
