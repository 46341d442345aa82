import { applyAttestations } from './attestations.ts'
import { compareToBaseline } from './baseline.ts'
import { compliance, countControls, countUnanswered, summariseProfiles } from './counts.ts'
import { distrust, isPassedOver, nothingApplicable, nothingTested, statusWords } from './trust.ts'
import type { Judgement, ProfileInfo, Results, Threshold, Verdict, Violation, Waiver } from './types.ts'
import { findViolations, measure } from './violations.ts'
import { applyWaivers } from './waiver-notes.ts'

export interface JudgeInput {
  readonly results: Results
  readonly threshold: Threshold
  readonly waivers?: readonly Waiver[] | undefined
  /** The previous results. */
  readonly baseline?: Results | undefined
  /** How many controls the profile lists (`inspec json`): fewer in the results is inconclusive. */
  readonly expectedControls?: number | undefined
  /** A floor given beside the threshold: fewer controls is inconclusive. (The key `min-controls` of a threshold is a limit.) */
  readonly minControls?: number | undefined
  readonly scannerExitCode?: number | undefined
  readonly now: Date
}

/** What a verdict is to a shell: 0 passed or not judged, 1 a limit is breached, 4 the results prove nothing. */
export const VERDICT_EXIT: Readonly<Record<Verdict, 0 | 1 | 4>> = {
  passed: 0,
  'not judged': 0,
  failed: 1,
  inconclusive: 4,
}

/**
 * Results and a threshold → verdict, with every violation. Results that prove nothing are `inconclusive` whatever the
 * threshold says; otherwise one breached limit is `failed`; and what breaches nothing because nothing was tested is
 * `inconclusive` too.
 */
export function judge(input: JudgeInput): Judgement {
  const { results, now } = input
  const attested = applyAttestations(results.controls, now)
  const { controls, notes } = applyWaivers({ ...results, controls: attested.controls }, input.waivers, now)
  const changes = input.baseline ? compareToBaseline(controls, input.baseline.controls) : null
  const counts = countControls(controls)
  const { limits } = input.threshold
  const measured = measure(controls, compliance(counts), changes)
  const breached = findViolations(limits, measured)
  const hard = distrust({
    profiles: results.profiles,
    controls,
    limits,
    expectedControls: input.expectedControls,
    minControls: input.minControls,
    scannerExitCode: input.scannerExitCode,
    baselineGiven: input.baseline !== undefined,
  })
  // the 0 % of a profile of which nothing applies is no breach that anyone asked for
  const nothing = input.threshold.source === 'default' ? nothingApplicable(controls) : null
  const untested = hard !== null && !controls.some((control) => control.results.length > 0)
  const violations = nothing || untested ? [] : breached
  const reason = hard ?? nothing ?? (violations.length > 0 ? null : nothingTested({ controls, limits }))
  const waiverWarnings = notes.flatMap((note) =>
    note.warning ? [`waiver for ${note.controlId}: ${note.warning}`] : [],
  )
  return {
    verdict: reason ? 'inconclusive' : verdictOf(input.threshold, violations),
    compliance: measured.compliance,
    counts,
    unanswered: countUnanswered(controls),
    violations,
    waivers: notes,
    inconclusive: reason,
    warnings: [
      ...results.warnings,
      ...passedOver(results.profiles),
      ...unjudged(input.threshold),
      ...attested.warnings,
      ...waiverWarnings,
    ],
    changes,
    threshold: described(input.threshold),
    profiles: summariseProfiles(results, controls),
    controls,
  }
}

function verdictOf({ source }: Threshold, violations: readonly Violation[]): Verdict {
  if (source === 'none') return 'not judged'
  return violations.length > 0 ? 'failed' : 'passed'
}

/** The judgement of a scan that gave no results that could be read: `reason` says why. */
export function inconclusive(reason: string, threshold: Threshold): Judgement {
  return {
    verdict: 'inconclusive',
    compliance: 0,
    counts: countControls([]),
    unanswered: countUnanswered([]),
    violations: [],
    waivers: [],
    inconclusive: reason,
    warnings: [],
    changes: null,
    threshold: described(threshold),
    profiles: [],
    controls: [],
  }
}

function passedOver(profiles: readonly ProfileInfo[]): string[] {
  return profiles
    .filter((profile) => isPassedOver(profile, profiles))
    .map(
      (profile) =>
        `the profile ${profile.name} was skipped, and nothing of it was judged (\`min-controls\` can forbid it)${statusWords(profile)}`,
    )
}

function described({ source, limits }: Threshold): Judgement['threshold'] {
  return { source, limits: limits.map(({ path, value }) => ({ path, value })) }
}

function unjudged(threshold: Threshold): string[] {
  return threshold.source === 'none' ? ['the threshold is none: the results are reported, not judged'] : []
}
