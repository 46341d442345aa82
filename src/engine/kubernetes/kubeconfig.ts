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
  // a secret that is not set is written to a file, too
  if (config.getContexts().length === 0 && config.getClusters().length === 0) {
    throw refuse(
      'is empty or has no clusters and contexts',
      'check what it is written from, such as a secret that is not set here',
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
  const field = notText(config)
  if (field) throw refuse(`has a \`${field}\` that is not text`, 'put its value in quotes')
  return config
}

/** What must never be seen in a log: tokens, passwords and keys of the kubeconfig, and the forms they take on the way. */
export function kubeconfigSecrets(config: KubeConfig): string[] {
  return config.getUsers().flatMap((user) => {
    // the library's types promise text; of a user who is not the current one nobody has looked
    const [token, username, password, key] = [user.token, user.username, user.password, user.keyData].map((value) =>
      typeof value === 'string' ? value : '',
    ) as [string, string, string, string]
    const plain = [token, password, key, Buffer.from(key, 'base64').toString('utf8')].filter((secret) => secret !== '')
    const basic = password === '' ? [] : [`${username}:${password}`]
    return [...plain, ...[...plain, ...basic].map((secret) => Buffer.from(secret).toString('base64'))]
  })
}

/** What must be text and is not, such as a token of digits without quotes: the library would fail at it in its own words. */
function notText(config: KubeConfig): string | undefined {
  const { token, username, password, certData, keyData, exec } = config.getCurrentUser() ?? {}
  const fields: [string, unknown][] = [
    ['token', token],
    ['username', username],
    ['password', password],
    ['client-certificate-data', certData],
    ['client-key-data', keyData],
    ['exec.command', (exec as { command?: unknown } | null | undefined)?.command],
    ['certificate-authority-data', config.getCurrentCluster()?.caData],
  ]
  return fields.find(([, value]) => value !== undefined && value !== null && typeof value !== 'string')?.[0]
}
