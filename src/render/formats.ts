import type { INPUTS } from '../inputs/table.ts'
import { verdictDocument } from '../report/document.ts'
import type { ScanReport } from '../report/report.ts'
import { renderRunSummary } from './summary.ts'
import { renderThresholdResult } from './threshold-result.ts'

export type FormatName = (typeof INPUTS)['formats']['choices'][number]

/** What a scan's reports look like as a file of one kind. */
interface Format {
  /** Name on disk. */
  readonly file: string
  /** `image`: a file for each image, written with every scan; `run`: one file for all images, when `formats` asks for it. */
  readonly scope: 'image' | 'run'
  /** The renderer; of a format that must be asked for, its code is loaded then. */
  readonly load: () => Promise<(reports: readonly ScanReport[]) => string>
}

const ofImage = (file: string, render: (report: ScanReport) => string): Format => ({
  file,
  scope: 'image',
  load: async () => (reports) => reports.map(render).join('\n'),
})

const ofRun = (file: string, load: Format['load']): Format => ({ file, scope: 'run', load })

/**
 * Every report format: a row here, its name among the choices of the input `formats`, and a file with its renderer. The
 * file names are those of the scripts this software replaces, which pipelines look for.
 */
export const FORMATS: Readonly<Record<FormatName, Format>> = {
  summary: { file: 'scan-summary.md', scope: 'image', load: async () => (reports) => renderRunSummary(reports) },
  threshold: ofImage('threshold-result.txt', ({ judgement }) => renderThresholdResult(judgement)),
  verdict: ofImage('scan-verdict.json', (report) => `${JSON.stringify(verdictDocument(report), null, 2)}\n`),
  sarif: ofRun('scan-results.sarif', async () => (await import('./sarif.ts')).renderSarif),
  junit: ofRun('scan-junit.xml', async () => (await import('./junit.ts')).renderJUnit),
  html: ofRun('scan-report.html', async () => (await import('./html/page.ts')).renderHtml),
  gitlab: ofRun('gl-code-quality-report.json', async () => (await import('./gitlab.ts')).renderGitLab),
}

/** The formats of a scope in the table's order; of a run only those that are asked for. */
export function formatsOf(scope: Format['scope'], asked: readonly FormatName[] = []): FormatName[] {
  return (Object.keys(FORMATS) as FormatName[]).filter(
    (name) => FORMATS[name].scope === scope && (scope === 'image' || asked.includes(name)),
  )
}
