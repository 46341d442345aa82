import { EXIT, ScanError } from '../errors.ts'
import type { Inputs } from '../inputs/inputs.ts'
import type { Engine } from './engine.ts'
import type { CredentialOptions } from './kubernetes/credentials.ts'
import { findKubeconfig, type KubeconfigSource } from './kubernetes/source.ts'
import { connectPodman } from './podman/podman.ts'

interface ChosenEngine {
  readonly engine: Engine
  /** Why this one, for the log. */
  readonly why: string
}

type EngineInputs = Pick<
  Inputs,
  'engine' | 'kubeconfig' | 'kubeconfigEmpty' | 'context' | 'namespace' | 'allowExecPlugins' | 'pods' | 'podSelector'
>

/**
 * The engine the inputs ask for; with `auto`, Kubernetes when a kubeconfig is given or found, else podman. `onSecrets` is
 * called with what must be masked in every output: before the first connection, and whenever credentials are renewed.
 */
export async function chooseEngine(
  inputs: EngineInputs,
  env: NodeJS.ProcessEnv,
  onSecrets: (secrets: readonly string[]) => void = () => {},
): Promise<ChosenEngine> {
  if (inputs.engine === 'podman') return await podman('`engine` says so')
  const source = findKubeconfig(inputs.kubeconfig, env)
  if (source)
    return await kubernetes(
      source,
      inputs,
      { env, onSecrets, allowExecPlugins: inputs.allowExecPlugins },
      inputs.engine === 'kubernetes' ? `\`engine\` says so, by ${source.said}` : `found ${source.said}`,
    )
  if (inputs.engine === 'kubernetes') {
    throw new ScanError(
      inputs.kubeconfigEmpty ? '`kubeconfig` is empty, and none is found' : 'no kubeconfig is given or found',
      {
        exitCode: EXIT.usage,
        hint: inputs.kubeconfigEmpty
          ? 'is the secret set that `kubeconfig` is filled from, and does this event get secrets (pull requests from forks do not)?'
          : 'give a path or content as `kubeconfig`, set KUBECONFIG, or use `engine: podman`, which needs no cluster',
      },
    )
  }
  return await podman('no kubeconfig is given or found')
}

async function kubernetes(
  source: KubeconfigSource,
  { context, namespace, pods, podSelector }: EngineInputs,
  credentials: CredentialOptions,
  why: string,
): Promise<ChosenEngine> {
  // read when needed: the Kubernetes client is most of the bundle, and of the time it takes to start
  const { loadKubeconfig, kubeconfigSecrets } = await import('./kubernetes/kubeconfig.ts')
  const { connectKubernetes } = await import('./kubernetes/kubernetes.ts')
  const { guardCredentials } = await import('./kubernetes/credentials.ts')
  const config = loadKubeconfig(source, context)
  credentials.onSecrets(kubeconfigSecrets(config))
  guardCredentials(config, credentials)
  return { engine: await connectKubernetes(config, { namespace, pods, podSelector }), why }
}

async function podman(why: string): Promise<ChosenEngine> {
  return { engine: await connectPodman(), why }
}
