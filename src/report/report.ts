import type { Judgement } from '../judge/types.ts'
import type { TargetAccess } from '../plan/pod.ts'
import type { Trusted } from '../scan/marker.ts'
import type { Phases } from '../scan/scan.ts'

/** What was scanned, where and how: known before the scan begins. */
export interface ScanFacts {
  readonly runId: string
  readonly image: string
  /** The pods that ran already and were scanned, in words; absent for a scan of an image. */
  readonly pod?: string
  readonly profile: string
  readonly engine: string
  readonly scannerImage: string
  readonly podSecurity: string
  readonly targetMode: string
  readonly targetAccess: TargetAccess
  readonly resultsDir: string
  readonly startedAt: string
  readonly repository: Repository
  /** Null where only the results of a scan are known. */
  readonly provenance: Provenance | null
}

/** Files of the repository that a finding can point at, by their paths from its root; undefined where they are not in it. */
export interface Repository {
  /** The profile's folder. */
  readonly profile: string | undefined
  /** What stands for controls whose source is not in the repository: the threshold's file, else the workflow's. */
  readonly fallback: string | undefined
}

/** The CI that ran a scan; null what it does not say. */
export interface Ci {
  readonly provider: 'github' | 'gitlab' | 'jenkins'
  readonly actor: string | null
  readonly repository: string | null
  readonly commit: string | null
  readonly workflow: string | null
  readonly runUrl: string | null
}

/** Where a profile or a dependency of one came from. */
interface Origin {
  readonly name: string
  readonly version: string
  /** As the user or an inspec.yml wrote it, without credentials. */
  readonly source: string
  /** Of a repository. */
  readonly commit: string | null
  /** It may be another one tomorrow: a branch, a tag, an archive without a digest. */
  readonly floating: boolean
}

/** A profile that ran: `sha256` is of its files, those of a dependency of the archive that was downloaded. */
export interface ProfileOrigin extends Origin {
  readonly sha256: string
  readonly dependencies: readonly (Origin & { readonly sha256: string | null })[]
}

/** With what a scan was made and judged. Digests are SHA-256 in hexadecimal, of the bytes that were read; null without a file. */
interface Provenance {
  /** Of this software. */
  readonly version: string
  /** In the order of the input `profile`. */
  readonly profileSources: readonly ProfileOrigin[]
  /** Of all that travelled into the pod. */
  readonly payloadSha256: string
  readonly thresholdSha256: string | null
  readonly waiverFileSha256: string | null
  readonly inputsFileSha256: string | null
  readonly baselineSha256: string | null
  readonly ci: Ci | null
}

/** What a scan that came to its end brought back beside its judgement. What is not known is undefined. */
interface Evidence {
  readonly imageDigest: string | undefined
  /** Each by which the image is known, the one above first: with several platforms, that of the index and that of the manifest. */
  readonly imageDigests: readonly string[]
  readonly scannerDigest: string | undefined
  readonly scannerVersion: string | undefined
  /** Of the results, in hexadecimal; undefined when the scanner wrote none. */
  readonly resultsSha256: string | undefined
  /** The top-level profiles as InSpec read them. */
  readonly profiles: readonly { readonly name: string; readonly version: string; readonly sha256: string }[]
  /** Why the witness said nothing of the image; undefined where it did, or none was needed. */
  readonly unwitnessed: string | undefined
  /** How far the results are proven to be those of a scan; absent where only a file is known. */
  readonly trust?: Trusted
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
  /** The inputs that the profiles ran with, but for sensitive ones. */
  readonly inputs: readonly { readonly name: string; readonly value: string }[]
  readonly failure: Failure | null
  readonly finishedAt: string
  /** Why the files could not all be written; null when they were. */
  readonly unwritten: string | null
}
