import { EXIT, ScanError } from '../errors.ts'
import type { Inputs } from '../inputs/inputs.ts'
import type { Engine } from './engine.ts'
import { findKubeconfig, type KubeconfigSource } from './kubernetes/source.ts'
import { connectPodman } from './podman/podman.ts'

interface ChosenEngine {
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
  const source = findKubeconfig(inputs.kubeconfig, env)
  if (source)
    return await kubernetes(
      source,
      inputs,
      inputs.engine === 'kubernetes' ? `\`engine\` says so, by ${source.said}` : `found ${source.said}`,
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
  // read when needed: the Kubernetes client is most of the bundle, and of the time it takes to start
  const { loadKubeconfig, kubeconfigSecrets } = await import('./kubernetes/kubeconfig.ts')
  const { connectKubernetes } = await import('./kubernetes/kubernetes.ts')
  const config = loadKubeconfig(source, context)
  return {
    engine: await connectKubernetes(config, { namespace }),
    why,
    secrets: kubeconfigSecrets(config),
  }
}

async function podman(why: string): Promise<ChosenEngine> {
  return { engine: await connectPodman(), why, secrets: [] }
}
