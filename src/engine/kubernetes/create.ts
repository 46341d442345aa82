import type { CoreV1Api, V1ConfigMap, V1ObjectMeta, V1Pod } from '@kubernetes/client-node'
import type { Plan } from '../../plan/plan.ts'
import { type Call, createOrRead } from './requests.ts'

/** Creates the plan's objects: ConfigMaps, Secrets, then the pod; resolves to the pod as the API server stored it. */
export async function createPlan(
  api: CoreV1Api,
  call: Call,
  namespace: string,
  plan: Plan,
  signal: AbortSignal,
): Promise<V1Pod> {
  const configMap = (body: V1ConfigMap) =>
    call(`creating ConfigMap ${body.metadata!.name} in namespace ${namespace}`, signal, (o) =>
      createOrRead(api.createNamespacedConfigMap({ namespace, body }, o), () =>
        api.readNamespacedConfigMap({ namespace, name: body.metadata!.name! }, o),
      ),
    )
  const [first, ...rest] = plan.configMaps
  const owner = (await configMap(first!)).metadata!
  // deleting the first ConfigMap takes the rest with it, should we die half-way
  const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: owner.name!, uid: owner.uid! }]
  const owned = <T extends { metadata?: V1ObjectMeta }>(body: T): T => ({
    ...body,
    metadata: { ...body.metadata, ownerReferences },
  })
  for (const map of rest) await configMap(owned(map))
  for (const secret of plan.secrets.map(owned)) {
    await call(`creating Secret ${secret.metadata!.name}`, signal, (o) =>
      // what it holds cannot be read back: the scanner tells its digest
      createOrRead(api.createNamespacedSecret({ namespace, body: secret }, o), async () => secret),
    )
  }
  const pod = owned(plan.pod)
  return await call(`creating Pod ${pod.metadata!.name}`, signal, (o, attempt) =>
    // a pod of this name that is there before the first attempt is not ours
    attempt === 0
      ? api.createNamespacedPod({ namespace, body: pod }, o)
      : createOrRead(api.createNamespacedPod({ namespace, body: pod }, o), () =>
          api.readNamespacedPod({ namespace, name: pod.metadata!.name! }, o),
        ),
  )
}
