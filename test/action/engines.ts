import { execFile } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node'

const run = promisify(execFile)

/** An engine of the test bed as a workflow would use it. */
export interface TestEngine {
  readonly name: string
  /** Inputs that choose it. */
  readonly inputs: Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string>>
  /** Makes ready what scans need. */
  prepare(): Promise<void>
  /** Removes what `prepare` made. */
  dispose(): Promise<void>
  /** Everything whose name holds this text: what a run has left behind. */
  leftovers(text: string): Promise<string[]>
}

export const kubeconfig = join(process.env['CLUSTER_DIR'] ?? '/var/lib/scan-cluster', 'admin.kubeconfig')

/** The cluster of the test bed, with a namespace of the caller's own: one that is still being deleted is in nobody's way. */
export function kubernetesEngine(prefix: string): TestEngine {
  const namespace = `${prefix}-${randomInt(1e6)}`
  const api = () => {
    const config = new KubeConfig()
    config.loadFromFile(kubeconfig)
    return config.makeApiClient(CoreV1Api)
  }
  return {
    name: 'kubernetes',
    inputs: { kubeconfig, namespace },
    env: {},
    async prepare() {
      await api().createNamespace({ body: { metadata: { name: namespace } } })
      // a pod is refused until the controllers have made the namespace's service account
      while (!(await serviceAccount(api(), namespace))) await new Promise((resolve) => setTimeout(resolve, 100))
    },
    async dispose() {
      await api().deleteNamespace({ name: namespace })
    },
    async leftovers(text) {
      const lists = await Promise.all([
        api().listNamespacedPod({ namespace }),
        api().listNamespacedConfigMap({ namespace }),
        api().listNamespacedSecret({ namespace }),
      ])
      return namesWith(
        text,
        lists.flatMap(({ items }) => items.map(({ metadata }) => metadata!.name!)),
      )
    },
  }
}

async function serviceAccount(api: CoreV1Api, namespace: string): Promise<boolean> {
  return await api.readNamespacedServiceAccount({ namespace, name: 'default' }).then(
    ({ secrets }) => secrets !== undefined,
    () => false,
  )
}

/** podman on this machine. */
export function podmanEngine(): TestEngine {
  const env: Record<string, string> = process.env['CONTAINERS_CONF']
    ? { CONTAINERS_CONF: process.env['CONTAINERS_CONF'] }
    : {}
  const list = async (...args: string[]): Promise<string[]> => {
    const { stdout } = await run('podman', args, { env: { ...process.env, ...env } })
    return stdout.split('\n')
  }
  return {
    name: 'podman',
    inputs: { engine: 'podman' },
    env,
    prepare: async () => {},
    dispose: async () => {},
    async leftovers(text) {
      const names = [
        ...(await list('pod', 'ps', '--format', '{{.Name}}')),
        ...(await list('ps', '--all', '--format', '{{.Names}}')),
        ...(await list('volume', 'ls', '--format', '{{.Name}}')),
        ...(await list('secret', 'ls', '--format', '{{.Name}}')),
      ]
      return namesWith(text, names)
    },
  }
}

function namesWith(text: string, names: readonly string[]): string[] {
  return names.filter((name) => name.includes(text)).sort()
}
