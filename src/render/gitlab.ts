import { controlDetails } from '../judge/details.ts'
import type { Control, Severity } from '../judge/types.ts'
import { plainLine } from '../log/plain.ts'
import { fingerprint, stableNames } from '../report/fingerprint.ts'
import { repositoryPlace } from '../report/place.ts'
import { reasonOf, worstFirst } from '../report/reasons.ts'
import type { ScanReport } from '../report/report.ts'
import { shorten } from './markdown.ts'

/** GitLab's widget fails above some 23 MB. */
const BYTES_MOST = 18 * 1024 * 1024

/** GitLab's words for severities. */
const SEVERITY_WORDS: Readonly<Record<Severity, string>> = {
  critical: 'blocker',
  high: 'critical',
  medium: 'major',
  low: 'minor',
  none: 'info',
}

/** Where a control stands when nothing of the repository stands for it: GitLab requires a path. */
const NOWHERE = '.gitlab-ci.yml'

/**
 * GitLab's code quality report: an entry for each control that failed or could not be evaluated, and for a scan that proves
 * nothing; worst first, so that what a file that is too big has to leave out is the least of it.
 */
export function renderGitLab(reports: readonly ScanReport[]): string {
  const names = stableNames(reports)
  const entries = [
    ...reports
      .filter(({ judgement }) => judgement.verdict === 'inconclusive')
      .map((report) => unproven(report, names.get(report)!)),
    ...reports.flatMap((report) =>
      worstFirst(report.judgement.controls, 'failed', 'error').map((control) =>
        entry(control, report, names.get(report)!),
      ),
    ),
  ]
  const lines: string[] = []
  let bytes = 4
  for (const one of entries) {
    const line = JSON.stringify(one)
    bytes += Buffer.byteLength(line) + 2
    if (bytes > BYTES_MOST) break
    lines.push(line)
  }
  return lines.length === 0 ? '[]\n' : `[\n${lines.join(',\n')}\n]\n`
}

function entry(control: Control, { scan }: ScanReport, image: string): object {
  const place = repositoryPlace(controlDetails(control), scan.repository)
  const what = control.status === 'error' ? 'could not be evaluated: ' : ''
  const said = `${control.id}: ${control.title || 'no title'} (${scan.image}): ${what}${reasonOf(control)}`
  return {
    description: line(said),
    check_name: line(`${control.profile}/${control.id}`),
    fingerprint: fingerprint(control, image),
    severity: SEVERITY_WORDS[control.severity],
    location: { path: place?.file ?? NOWHERE, lines: { begin: place?.line ?? 1 } },
  }
}

function unproven({ scan, judgement, failure }: ScanReport, image: string): object {
  return {
    description: line(`${scan.image}: ${failure?.message ?? judgement.inconclusive ?? 'the results prove nothing'}`),
    check_name: 'sidecar-scan/verdict',
    fingerprint: fingerprint({ profile: 'sidecar-scan', id: 'verdict' }, image),
    severity: 'blocker',
    location: { path: scan.repository.fallback ?? NOWHERE, lines: { begin: 1 } },
  }
}

function line(value: string): string {
  return shorten(plainLine(value).toWellFormed(), 1000)
}
