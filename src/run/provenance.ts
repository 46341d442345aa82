import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Home } from '../payload/payload.ts'
import type { Ci } from '../report/report.ts'
import { withoutCredentials } from '../sources/reference.ts'

/** The version of this software; empty where it cannot be read. */
export async function productVersion(home: Home): Promise<string> {
  try {
    const text = await readFile(join(home.profiles, '..', 'package.json'), 'utf8')
    return String((JSON.parse(text) as { version?: unknown }).version ?? '')
  } catch {
    return ''
  }
}

/** Who asked for the run, from what, where: from the environment of a CI; null elsewhere. Addresses are without credentials. */
export function ciOf(env: NodeJS.ProcessEnv): Ci | null {
  const get = (name: string) => env[name] || null
  const address = (text: string | null) => text && withoutCredentials(text)
  if (env['GITHUB_ACTIONS'] === 'true') {
    const run = [get('GITHUB_SERVER_URL'), get('GITHUB_REPOSITORY'), 'actions/runs', get('GITHUB_RUN_ID')]
    return {
      provider: 'github',
      actor: get('GITHUB_ACTOR'),
      repository: get('GITHUB_REPOSITORY'),
      commit: get('GITHUB_SHA'),
      workflow: get('GITHUB_WORKFLOW'),
      runUrl: run.includes(null) ? null : address(run.join('/')),
    }
  }
  if (env['GITLAB_CI'] === 'true') {
    return {
      provider: 'gitlab',
      actor: get('GITLAB_USER_LOGIN'),
      repository: get('CI_PROJECT_PATH'),
      commit: get('CI_COMMIT_SHA'),
      workflow: get('CI_JOB_NAME'),
      runUrl: address(get('CI_JOB_URL')),
    }
  }
  // Jenkins sets no variable of its own that says "this is Jenkins"; these two together are set by nothing else
  if (env['JENKINS_URL'] && env['BUILD_URL']) {
    return {
      provider: 'jenkins',
      // the first is set by a plug-in that many installations have
      actor: get('BUILD_USER_ID') ?? get('CHANGE_AUTHOR'),
      repository: address(get('GIT_URL')),
      commit: get('GIT_COMMIT'),
      workflow: get('JOB_NAME'),
      runUrl: address(get('BUILD_URL')),
    }
  }
  return null
}
