import { createHash } from 'node:crypto'
import type { Control } from '../judge/types.ts'
import type { ScanReport } from './report.ts'

/**
 * The names of the images of a run that stay the same from release to release: without tag and digest, unless two images
 * of the run differ in nothing else.
 */
export function stableNames(reports: readonly ScanReport[]): Map<ScanReport, string> {
  const short = (image: string) => image.replace(/@sha256:[0-9a-f]+$/i, '').replace(/:[\w.-]+$/, '')
  const counts = new Map<string, number>()
  for (const { scan } of reports) counts.set(short(scan.image), (counts.get(short(scan.image)) ?? 0) + 1)
  return new Map(
    reports.map((report) => {
      const name = short(report.scan.image)
      return [report, counts.get(name) === 1 ? name : report.scan.image]
    }),
  )
}

/** A finding's identity over runs: profile, control and image decide, not what was found. In hexadecimal. */
export function fingerprint({ profile, id }: Pick<Control, 'profile' | 'id'>, image: string): string {
  return createHash('sha256').update([profile, id, image].join('\u0000')).digest('hex')
}
