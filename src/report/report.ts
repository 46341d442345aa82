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
  readonly repository: Repository
}

/** Files of the repository that a finding can point at, by their paths from its root; undefined where they are not in it. */
export interface Repository {
  /** The profile's folder. */
  readonly profile: string | undefined
  /** What stands for controls whose source is not in the repository: the threshold's file, else the workflow's. */
  readonly fallback: string | undefined
}

/** What a scan that came to its end brought back beside its judgement. What is not known is undefined. */
interface Evidence {
  readonly imageDigest: string | undefined
  readonly scannerDigest: string | undefined
  readonly scannerVersion: string | undefined
  /** Of the results, in hexadecimal; undefined when the scanner wrote none. */
  readonly resultsSha256: string | undefined
  readonly phases: Phases | undefined
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
