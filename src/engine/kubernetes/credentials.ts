import type { KubeConfig, User } from '@kubernetes/client-node'
import { EXIT, ScanError } from '../../errors.ts'

/** What a kubeconfig's credentials may do on this machine, and who has to know of them. */
export interface CredentialOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Whether the kubeconfig may name a program that is run here. */
  readonly allowExecPlugins: boolean
  /** Called with what must be masked in every output, before it is sent anywhere. */
  readonly onSecrets: (secrets: readonly string[]) => void
}

/** The entry `exec` of a user: client.authentication.k8s.io. */
interface ExecEntry {
  readonly apiVersion?: string
  readonly command?: string
  readonly env?: readonly { readonly name: string; readonly value?: string }[] | null
  readonly provideClusterInfo?: boolean
}

/** What the client library keeps to itself, as far as it must be reached here; a test runs real plugins through it. */
interface Internals {
  readonly authenticators: readonly object[]
  applyOptions(options: RequestOptions): Promise<void>
}

interface RequestOptions {
  headers?: Record<string, string>
  key?: Buffer | string
}

interface ExecAuthenticator {
  execFn: (command: string, args: readonly string[], options: object) => unknown
}

/**
 * What a plugin is started with besides what its entry names: where programs and settings are found, and how to get out of
 * this network. Not the environment of the runner, which holds the secrets of the whole job.
 */
const PASSED =
  /^(PATH|HOME|(HTTPS?|ALL|NO)_PROXY|SYSTEMROOT|SYSTEMDRIVE|WINDIR|COMSPEC|PATHEXT|TEMP|TMP|USERPROFILE|APPDATA|LOCALAPPDATA|PROGRAMDATA|PROGRAMFILES|PROGRAMFILES\(X86\))$/i

/**
 * Lets the client use the kubeconfig's credentials: exec plugins only where they are allowed and with nothing of the
 * environment but what they need, and every credential told to `onSecrets` before a request carries it.
 * @throws ScanError (exit 2) when the current user needs a program that may not or cannot be run.
 */
export function guardCredentials(config: KubeConfig, options: CredentialOptions): void {
  const internals = config as unknown as Internals
  const user = config.getCurrentUser()
  const exec = execEntry(user)
  if (exec) {
    if (!options.allowExecPlugins) throw refused(exec)
    const authenticator = internals.authenticators.find((one): one is ExecAuthenticator => 'execFn' in one)
    if (!authenticator) throw new TypeError('the client library runs exec plugins in another way')
    const env = pluginEnvironment(exec, config, options.env)
    const run = authenticator.execFn
    authenticator.execFn = (command, args, given) => run(command, args ?? [], { ...given, env })
  }
  const apply = internals.applyOptions.bind(config)
  const told = new Set<string>()
  internals.applyOptions = async (request) => {
    try {
      await apply(request)
    } catch (error) {
      throw exec ? pluginFailed(exec, error) : error
    }
    const secrets = credentialsOf(request).filter((secret) => !told.has(secret))
    for (const secret of secrets) told.add(secret)
    if (secrets.length > 0) options.onSecrets(secrets)
  }
}

function refused({ command = '' }: ExecEntry): ScanError {
  return new ScanError(`the kubeconfig runs the program \`${command}\`, and \`allow-exec-plugins\` is false`, {
    exitCode: EXIT.usage,
    hint: 'use a kubeconfig with a token or a client certificate (docs/ci.md), or set `allow-exec-plugins: true` if you trust whoever wrote it',
  })
}

/** The program that a user's credentials come from; undefined when there is none. */
function execEntry(user: User | null): ExecEntry | undefined {
  if (user?.exec) return user.exec as ExecEntry
  const settings = user?.authProvider?.config as Record<string, unknown> | undefined
  if (settings?.['exec']) return settings['exec'] as ExecEntry
  // providers that clients had built in once: they pass the whole environment to a program, through a shell
  if (typeof settings?.['cmd-path'] === 'string')
    throw new ScanError(`the kubeconfig uses \`auth-provider: ${user?.authProvider?.name}\`, which runs a program`, {
      exitCode: EXIT.usage,
      hint: 'Kubernetes 1.26 has removed it: use an `exec` plugin (gke-gcloud-auth-plugin, kubelogin) or a token (docs/ci.md)',
    })
  return undefined
}

/** The environment of a plugin; a variable that its entry names without a value is taken from ours. */
function pluginEnvironment(
  { apiVersion = 'client.authentication.k8s.io/v1', env, provideClusterInfo }: ExecEntry,
  config: KubeConfig,
  ours: CredentialOptions['env'],
): Record<string, string> {
  const variables: Record<string, string> = {}
  for (const [name, value] of Object.entries(ours)) {
    if (value !== undefined && PASSED.test(name)) variables[name] = value
  }
  const cluster = config.getCurrentCluster()
  const spec = {
    interactive: false,
    ...(provideClusterInfo && cluster
      ? { cluster: { server: cluster.server, 'certificate-authority-data': cluster.caData } }
      : {}),
  }
  variables['KUBERNETES_EXEC_INFO'] = JSON.stringify({ apiVersion, kind: 'ExecCredential', spec })
  for (const { name, value } of env ?? []) {
    const chosen = value === undefined || value === '' ? ours[name] : value
    if (chosen !== undefined) variables[name] = chosen
  }
  return variables
}

function pluginFailed({ command = '' }: ExecEntry, error: unknown): unknown {
  if (error instanceof ScanError) return error
  const { code, message = '' } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') {
    return new ScanError(`the kubeconfig’s exec plugin \`${command}\` is not installed`, {
      exitCode: EXIT.usage,
      hint: 'install it where the scan is started, or use a kubeconfig with a token (docs/ci.md)',
      cause: error,
    })
  }
  const why = code === 'EACCES' ? 'it is not executable' : message.trim().slice(-300)
  return new ScanError(`the kubeconfig’s exec plugin \`${command}\` gave no credentials: ${why || 'it said nothing'}`, {
    exitCode: EXIT.engine,
    hint: 'it gets PATH, HOME, the proxy variables and what its entry lists under `env`: list what else it needs there, by name alone to take the value from the environment',
    cause: error,
  })
}

/** What a request is about to carry, in every form that could be printed. */
function credentialsOf({ headers, key }: RequestOptions): string[] {
  const header = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'authorization')?.[1] ?? ''
  const token = header.replace(/^\w+ /, '')
  const text = key === undefined ? '' : key.toString('utf8')
  return [token, text]
    .filter((secret) => secret !== '')
    .flatMap((secret) => [secret, Buffer.from(secret).toString('base64')])
}
