import type { Mapping } from '../mapping.ts'

/** What a control came to. `no_impact`: not applicable (impact 0) or waived; `error`: it could not be evaluated. */
export type Status = 'passed' | 'failed' | 'skipped' | 'error' | 'no_impact'
export type Severity = 'critical' | 'high' | 'medium' | 'low' | 'none'
/** `not judged`: there was nothing to judge by, as `threshold: none` says. */
export type Verdict = 'passed' | 'not judged' | 'failed' | 'inconclusive'

/** How many controls of one kind there are, in all and per severity. */
export type Tally = Record<Severity | 'total', number>
export type Counts = Record<Status, Tally>

/**
 * One test inside a control. `no_status`: the scanner wrote none. Texts are empty where there is none, and as the target or
 * the profile gave them: not escaped.
 */
export interface TestResult {
  readonly status: 'passed' | 'failed' | 'skipped' | 'error' | 'no_status'
  readonly codeDesc: string
  readonly message: string
  readonly skipMessage: string
  readonly exception: string
}

/** What the scanner wrote about a waiver of this control. */
export interface ControlWaiver {
  /** The scanner skipped the control because of the waiver. */
  readonly skipped: boolean
  readonly run: boolean | null
  readonly justification: string
  /** As written; null when the waiver has no end. */
  readonly expirationDate: string | null
  /** The scanner says that the waiver had expired when it ran. */
  readonly foundExpired: boolean
}

/** What the results say of an attestation: a person vouches for a control that was skipped. */
export interface ControlAttestation {
  /** When it was made, as written; empty when nothing is. */
  readonly updated: string
  /** How long it holds, as SAF writes it (`quarterly`, `3m`); null when nothing is written. */
  readonly frequency: string | null
  /** When it ends, as written; null when nothing is. */
  readonly expirationDate: string | null
}

/** One control of a top-level profile, resolved to the entries (of dependencies) that hold its results. */
export interface Control {
  readonly id: string
  readonly title: string
  /** Name of the top-level profile that counts it. */
  readonly profile: string
  /** Index into `Results.profiles`: names need not be unique. */
  readonly profileIndex: number
  readonly status: Status
  readonly severity: Severity
  readonly impact: number
  /** At least one of its tests could not be answered by the transport, and no failure or error decides it anyway. */
  readonly unanswered: boolean
  readonly waived: boolean
  readonly waiver: ControlWaiver | null
  readonly attestation?: ControlAttestation
  readonly results: readonly TestResult[]
  /** The results by profile, where several profiles wrote some: each is read on its own, the strictest wins. */
  readonly parts?: readonly (readonly TestResult[])[]
  /**
   * The control as the results file has it: the top-level profile's entry first, then those of its dependencies. For
   * reports, which read texts, tags and code with `controlDetails`; nothing in it decides a verdict.
   */
  readonly source: readonly Mapping[]
}

/** One top-level profile or dependency of a results file. */
export interface ProfileInfo {
  readonly name: string
  readonly title: string
  readonly version: string
  readonly sha256: string
  readonly summary: string
  /** `loaded`, `skipped` or `failed` as InSpec writes it; null when the file says nothing. */
  readonly status: string | null
  readonly statusMessage: string
  /** The platforms it is for, in words: one for each entry of `supports`. */
  readonly supports: readonly string[]
  /** The profile of the file that depends on this one; null for a top-level profile, whose controls count. */
  readonly parent: string | null
  /** The results file it comes from, as named to `parseHdf`. */
  readonly file: string
  /** The profile as the results file has it, for `profileDetails`. */
  readonly source: Mapping
}

/** HDF as data. Several files are read as one: their controls are counted together. */
export interface Results {
  readonly files: readonly string[]
  readonly profiles: readonly ProfileInfo[]
  readonly controls: readonly Control[]
  readonly platform: { readonly name: string; readonly release: string }
  readonly inspecVersion: string
  /** Seconds, summed over the files; null when no file says. */
  readonly duration: number | null
  /** What a reader should know about how the files were read; nothing here changes a verdict. */
  readonly warnings: readonly string[]
}

/** One limit of a threshold. `path` is canonical: `compliance.min`, `passed.total` (exact), `failed.high.controls`. */
export interface Limit {
  readonly path: string
  readonly value: number | readonly string[]
  /** Line of the key in the threshold's text, from 1; 0 for a limit that no text holds. */
  readonly line: number
  /** Where the number stands in the text, end-exclusive; absent when it came through an alias or a merge key. */
  readonly span?: readonly [number, number]
}

/** Limits in canonical order. Without limits (`threshold: none`) results are reported and not judged. */
export interface Threshold {
  /** A file's name, `inline`, `default` or `none`. */
  readonly source: string
  readonly limits: readonly Limit[]
}

export interface Violation {
  readonly path: string
  readonly limit: number | readonly string[]
  readonly actual: number | readonly string[]
  readonly message: string
  /** Ids of the controls behind the figure, sorted; for a minimum that is missed, those that could make it up. */
  readonly controls: readonly string[]
}

/** One entry of a waiver file. */
export interface Waiver {
  readonly controlId: string
  readonly justification: string
  /** `YYYY-MM-DD`, the day it ends (UTC); null when it has no end. */
  readonly expirationDate: string | null
  /** When it ends, in milliseconds since 1970: the start of that day where no time is written, as in InSpec. */
  readonly endsAt: number | null
  /** False: the control is not run and counts as `no_impact`. True, or nothing written: it runs and counts as it is. */
  readonly run: boolean
  readonly file: string
  readonly line: number
  /** Keys that InSpec does not know, with what is written there; null for a list or a mapping. */
  readonly extra: ReadonlyMap<string, string | boolean | null>
}

/** What became of one waiver, for the summary. */
export interface WaiverNote {
  readonly controlId: string
  readonly justification: string
  readonly expirationDate: string | null
  readonly run: boolean
  /** `unmatched`: no control has that id. */
  readonly state: 'active' | 'expiring' | 'expired' | 'unmatched'
  /** Whether the control counts as `no_impact` because of it. */
  readonly applied: boolean
  /** A waiver file's name, or the results file that carried it. */
  readonly source: string
  /** What to look at; null when all is well. */
  readonly warning: string | null
}

/** How controls changed since the previous results; each list holds control ids, sorted. */
export interface BaselineChanges {
  /** Failed (or could not be evaluated) then, passes now. */
  readonly fixed: readonly string[]
  /** Fails now and did not then, or was not there. */
  readonly newlyFailing: readonly string[]
  readonly stillFailing: readonly string[]
  /** Failed then; skipped, waived or not applicable now: not fixed. */
  readonly noLongerTested: readonly string[]
  readonly newlyUnanswered: readonly string[]
  /** In the previous results only. */
  readonly gone: readonly string[]
}

/** Counts of the files whose first top-level profile has this name, as `saf view summary` groups them. */
export interface ProfileSummary {
  readonly name: string
  readonly files: readonly string[]
  readonly compliance: number
  readonly counts: Counts
  readonly unanswered: Tally
}

export interface Judgement {
  readonly verdict: Verdict
  /** Whole per cent, as SAF rounds it; 0 when nothing counts. */
  readonly compliance: number
  readonly counts: Counts
  readonly unanswered: Tally
  /** In canonical order of their paths, whatever the order of keys in the threshold. */
  readonly violations: readonly Violation[]
  readonly waivers: readonly WaiverNote[]
  /** Why the results prove nothing; null when they can be trusted. */
  readonly inconclusive: string | null
  readonly warnings: readonly string[]
  readonly changes: BaselineChanges | null
  readonly threshold: {
    readonly source: string
    readonly limits: readonly { path: string; value: number | readonly string[] }[]
  }
  readonly profiles: readonly ProfileSummary[]
  /** The controls as judged: waivers applied, expired ones undone. */
  readonly controls: readonly Control[]
}
