import { severityOf } from './control.ts'
import type { Control, Results } from './types.ts'

/** What the profile says of a control by its own account, read without waivers and without a target. */
export interface CountedControl {
  readonly title: string
  readonly impact: number
  /** The tags `severity` and `severityoverride`, where it has them. */
  readonly tags: Readonly<Record<string, string>>
}

/**
 * InSpec 7 does not evaluate a control that is waived, and a control that was never reached has no body: both are reported
 * without title and with the impact 0.5. What the profile says of them stands in.
 */
export function withCensus(results: Results, census: ReadonlyMap<string, CountedControl>): Results {
  return { ...results, controls: results.controls.map((control) => completed(control, census.get(control.id))) }
}

function completed(control: Control, counted: CountedControl | undefined): Control {
  if (!counted || control.title !== '' || control.impact !== 0.5 || !(control.waiver?.skipped || control.unanswered))
    return control
  const { title, impact, tags } = counted
  return { ...control, title, impact, severity: severityOf(tags, impact) }
}
