import { controlDetails } from '../judge/details.ts'
import type { Control } from '../judge/types.ts'
import { plainLine } from '../log/plain.ts'
import { repositoryPlace } from '../report/place.ts'
import { findings, reasonOf, worstFirst } from '../report/reasons.ts'
import type { ScanReport } from '../report/report.ts'
import { shorten } from './markdown.ts'

/** A line of the log that GitHub shows with the run and, where it has a file, in the diff. */
interface Annotation {
  readonly message: string
  readonly title?: string
  readonly file?: string
  readonly startLine?: number
}

/** GitHub shows ten annotations of a kind and step; the last says how many more there are. */
const MOST = 9

/**
 * The failing controls of a run as annotations, the worst first: id, title and what was found, at the profile's source where it
 * lies in the repository. `said` is how many errors the step has besides.
 */
export function controlAnnotations(reports: readonly ScanReport[], said: number): Annotation[] {
  const all = reports.flatMap((report) =>
    report.judgement.verdict === 'failed'
      ? worstFirst(report.judgement.controls, 'failed', 'error').map((control) => ({ control, report }))
      : [],
  )
  const shown = all.slice(0, Math.max(0, MOST - said))
  const rest = all.length - shown.length
  const lines = shown.map(({ control, report }) => annotation(control, report, reports.length > 1))
  return rest > 0
    ? [...lines, { message: `and ${rest} more ${rest === 1 ? 'control' : 'controls'}: see the job summary` }]
    : lines
}

function annotation(control: Control, { scan }: ScanReport, several: boolean): Annotation {
  const place = repositoryPlace(controlDetails(control), scan.repository)
  const found = findings(control).map(({ test, said }) => [test, said].filter(Boolean).join(': '))
  const what = control.status === 'error' ? 'could not be evaluated' : 'failed'
  const message = `${several ? `${scan.image}: ` : ''}${control.title || control.id}: ${what}: ${found.join('; ') || reasonOf(control)}`
  return {
    title: shorten(plainLine(`${control.id} (${control.severity})`), 200),
    message: shorten(plainLine(message.replace(/\s+/g, ' ')), 1000),
    ...(place?.own ? { file: place.file, startLine: place.line } : {}),
  }
}
