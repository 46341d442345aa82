import { homedir } from 'node:os'
import { join } from 'node:path'
import { EXIT, ScanError } from '../errors.ts'
import type { Inputs } from '../inputs/inputs.ts'
import { profileFolder } from '../payload/payload.ts'
import { SCAN_DIR } from '../protocol/paths.ts'
import type { FetchAccess } from './access.ts'
import { type LoadedProfile, loadProfile } from './load.ts'

/** What loading profiles needs from the world around it. */
interface SourceContext {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  readonly builtIn: string
  readonly onProgress: (text: string) => void
}

/** Profiles of one scan: beyond this somebody means something else. */
const MAX_PROFILES = 50

/**
 * The profiles of a scan in the order of the input, each with all it depends on. What is not on this machine is fetched here,
 * by git and HTTPS: nothing is downloaded in the cluster.
 * @throws ScanError (exit 2) naming the first that cannot be had, or that is given twice.
 */
export async function loadProfiles(
  inputs: Pick<Inputs, 'profiles' | 'token' | 'offline'>,
  { env, signal, builtIn, onProgress }: SourceContext,
): Promise<LoadedProfile[]> {
  const { profiles } = inputs
  if (profiles.length > MAX_PROFILES)
    throw refuse(`names ${profiles.length} profiles`, `one scan runs up to ${MAX_PROFILES}: split them over several`)
  const twice = profiles.find((profile, index) => profiles.indexOf(profile) !== index)
  if (twice !== undefined) throw refuse(`names ${twice} twice`, 'name each profile once')
  const server = env['GITHUB_SERVER_URL'] || 'https://github.com'
  const host = tokenHost(profiles, env)
  const access: FetchAccess = {
    signal,
    env,
    offline: inputs.offline,
    cache: cacheFolder(env),
    token: inputs.token === '' || host === undefined ? undefined : { host, value: inputs.token },
    onProgress,
  }
  const loaded: LoadedProfile[] = []
  for (const [index, profile] of profiles.entries())
    loaded.push(await loadProfile(profile, builtIn, `${SCAN_DIR}/${profileFolder(index)}`, server, access))
  return loaded
}

const refuse = (why: string, hint: string) => new ScanError(`input \`profile\` ${why}`, { exitCode: EXIT.usage, hint })

/** The one server that `token` is for: the one this runs on, else that of the first profile with an address. */
function tokenHost(profiles: readonly string[], env: SourceContext['env']): string | undefined {
  const own = env['GITHUB_SERVER_URL'] || env['CI_SERVER_URL']
  const addresses = [own, ...profiles.map((profile) => /^(?:git\+)?(https?:\/\/.*)$/i.exec(profile)?.[1])]
  const first = addresses.find((address) => address !== undefined && address !== '')
  return first === undefined ? 'github.com' : URL.parse(first)?.host
}

/** The runner's tool cache, else the user's cache. */
function cacheFolder(env: SourceContext['env']): string {
  const tools = env['RUNNER_TOOL_CACHE']
  return join(tools || env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache'), 'sidecar-scan')
}
