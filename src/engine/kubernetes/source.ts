import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Where a kubeconfig comes from; undefined when none is given or found. */
export type KubeconfigSource =
  | { readonly from: 'content'; readonly text: string; readonly said: string }
  | { readonly from: 'file'; readonly path: string; readonly said: string }
  | { readonly from: 'pod'; readonly said: string }

/**
 * The kubeconfig the user means: the input (a path, the content, or the content in base64), KUBECONFIG, ~/.kube/config, or
 * the service account of the pod this runs in.
 */
export function findKubeconfig(input: string, env: NodeJS.ProcessEnv): KubeconfigSource | undefined {
  if (input !== '') {
    const content = kubeconfigContent(input)
    if (content) return { from: 'content', text: content, said: 'the content given as `kubeconfig`' }
    return { from: 'file', path: input, said: `\`kubeconfig\` ${input}` }
  }
  const variable = env['KUBECONFIG']?.split(':').find((path) => path !== '')
  if (variable) return { from: 'file', path: variable, said: `KUBECONFIG ${variable}` }
  const home = env['HOME'] ? join(env['HOME'], '.kube', 'config') : undefined
  if (home && existsSync(home)) return { from: 'file', path: home, said: '~/.kube/config' }
  if (env['KUBERNETES_SERVICE_HOST'] && existsSync('/var/run/secrets/kubernetes.io/serviceaccount/token')) {
    return { from: 'pod', said: 'the service account of this pod' }
  }
  return undefined
}

function kubeconfigContent(input: string): string | undefined {
  const looksRight = (text: string) =>
    /^\s*(\{|---|#|apiVersion|kind|clusters|users|contexts|current-context)/.test(text) && /clusters/.test(text)
  if (looksRight(input)) return input
  if (!/^[A-Za-z0-9+/=\s]{40,}$/.test(input)) return undefined
  const decoded = Buffer.from(input, 'base64').toString('utf8')
  return looksRight(decoded) ? decoded : undefined
}
