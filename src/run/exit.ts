import { EXIT } from '../errors.ts'
import type { FailOn } from '../inputs/inputs.ts'
import { VERDICT_EXIT } from '../judge/judge.ts'
import type { ScanReport } from '../report/report.ts'

/** Exit codes from good to bad: what one of several images came to is not hidden by a milder outcome of another. */
const WORSE = [0, 1, 4, 3, 2]

/** The exit code of a run: of a good verdict whose files could not be written that of a failed engine; the worst of its scans, as `fail-on` lets it count. */
export function exitCode(reports: readonly ScanReport[], failOn: FailOn): number {
  const codes = reports.map(
    ({ judgement, failure, unwritten }) =>
      failure?.exitCode ?? (VERDICT_EXIT[judgement.verdict] || (unwritten === null ? 0 : EXIT.engine)),
  )
  const worst = codes.reduce<number>((a, b) => (WORSE.indexOf(b) > WORSE.indexOf(a) ? b : a), 0)
  if (failOn === 'never') return 0
  return failOn === 'error' && worst === 1 ? 0 : worst
}
