import { EXIT, ScanError } from '../errors.ts'
import { type ProgramResult, runProgram } from '../process/program.ts'
import { type FetchAccess, tokenFor } from './access.ts'
import { lastLine } from './git-errors.ts'
import { withoutCredentials } from './reference.ts'

/** Seconds one repository may take to arrive. */
const FETCH_LIMIT_S = 120

/** The machine's git in one folder. */
export interface Git {
  /** @throws ScanError beginning with `failure` when git ends with another code than 0. */
  (args: readonly string[], failure: string): Promise<ProgramResult>
  try(args: readonly string[], options?: { input?: string; onOutput?: (chunk: Buffer) => void }): Promise<ProgramResult>
}

/** Runs git in `cwd` for the repository at `url`. */
export function gitIn(cwd: string, url: string, access: FetchAccess): Git {
  const attempt: Git['try'] = async (args, options = {}) => {
    const limit = AbortSignal.timeout(FETCH_LIMIT_S * 1000)
    const signal = AbortSignal.any([access.signal, limit])
    try {
      return await runProgram('git', args, { signal, cwd, env: gitEnvironment(url, access), ...options })
    } catch (error) {
      access.signal.throwIfAborted()
      if (!limit.aborted) throw error
      throw new ScanError(`${withoutCredentials(url)} did not arrive within ${FETCH_LIMIT_S} s`, {
        exitCode: EXIT.usage,
        hint: 'check that this machine reaches the server; clone the repository in an earlier step, and give the folder',
      })
    }
  }
  return Object.assign(
    async (args: readonly string[], failure: string) => {
      const result = await attempt(args)
      if (result.exitCode === 0) return result
      throw new ScanError(`${failure}: ${lastLine(result.stderr)}`, {
        exitCode: EXIT.usage,
        hint: 'check git on this machine',
      })
    },
    { try: attempt },
  )
}

/** This machine's own settings (proxies, CAs, SSH keys) apply; nothing asks, and only what was written in a reference is fetched. */
function gitEnvironment(url: string, access: FetchAccess): Record<string, string> {
  const own = Object.entries(access.env).filter((pair): pair is [string, string] => pair[1] !== undefined)
  const token = tokenFor(url, access)
  const settings = [
    ['core.hooksPath', '/dev/null'],
    ['protocol.allow', 'never'],
    ...['https', 'http', 'ssh', 'file', 'git'].map((name) => [`protocol.${name}.allow`, 'always']),
    ['transfer.fsckObjects', 'false'],
    ...(token === undefined ? [] : [[`http.${originOf(url)}.extraHeader`, `Authorization: Basic ${basic(token)}`]]),
  ]
  return {
    ...Object.fromEntries(
      own.filter(([name]) => !/^GIT_(DIR|WORK_TREE|INDEX_FILE|CONFIG_|TRACE|CURL_VERBOSE)/.test(name)),
    ),
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '/bin/true',
    GIT_SSH_COMMAND: access.env['GIT_SSH_COMMAND'] ?? 'ssh -o BatchMode=yes',
    GIT_LFS_SKIP_SMUDGE: '1',
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(
      settings.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, key!],
        [`GIT_CONFIG_VALUE_${index}`, value!],
      ]),
    ),
  }
}

const originOf = (url: string) => `${new URL(url).origin}/`
/** GitHub and GitLab take a token as the password of any user of this name. */
const basic = (token: string) => Buffer.from(`x-access-token:${token}`).toString('base64')
