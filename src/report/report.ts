import type { Judgement } from '../judge/types.ts'
import type { TargetAccess } from '../plan/pod.ts'
import type { Phases } from '../scan/scan.ts'

/** What was scanned, where and how: known before the scan begins. */
export interface ScanFacts {
  readonly runId: string
  readonly image: string
  readonly profile: string
  readonly engine: string
  readonly scannerImage: string
  readonly podSecurity: string
  readonly targetMode: string
  readonly targetAccess: TargetAccess
  readonly resultsDir: string
  readonly startedAt: string
}

/** What a scan that came to its end brought back beside its judgement. What is not known is undefined. */
interface Evidence {
  readonly imageDigest: string | undefined
  readonly scannerDigest: string | undefined
  readonly scannerVersion: string | undefined
  /** Of the results, in hexadecimal; undefined when the scanner wrote none. */
  readonly resultsSha256: string | undefined
  readonly phases: Phases
}

/** Why there are no results that can be judged, and what to do. */
interface Failure {
  readonly message: string
  readonly hint: string | undefined
  readonly exitCode: number
}

/** Everything there is to say about one scanned image; what renderers and publishers work from. */
export interface ScanReport {
  readonly scan: ScanFacts
  /** Null when the scan did not come to its end. */
  readonly evidence: Evidence | null
  readonly judgement: Judgement
  readonly failure: Failure | null
}
