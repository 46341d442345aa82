import { KubeConfig } from '@kubernetes/client-node'
import { EXIT, ScanError } from '../../errors.ts'
import type { KubeconfigSource } from './source.ts'

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

/** What must never be seen in a log: tokens, passwords and keys of the kubeconfig, and the forms they take on the way. */
export function kubeconfigSecrets(config: KubeConfig): string[] {
  return config.getUsers().flatMap((user) => {
    const key = user.keyData === undefined ? [] : [user.keyData, Buffer.from(user.keyData, 'base64').toString('utf8')]
    const plain = [user.token, user.password, ...key].filter(
      (secret): secret is string => typeof secret === 'string' && secret !== '',
    )
    const basic = user.password ? [`${user.username ?? ''}:${user.password}`] : []
    return [...plain, ...[...plain, ...basic].map((secret) => Buffer.from(secret).toString('base64'))]
  })
}
