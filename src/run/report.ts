import type { Judgement } from '../judge/types.ts'
import type { TargetAccess } from '../plan/pod.ts'
import type { Phases } from '../scan/scan.ts'

/** Everything there is to say about one scanned image; what renderers and publishers work from. */
export interface ScanReport {
  readonly runId: string
  readonly image: string
  readonly imageDigest: string
  readonly profile: string
  readonly engine: string
  readonly scannerImage: string
  readonly scannerDigest: string
  readonly scannerVersion: string
  readonly podSecurity: string
  readonly targetMode: string
  readonly targetAccess: TargetAccess
  readonly resultsDir: string
  readonly startedAt: string
  /** Absent when the scan did not come to its end. */
  readonly phases: Phases | undefined
  /** Of the results, in hexadecimal; empty without results. */
  readonly resultsSha256: string
  readonly judgement: Judgement
  /** Why there are no results, and what to do; undefined when there are some. */
  readonly failure:
    | { readonly message: string; readonly hint: string | undefined; readonly exitCode: number }
    | undefined
}
