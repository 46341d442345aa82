import type { Control, Counts, ProfileSummary, Results, Severity, Status, Tally } from './types.ts'

export const STATUSES: readonly Status[] = ['passed', 'failed', 'skipped', 'error', 'no_impact']
export const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'none']

/** Controls per status and severity. */
export function countControls(controls: readonly Control[]): Counts {
  const counts = Object.fromEntries(STATUSES.map((status) => [status, emptyTally()])) as Counts
  for (const control of controls) add(counts[control.status], control.severity)
  return counts
}

/** Controls with an unanswered test, per severity. */
export function countUnanswered(controls: readonly Control[]): Tally {
  const tally = emptyTally()
  for (const control of controls) if (control.unanswered) add(tally, control.severity)
  return tally
}

/** Controls that count as passed, as InSpec and SAF count them, although some of their tests could not be answered. */
export function passedInPart(controls: readonly Control[]): readonly Control[] {
  return controls.filter(({ status, unanswered }) => status === 'passed' && unanswered)
}

/**
 * Per cent of controls passed among those that passed, failed, were skipped or erred; half rounds up, 0 when none counts.
 * The rule of `saf validate threshold`: 199 of 200 is 100.
 */
export function compliance(counts: Counts): number {
  const passed = counts.passed.total
  const all = passed + counts.failed.total + counts.skipped.total + counts.error.total
  return all === 0 ? 0 : Math.round((100 * passed) / all)
}

/**
 * One entry per profile name in order of first appearance, counts added over files. A file is named after its first
 * top-level profile, as `saf view summary` groups them.
 */
export function summariseProfiles(results: Results, controls: readonly Control[]): ProfileSummary[] {
  const nameOfFile = new Map<string, string>()
  for (const profile of results.profiles) {
    if (profile.parent === null && !nameOfFile.has(profile.file)) nameOfFile.set(profile.file, profile.name)
  }
  const groups = new Map<string, { files: string[]; controls: Control[] }>()
  for (const [file, name] of nameOfFile) {
    const group = groups.get(name)
    if (group) group.files.push(file)
    else groups.set(name, { files: [file], controls: [] })
  }
  for (const control of controls) {
    const file = results.profiles[control.profileIndex]!.file
    groups.get(nameOfFile.get(file)!)!.controls.push(control)
  }
  return [...groups].map(([name, group]) => {
    const counts = countControls(group.controls)
    const unanswered = countUnanswered(group.controls)
    return { name, files: group.files, compliance: compliance(counts), counts, unanswered }
  })
}

function emptyTally(): Tally {
  return { total: 0, critical: 0, high: 0, medium: 0, low: 0, none: 0 }
}

function add(tally: Tally, severity: Severity): void {
  tally[severity] += 1
  tally.total += 1
}
