import { FINISHED, INSPEC_EXIT } from '../protocol/exit-codes.ts'
import type { Control, Limit, ProfileInfo } from './types.ts'

/** What is known of a run besides its results. */
interface RunFacts {
  readonly profiles: readonly ProfileInfo[]
  readonly controls: readonly Control[]
  readonly limits: readonly Limit[]
  readonly expectedControls: number | undefined
  readonly minControls: number | undefined
  readonly scannerExitCode: number | undefined
  readonly baselineGiven: boolean
}

const SCANNER_EXITS: Readonly<Record<number, string>> = {
  [INSPEC_EXIT.crashed]: 'the scanner crashed (exit code 1)',
  [INSPEC_EXIT.badArguments]: 'the scanner refused its arguments (exit code 2)',
  [INSPEC_EXIT.notLoaded]: 'the profile did not load (exit code 102)',
  [INSPEC_EXIT.noLicence]: 'the scanner’s licence was not accepted (exit code 172)',
}

/**
 * Why results prove nothing, or null. 0 passed, 100 failures and 101 skips are InSpec's codes for a run that finished; 101
 * comes with any skipped control, so whether only skips came is read from the results.
 */
export function distrust(facts: RunFacts): string | null {
  const reasons = [
    exitReason(facts.scannerExitCode),
    ...facts.profiles.map((profile) => (isPassedOver(profile, facts.profiles) ? null : profileReason(profile))),
    countReason(facts),
    skipsReason(facts),
    facts.baselineGiven || !facts.limits.some((limit) => limit.path === 'new-failures')
      ? null
      : 'the threshold limits new-failures, but no baseline was given to compare with',
  ]
  return reasons.filter((reason) => reason !== null).join('; ') || null
}

/**
 * Why results that breach no limit prove nothing all the same, or null: no control passed or failed, and the threshold does
 * not speak of what there is instead.
 */
export function nothingTested({ controls, limits }: Pick<RunFacts, 'controls' | 'limits'>): string | null {
  if (controls.some(isTested) || isForeseen(controls, limits)) return null
  return 'no control was tested: all are not applicable, waived, skipped or could not be evaluated'
}

/** Why results in which every control is not applicable or waived prove nothing, or null. */
export function nothingApplicable(controls: readonly Control[]): string | null {
  if (controls.length === 0 || controls.some(({ status }) => status !== 'no_impact')) return null
  const which = controls.length === 1 ? 'the only control is' : `all ${controls.length} controls are`
  return `nothing was applicable: ${which} not applicable or waived`
}

function exitReason(code: number | undefined): string | null {
  if (code === undefined || FINISHED.includes(code)) return null
  return SCANNER_EXITS[code] ?? `the scanner ended abnormally (exit code ${code})`
}

/**
 * Whether a top-level profile was skipped, for its platform, beside another that ran: then the others are judged, and a warning
 * names it.
 */
export function isPassedOver(profile: ProfileInfo, profiles: readonly ProfileInfo[]): boolean {
  const ran = ({ status, parent }: ProfileInfo) => parent === null && (status === null || status === 'loaded')
  return profile.parent === null && profile.status === 'skipped' && profiles.some(ran)
}

/** A dependency skipped for its platform is ordinary; a skipped top-level profile is a scan that did not happen. */
function profileReason(profile: ProfileInfo): string | null {
  const { name, status, parent } = profile
  if (status === null || status === 'loaded' || (status === 'skipped' && parent !== null)) return null
  const what =
    status === 'skipped'
      ? 'was skipped'
      : status === 'failed'
        ? 'failed to load'
        : `has the status ${JSON.stringify(status)}`
  return `the profile ${name} ${what}${statusWords(profile)}`
}

/** Why a profile was not run, behind a colon; of one for another platform: which it is for, and which the target is. */
export function statusWords({ statusMessage, supports }: ProfileInfo): string {
  const target = /on unsupported platform: '(.+)'\.?$/.exec(statusMessage)?.[1]
  if (target === undefined || supports.length === 0)
    return statusMessage === '' ? '' : `: ${statusMessage.replace(/\.$/, '')}`
  const platform = target.replace('/', ' ')
  return `: it supports ${supports.join(' or ')}, and the target is ${platform}. Use a profile for that platform, or extend \`supports\` in its inspec.yml`
}

function countReason({ controls, expectedControls = 0, minControls = 0 }: RunFacts): string | null {
  if (controls.length === 0) return 'the results hold no control: nothing was run'
  if (controls.length < expectedControls)
    return `the results hold ${controls.length} of the ${expectedControls} controls of the profile`
  if (controls.length < minControls)
    return `the results hold ${controls.length} controls, fewer than the ${minControls} that min-controls asks for`
  return null
}

function skipsReason({ controls, limits }: RunFacts): string | null {
  const skipsOnly =
    controls.some((control) => control.status === 'skipped') &&
    !controls.some((control) => isTested(control) || control.status === 'error')
  if (!skipsOnly || isForeseen(controls, limits)) return null
  return 'every control was skipped or not applicable: nothing was tested (a skipped.total.max in the threshold would allow it)'
}

function isTested(control: Control): boolean {
  return control.status === 'passed' || control.status === 'failed'
}

/** Whether the threshold bounds from above the number of controls of every status and severity that occurs. */
function isForeseen(controls: readonly Control[], limits: readonly Limit[]): boolean {
  const bounded = new Set(
    limits.filter((limit) => !limit.path.endsWith('.min')).map((limit) => limit.path.replace(/\.(max|controls)$/, '')),
  )
  const foresees = (status: string, severity: string) =>
    bounded.has(`${status}.total`) || bounded.has(`${status}.${severity}`)
  return controls.every(
    ({ status, severity, unanswered }) =>
      foresees(status, severity) || (unanswered && (foresees('unanswered', severity) || bounded.has('unanswered'))),
  )
}
