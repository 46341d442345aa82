import { isUnanswered, statusOf } from './control.ts'
import { endOfDay, parseDay } from './day.ts'
import type { Control, Results, Waiver, WaiverNote } from './types.ts'

const DAY = 86_400_000
/** A waiver that ends within this many days is worth a warning. */
const WARN_DAYS = 14

/**
 * Controls as waivers leave them at `now`. A waiver file decides over what the scanner wrote: an active one that says
 * `run: false` waives, an expired one waives no longer. A control the file does not list keeps the scanner's waiver until
 * that expires. Later entries for a control win, as in InSpec.
 */
export function applyWaivers(
  results: Results,
  waivers: readonly Waiver[] | undefined,
  now: Date,
): { controls: Control[]; notes: WaiverNote[] } {
  const byId = new Map((waivers ?? []).map((waiver) => [waiver.controlId, waiver]))
  const carried = new Map<string, WaiverNote>()
  const applied = new Set<string>()
  const matched = new Set<string>()
  const controls = results.controls.map((control) => {
    const waiver = byId.get(control.id)
    if (waiver) {
      matched.add(control.id)
      const waived = !waiver.run && stateAt(waiver.expirationDate, now) !== 'expired'
      const judged = withWaiver(control, waived)
      if (waived && judged.status === 'no_impact') applied.add(control.id)
      return judged
    }
    if (!control.waived) return control
    const note = carriedNote(control, results.profiles[control.profileIndex]?.file ?? '', byId.size > 0, now)
    carried.set(control.id, note)
    return withWaiver(control, note.state !== 'expired')
  })
  const notes = [...byId.values()].map((waiver) =>
    fileNote(waiver, matched.has(waiver.controlId), applied.has(waiver.controlId), now),
  )
  return { controls, notes: [...notes, ...carried.values()] }
}

function withWaiver(control: Control, waived: boolean): Control {
  if (waived === control.waived) return control
  const status = statusOf(control.results, control.impact, waived)
  return { ...control, waived, status, unanswered: isUnanswered(control.results, status) }
}

function stateAt(day: string | null, now: Date): 'active' | 'expiring' | 'expired' {
  if (day === null) return 'active'
  const left = endOfDay(day) - now.getTime()
  if (left <= 0) return 'expired'
  return left <= WARN_DAYS * DAY ? 'expiring' : 'active'
}

function fileNote(waiver: Waiver, matched: boolean, applied: boolean, now: Date): WaiverNote {
  const { controlId, justification, expirationDate, run, file } = waiver
  const state = matched ? stateAt(expirationDate, now) : 'unmatched'
  const warnings = [stateWarning(state, expirationDate)]
  if (justification === '') warnings.push('has no justification')
  if (waiver.extra.size > 0) warnings.push(`has keys InSpec does not know (${[...waiver.extra.keys()].join(', ')})`)
  const warning = warnings.filter((text) => text !== null).join('; ') || null
  return { controlId, justification, expirationDate, run, state, applied, source: file, warning }
}

/** The note of a waiver that only the results carry. */
function carriedNote(control: Control, file: string, waiverFilesGiven: boolean, now: Date): WaiverNote {
  const written = control.waiver?.expirationDate ?? null
  const day = written === null ? null : parseDay(written)
  const state = stateAt(day, now)
  const warnings = [stateWarning(state, day)]
  if (written !== null && day === null) warnings.push(`has an end that cannot be read (${written})`)
  if (waiverFilesGiven) warnings.push('is in the results but in no waiver file')
  if (!control.waiver?.justification) warnings.push('has no justification')
  return {
    controlId: control.id,
    justification: control.waiver?.justification ?? '',
    expirationDate: day ?? written,
    run: control.waiver?.run ?? false,
    state,
    applied: state !== 'expired' && control.status === 'no_impact',
    source: file,
    warning: warnings.filter((text) => text !== null).join('; ') || null,
  }
}

function stateWarning(state: WaiverNote['state'], day: string | null): string | null {
  if (state === 'unmatched') return 'matches no control of the results'
  if (state === 'expired') return `expired at the end of ${day} (UTC): the control counts again`
  return state === 'expiring' ? `expires at the end of ${day} (UTC)` : null
}
