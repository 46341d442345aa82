import { execFile } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CoreV1Api, KubeConfig, KubernetesObjectApi } from '@kubernetes/client-node'
import { DEFAULT_SERVICE_ACCOUNT, rbacObjects } from '../../src/plan/rights.ts'

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

const admin = () => {
  const config = new KubeConfig()
  config.loadFromFile(kubeconfig)
  return config
}

/**
 * The cluster of the test bed, with a namespace of the caller's own: one that is still being deleted is in nobody's way. Scans
 * have the rights that `render --rbac` grants there and no more; the namespace's NetworkPolicy is applied too.
 */
export function kubernetesEngine(prefix: string): TestEngine & { readonly namespace: string } {
  const namespace = `${prefix}-${randomInt(1e6)}`
  const limited = join(tmpdir(), `${namespace}.kubeconfig`)
  const api = admin().makeApiClient(CoreV1Api)
  return {
    name: 'kubernetes',
    namespace,
    inputs: { kubeconfig: limited, namespace },
    env: {},
    async prepare() {
      const client = KubernetesObjectApi.makeApiClient(admin())
      for (const object of rbacObjects(namespace, DEFAULT_SERVICE_ACCOUNT, 'privileged')) await client.create(object)
      // a pod is refused until the controllers have made the namespace's service account
      await accountToken(api, namespace, 'default')
      await writeFile(limited, kubeconfigOf(await accountToken(api, namespace, DEFAULT_SERVICE_ACCOUNT)), {
        mode: 0o600,
      })
    },
    async dispose() {
      await rm(limited, { force: true })
      await api.deleteNamespace({ name: namespace })
    },
    async leftovers(text) {
      const lists = await Promise.all([
        api.listNamespacedPod({ namespace }),
        api.listNamespacedConfigMap({ namespace }),
        api.listNamespacedSecret({ namespace }),
      ])
      return namesWith(
        text,
        lists.flatMap(({ items }) => items.map(({ metadata }) => metadata!.name!)),
      )
    },
  }
}

/** A kubeconfig of the test bed's cluster for the bearer of a token. */
export function kubeconfigOf(token: string, server?: string): string {
  const config = admin()
  const cluster = { ...config.getCurrentCluster()!, ...(server === undefined ? {} : { server }) }
  const limited = new KubeConfig()
  limited.loadFromClusterAndUser(cluster, { name: 'scanner', token })
  return limited.exportConfig()
}

/** The token of a service account, once the controllers have made it. */
export async function accountToken(api: CoreV1Api, namespace: string, name: string): Promise<string> {
  for (;;) {
    const account = await api.readNamespacedServiceAccount({ namespace, name }).catch(() => undefined)
    const secret = account?.secrets?.[0]?.name
    if (secret) {
      const { data } = await api.readNamespacedSecret({ namespace, name: secret })
      if (data?.['token']) return Buffer.from(data['token'], 'base64').toString('utf8')
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
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
