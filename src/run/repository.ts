import { statSync } from 'node:fs'
import { relative, resolve, sep } from 'node:path'
import type { Inputs } from '../inputs/inputs.ts'
import type { Repository } from '../report/report.ts'

/** Variables that name the repository's folder: of GitHub, GitLab and Jenkins. */
const ROOTS = ['GITHUB_WORKSPACE', 'CI_PROJECT_DIR', 'WORKSPACE']

/** Which files of the checked-out repository findings can point at. */
export function repositoryOf(
  { profiles, thresholdFile }: Pick<Inputs, 'profiles' | 'thresholdFile'>,
  env: Readonly<Record<string, string | undefined>>,
): Repository {
  const root = resolve(ROOTS.map((name) => env[name]).find(Boolean) ?? '.')
  // findings of further profiles point at the file that stands for them
  const profile = profiles[0] ?? ''
  return {
    profile: isFolder(profile) ? inside(root, profile) : undefined,
    fallback: (thresholdFile === '' ? undefined : inside(root, thresholdFile)) ?? workflowFile(env),
  }
}

/** A path from the root with `/`; undefined for one that is not in it. */
function inside(root: string, path: string): string | undefined {
  const from = relative(root, resolve(path)).split(sep).join('/')
  return from === '..' || from.startsWith('../') || from.startsWith('/') || /^[a-z]:/i.test(from) ? undefined : from
}

/** `owner/name/.github/workflows/scan.yml@refs/heads/main` as GitHub has it; GitLab has one name that is nearly always right. */
function workflowFile(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const github = /^[^/]+\/[^/]+\/(.+?)@/.exec(env['GITHUB_WORKFLOW_REF'] ?? '')?.[1]
  return github ?? (env['CI_CONFIG_PATH'] || (env['GITLAB_CI'] ? '.gitlab-ci.yml' : undefined))
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
