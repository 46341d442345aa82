import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import { EXIT, ScanError } from '../../errors.ts'

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

/** @throws ScanError (exit 2) when it cannot be read, is no kubeconfig, or has no such context. */
export function loadKubeconfig(source: KubeconfigSource, context: string): KubeConfig {
  const config = new KubeConfig()
  const refuse = (why: string, hint: string, cause?: unknown) =>
    new ScanError(`${source.said} ${why}`, { exitCode: EXIT.usage, hint, cause })
  try {
    if (source.from === 'content') config.loadFromString(source.text)
    else if (source.from === 'file') config.loadFromFile(source.path)
    else config.loadFromCluster()
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code
    if (code === 'ENOENT')
      throw refuse('does not exist', 'give a path or the content of a kubeconfig as `kubeconfig`', cause)
    if (code === 'EISDIR') throw refuse('is a folder', 'give the path of a file as `kubeconfig`', cause)
    if (code === 'EACCES') throw refuse('may not be read by this user', 'change its owner or mode', cause)
    const mark = (cause as { mark?: { line?: number } }).mark?.line
    // the parser's own message quotes the text, and with it secrets
    throw refuse(
      `is not a kubeconfig${mark === undefined ? '' : `: line ${mark + 1} is not valid YAML`}`,
      'compare it with `kubectl config view`',
      cause instanceof ScanError ? cause : undefined,
    )
  }
  if (context !== '') {
    const known = config.getContexts().map(({ name }) => name)
    if (!known.includes(context)) {
      throw refuse(
        `has no context \`${context}\``,
        known.length === 0 ? 'it has none at all' : `set \`context\` to one of: ${known.join(', ')}`,
      )
    }
    config.setCurrentContext(context)
  }
  if (!config.getCurrentCluster()) {
    throw refuse('names no cluster', 'set `context`, or `current-context` in the kubeconfig')
  }
  return config
}

/** What must never be seen in a log: tokens, passwords and keys of the kubeconfig. */
export function kubeconfigSecrets(config: KubeConfig): string[] {
  return config.getUsers().flatMap((user) => {
    const key = user.keyData === undefined ? [] : [user.keyData, Buffer.from(user.keyData, 'base64').toString('utf8')]
    return [user.token, user.password, ...key].filter(
      (secret): secret is string => typeof secret === 'string' && secret !== '',
    )
  })
}
