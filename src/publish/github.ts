import { readdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import * as core from '@actions/core'
import { EXIT, ScanError } from '../errors.ts'
import type { Inputs } from '../inputs/inputs.ts'
import type { Log } from '../log/log.ts'
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
  if (inputs.upload) await upload(runId, reports, inputs, log)
}

async function upload(runId: string, reports: readonly ScanReport[], inputs: Inputs, log: Log): Promise<void> {
  log.phase('Upload the results')
  const folders = foldersOf(reports, inputs.formats).map((folder) => resolve(folder))
  const files = (
    await Promise.all(folders.map(async (folder) => (await readdir(folder)).map((name) => join(folder, name))))
  ).flat()
  // a single image's files stand at the top of the archive, several images' in a folder each
  const root = folders.length === 1 ? folders[0]! : dirname(folders[0]!)
  const name = inputs.artifactName || `scan-results-${runId}`
  try {
    const { DefaultArtifactClient } = await import('@actions/artifact')
    const options = inputs.retentionDays === undefined ? {} : { retentionDays: inputs.retentionDays }
    const { id } = await new DefaultArtifactClient().uploadArtifact(name, files, root, options)
    core.setOutput('artifact-id', String(id ?? ''))
    core.setOutput('artifact-url', id === undefined ? '' : artifactUrl(id))
    log.info(`artifact ${name}: ${files.length} files`)
  } catch (cause) {
    throw new ScanError(
      `the results cannot be uploaded as artifact ${name}: ${(cause as Error).message.split('\n')[0]}`,
      {
        exitCode: EXIT.engine,
        hint: `they are in ${folders.join(', ')}; give each use in a workflow an \`artifact-name\` of its own, or set \`upload: false\``,
        cause,
      },
    )
  }
}

function artifactUrl(id: number): string {
  const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID } = process.env
  return `${GITHUB_SERVER_URL ?? ''}/${GITHUB_REPOSITORY ?? ''}/actions/runs/${GITHUB_RUN_ID ?? ''}/artifacts/${id}`
}
