import { EXIT, ScanError } from '../errors.ts'
import type { Inputs } from '../inputs/inputs.ts'
import type { Engine } from './engine.ts'
import type { KubeconfigSource } from './kubernetes/kubeconfig.ts'

export interface ChosenEngine {
  readonly engine: Engine
  /** Why this one, for the log. */
  readonly why: string
  /** What must be masked in every output. */
  readonly secrets: readonly string[]
}

/** The engine the inputs ask for; with `auto`, Kubernetes when a kubeconfig is given or found, else podman. */
export async function chooseEngine(
  inputs: Pick<Inputs, 'engine' | 'kubeconfig' | 'context' | 'namespace'>,
  env: NodeJS.ProcessEnv,
): Promise<ChosenEngine> {
  if (inputs.engine === 'podman') return await podman('`engine` says so')
  // loaded when needed: the Kubernetes client is most of the bundle, and its start-up time
  const { findKubeconfig } = await import(/* webpackMode: "eager" */ './kubernetes/kubeconfig.ts')
  const source = findKubeconfig(inputs.kubeconfig, env)
  if (source)
    return await kubernetes(
      source,
      inputs,
      inputs.engine === 'kubernetes' ? '`engine` says so' : `found ${source.said}`,
    )
  if (inputs.engine === 'kubernetes') {
    throw new ScanError('no kubeconfig is given or found', {
      exitCode: EXIT.usage,
      hint: 'give a path or content as `kubeconfig`, set KUBECONFIG, or use `engine: podman`, which needs no cluster',
    })
  }
  return await podman('no kubeconfig is given or found')
}

async function kubernetes(
  source: KubeconfigSource,
  { context, namespace }: Pick<Inputs, 'context' | 'namespace'>,
  why: string,
): Promise<ChosenEngine> {
  const { loadKubeconfig, kubeconfigSecrets } = await import(/* webpackMode: "eager" */ './kubernetes/kubeconfig.ts')
  const { connectKubernetes } = await import(/* webpackMode: "eager" */ './kubernetes/kubernetes.ts')
  const config = loadKubeconfig(source, context)
  return {
    engine: await connectKubernetes(config, { namespace, said: source.said }),
    why,
    secrets: kubeconfigSecrets(config),
  }
}

async function podman(why: string): Promise<ChosenEngine> {
  const { connectPodman } = await import(/* webpackMode: "eager" */ './podman/podman.ts')
  return { engine: await connectPodman(), why, secrets: [] }
}
