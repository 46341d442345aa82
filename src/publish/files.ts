import { rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { EXIT, ScanError } from '../errors.ts'
import { makeFolders } from '../folders.ts'
import { FORMATS, type FormatName, formatsOf } from '../render/formats.ts'
import type { ScanReport } from '../report/report.ts'

/** The results as InSpec wrote them, beside which the reports are written. */
const RESULTS_FILE = 'scan-results.json'

/** Paths of what was written, by the name of the format; `results` are InSpec's own. */
export type Files = Partial<Record<FormatName | 'results', string>>

/** Makes the results folder. @throws ScanError (exit 2) when it cannot be written to: known before anything is created. */
export async function makeResultsDir(outputDir: string, scanId: string): Promise<string> {
  const folder = join(outputDir, `scan-results-${scanId}`)
  await writing(folder, async () => {
    await makeFolders(folder)
  })
  return folder
}

/** The results as they came, before anything else is done with them: what was fetched is never lost. */
export async function writeResults(folder: string, bytes: Buffer): Promise<void> {
  await writing(folder, () => writeWhole(join(folder, RESULTS_FILE), bytes))
}

/** The formats that every scanned image has. */
export async function writeReport(report: ScanReport): Promise<void> {
  await writeFormats(report.scan.resultsDir, formatsOf('image'), [report])
}

/** The formats of a whole run that were asked for. */
export async function writeRunReports(reports: readonly ScanReport[], asked: readonly FormatName[]): Promise<void> {
  const formats = formatsOf('run', asked)
  if (formats.length > 0) await writeFormats(runFolder(reports), formats, reports)
}

/** The files of one image. */
export function imageFiles({ scan, evidence }: ScanReport): Files {
  const results = evidence?.resultsSha256 === undefined ? {} : { results: join(scan.resultsDir, RESULTS_FILE) }
  return { ...results, ...paths(scan.resultsDir, formatsOf('image')) }
}

/** The files of a whole run. */
export function runFiles(reports: readonly ScanReport[], asked: readonly FormatName[]): Files {
  return paths(runFolder(reports), formatsOf('run', asked))
}

/** The folders of a run, those of the images first. */
export function foldersOf(reports: readonly ScanReport[], asked: readonly FormatName[]): string[] {
  const folders = reports.map(({ scan }) => scan.resultsDir)
  return formatsOf('run', asked).length === 0 ? folders : [...new Set([...folders, runFolder(reports)])]
}

/** Where one image is scanned its folder, else one beside those of the images. */
function runFolder(reports: readonly ScanReport[]): string {
  const { resultsDir, runId } = reports[0]!.scan
  return reports.length === 1 ? resultsDir : join(dirname(resultsDir), `scan-results-${runId}`)
}

function paths(folder: string, formats: readonly FormatName[]): Files {
  return Object.fromEntries(formats.map((name) => [name, join(folder, FORMATS[name].file)]))
}

async function writeFormats(
  folder: string,
  formats: readonly FormatName[],
  reports: readonly ScanReport[],
): Promise<void> {
  for (const name of formats) {
    const { file, load } = FORMATS[name]
    const text = (await load())(reports)
    await writing(folder, async () => {
      await makeFolders(folder)
      await writeWhole(join(folder, file), text)
    })
  }
}

const ELSEWHERE = 'set `output-dir` to a folder that can be written to'

/** What an error of the file system means, and what helps. */
const CAUSES: Readonly<Record<string, { why: string; hint: string }>> = {
  ENOENT: { why: 'no folder can be made there', hint: `/proc and /sys hold no files of users: ${ELSEWHERE}` },
  EACCES: {
    why: 'this user has no permission to write there',
    hint: `change the folder’s owner or mode, or ${ELSEWHERE}`,
  },
  EPERM: { why: 'the system forbids it', hint: ELSEWHERE },
  EROFS: { why: 'the file system is read-only', hint: `mount it writable, or ${ELSEWHERE}` },
  ENOSPC: { why: 'the disk is full', hint: 'free space on that disk, or set `output-dir` to a folder on another one' },
  EDQUOT: {
    why: 'the disk quota of this user is used up',
    hint: 'free space, or set `output-dir` to a folder elsewhere',
  },
  ENOTDIR: { why: 'a file is in the way', hint: 'remove that file, or set `output-dir` to a folder' },
  EEXIST: { why: 'a file is in the way', hint: 'remove that file, or set `output-dir` to a folder' },
  ENAMETOOLONG: { why: 'the path is too long', hint: 'set `output-dir` to a shorter path' },
  ELOOP: { why: 'a link leads back to itself', hint: ELSEWHERE },
}

/** The whole file or none: a disk that is full leaves nothing under the file's name. */
async function writeWhole(path: string, content: Buffer | string): Promise<void> {
  const part = `${path}.part`
  try {
    await writeFile(part, content)
    await rename(part, path)
  } catch (error) {
    await rm(part, { force: true }).catch(() => {})
    throw error
  }
}

async function writing(folder: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? ''
    const { why, hint } = CAUSES[code] ?? { why: code || 'unknown reason', hint: ELSEWHERE }
    throw new ScanError(`cannot write to ${folder}: ${why}`, { exitCode: EXIT.usage, hint, cause })
  }
}
