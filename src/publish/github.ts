import { readdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import * as core from '@actions/core'
import { EXIT, ScanError } from '../errors.ts'
import type { Inputs } from '../inputs/inputs.ts'
import type { Log } from '../log/log.ts'
import { plainLine } from '../log/plain.ts'
import { renderRunSummary } from '../render/summary.ts'
import type { ScanReport } from '../report/report.ts'
import { foldersOf } from './files.ts'
import { outputs } from './outputs.ts'

/**
 * Hands a run's reports to the workflow: outputs, job summary, artifact.
 * @throws ScanError (exit 3) when the artifact cannot be uploaded; the files are on disk all the same.
 */
export async function publishToGitHub(
  runId: string,
  reports: readonly ScanReport[],
  inputs: Inputs,
  log: Log,
): Promise<void> {
  for (const [name, value] of Object.entries(outputs(runId, reports, inputs))) core.setOutput(name, value)
  if (inputs.summary) {
    await core.summary.addRaw(renderRunSummary(reports), true).write()
  }
  let artifact: string | undefined
  try {
    if (inputs.upload !== false) artifact = await upload(runId, reports, inputs, log)
  } finally {
    // the comment tells the verdict even where the artifact cannot be uploaded
    if (inputs.comment !== 'off') await comment(reports, artifact, inputs, log)
  }
}

async function comment(
  reports: readonly ScanReport[],
  artifact: string | undefined,
  inputs: Inputs,
  log: Log,
): Promise<void> {
  log.phase('Comment on the pull request')
  const { commentOnPullRequest } = await import('./comment.ts')
  const { said, commented } = await commentOnPullRequest(
    reports,
    { run: runUrl(reports), artifact },
    inputs,
    process.env,
  )
  if (commented) log.info(said)
  else core.notice(plainLine(said))
}

/** @returns the artifact's address; undefined where it is not known or nothing was uploaded. */
async function upload(
  runId: string,
  reports: readonly ScanReport[],
  inputs: Inputs,
  log: Log,
): Promise<string | undefined> {
  log.phase('Upload the results')
  const folders = foldersOf(reports, inputs.formats).map((folder) => resolve(folder))
  const name = inputs.artifactName || `scan-results-${runId}`
  const missing = noArtifactService(process.env)
  if (missing !== undefined) return notUploaded(missing, name, folders, inputs)
  const files = (
    await Promise.all(folders.map(async (folder) => (await readdir(folder)).map((name) => join(folder, name))))
  ).flat()
  // a single image's files stand at the top of the archive, several images' in a folder each
  const root = folders.length === 1 ? folders[0]! : dirname(folders[0]!)
  try {
    const { DefaultArtifactClient } = await import('@actions/artifact')
    const options = inputs.retentionDays === undefined ? {} : { retentionDays: inputs.retentionDays }
    const { id } = await new DefaultArtifactClient().uploadArtifact(name, files, root, options)
    core.setOutput('artifact-id', String(id ?? ''))
    const run = runUrl(reports)
    const url = id === undefined || run === undefined ? undefined : `${run}/artifacts/${id}`
    core.setOutput('artifact-url', url ?? '')
    log.info(`artifact ${name}: ${files.length} files`)
    return url
  } catch (cause) {
    const message = (cause as Error).message.split('\n')[0]!
    if (NOT_THIS_SERVICE.test(message)) {
      return notUploaded(
        `this runner’s artifact service is not one this Action can use (${message})`,
        name,
        folders,
        inputs,
      )
    }
    throw new ScanError(`the results cannot be uploaded as artifact ${name}: ${message}`, {
      exitCode: EXIT.engine,
      hint: `they are in ${folders.join(', ')}; give each use in a workflow an \`artifact-name\` of its own, or set \`upload: false\``,
      cause,
    })
  }
}

/** Older servers than github.com's: their token names no job, or they do not know the call. A refusal or an outage says otherwise. */
const NOT_THIS_SERVICE =
  /JWT token is invalid and\/or missing claims|^Invalid token specified|CreateArtifact: .*\(404\)/

/** Why there is no artifact service; undefined where there is one. act without its artifact server, Forgejo and GitHub Enterprise Server have none. */
function noArtifactService(env: NodeJS.ProcessEnv): string | undefined {
  const unset = ['ACTIONS_RUNTIME_TOKEN', 'ACTIONS_RESULTS_URL'].find((variable) => !env[variable])
  if (unset !== undefined) return `this runner offers no artifact service (it does not set ${unset})`
  const server = env['GITHUB_SERVER_URL'] || 'https://github.com'
  const host = URL.parse(server)?.hostname ?? ''
  // the hosts that the artifact client accepts
  if (/^github\.com$|\.ghe\.com$|\.localhost$/i.test(host)) return undefined
  return `the artifact service of ${host || 'this server'} is not one this Action can use`
}

/** One notice where the upload is the default; an error where it was asked for. @throws ScanError (exit 3) */
function notUploaded(why: string, name: string, folders: readonly string[], { upload }: Inputs): undefined {
  const where = `they are in ${folders.join(', ')}: upload them with the action your server offers`
  if (upload === 'auto') {
    core.notice(plainLine(`the results are not uploaded: ${why}; ${where}`))
    return undefined
  }
  throw new ScanError(`the results cannot be uploaded as artifact ${name}: ${why}`, {
    exitCode: EXIT.engine,
    hint: `${where}, and set \`upload: false\``,
  })
}

/** The page of this workflow run. */
const runUrl = (reports: readonly ScanReport[]) => reports[0]?.scan.provenance?.ci?.runUrl ?? undefined
