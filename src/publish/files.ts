import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EXIT, ScanError } from '../errors.ts'
import { renderSummary } from '../render/summary.ts'
import { renderThresholdResult } from '../render/threshold-result.ts'
import type { ScanReport } from '../report/report.ts'

/** Names on disk; those of the scripts this software replaces, which pipelines look for. */
export const FILES = {
  results: 'scan-results.json',
  summary: 'scan-summary.md',
  threshold: 'threshold-result.txt',
} as const

/** Makes the results folder. @throws ScanError (exit 2) when it cannot be written to: known before anything is created. */
export async function makeResultsDir(outputDir: string, scanId: string): Promise<string> {
  const folder = join(outputDir, `scan-results-${scanId}`)
  await writing(folder, () => mkdir(folder, { recursive: true }))
  return folder
}

/** The results as they came, before anything else is done with them: what was fetched is never lost. */
export async function writeResults(folder: string, bytes: Buffer): Promise<void> {
  await writing(folder, () => writeFile(join(folder, FILES.results), bytes))
}

/** Summary and threshold result. */
export async function writeReport(report: ScanReport): Promise<void> {
  const { resultsDir } = report.scan
  await writing(resultsDir, async () => {
    await writeFile(join(resultsDir, FILES.summary), renderSummary(report))
    await writeFile(join(resultsDir, FILES.threshold), renderThresholdResult(report.judgement))
  })
}

async function writing(folder: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code
    const why = {
      EACCES: 'this user may not write there',
      EROFS: 'it is read-only',
      ENOSPC: 'the disk is full',
      ENOTDIR: 'a file is in the way',
    }[code ?? '']
    throw new ScanError(`cannot write to ${folder}: ${why ?? code ?? 'unknown reason'}`, {
      exitCode: EXIT.usage,
      hint: 'set `output-dir` to a folder that can be written to',
      cause,
    })
  }
}
