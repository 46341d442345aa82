import { isUnanswered, statusOf } from './control.ts'
import { momentText, parseMoment } from './day.ts'
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
  const expiredIds = new Set<string>()
  const controls = results.controls.map((control) => {
    const waiver = byId.get(control.id)
    if (waiver) {
      matched.add(control.id)
      const expired = stateAt(waiver.endsAt, now) === 'expired' || wasExpired(waiver, control)
      if (expired) expiredIds.add(control.id)
      const waived = !waiver.run && !expired
      const judged = withWaiver(control, waived)
      if (waived && judged.status === 'no_impact') applied.add(control.id)
      return judged
    }
    if (!control.waived) return control
    const note = carriedNote(control, results.profiles[control.profileIndex]?.file ?? '', byId.size > 0, now)
    carried.set(control.id, note)
    return withWaiver(control, note.state !== 'expired')
  })
  const notes = [...byId.values()].map((waiver) => {
    const { controlId, endsAt } = waiver
    const state = expiredIds.has(controlId) ? 'expired' : matched.has(controlId) ? stateAt(endsAt, now) : 'unmatched'
    return fileNote(waiver, state, applied.has(controlId))
  })
  return { controls, notes: [...notes, ...carried.values()] }
}

function withWaiver(control: Control, waived: boolean): Control {
  if (waived === control.waived) return control
  const status = statusOf(control, waived)
  return { ...control, waived, status, unanswered: isUnanswered(control.results, status) }
}

/** InSpec's rule: a waiver ends the moment its end is reached, which for a day is 00:00. */
function stateAt(endsAt: number | null, now: Date): 'active' | 'expiring' | 'expired' {
  if (endsAt === null) return 'active'
  const left = endsAt - now.getTime()
  if (left <= 0) return 'expired'
  return left <= WARN_DAYS * DAY ? 'expiring' : 'active'
}

/** Whether the scanner found this waiver expired. One that was renewed since ends more than a day (of time zones) later. */
function wasExpired({ endsAt }: Waiver, { waiver }: Control): boolean {
  if (!waiver?.foundExpired || endsAt === null) return false
  const then = waiver.expirationDate === null ? null : parseMoment(waiver.expirationDate)
  return then === null || endsAt <= then.at + DAY
}

function fileNote(waiver: Waiver, state: WaiverNote['state'], applied: boolean): WaiverNote {
  const { controlId, justification, expirationDate, run, file, endsAt, extra } = waiver
  const warnings = [stateWarning(state, endsAt)]
  if (justification === '') warnings.push('has no justification')
  if (extra.size > 0) warnings.push(`has keys InSpec does not know (${[...extra.keys()].join(', ')})`)
  const warning = warnings.filter((text) => text !== null).join('; ') || null
  return { controlId, justification, expirationDate, run, state, applied, source: file, warning }
}

/** The note of a waiver that only the results carry. */
function carriedNote(control: Control, file: string, waiverFilesGiven: boolean, now: Date): WaiverNote {
  const written = control.waiver?.expirationDate ?? null
  const end = written === null ? null : parseMoment(written)
  const unreadable = written !== null && end === null
  const state = unreadable || control.waiver?.foundExpired ? 'expired' : stateAt(end?.at ?? null, now)
  const warnings = [
    unreadable
      ? `has an end that cannot be read (${JSON.stringify(written)}): it waives nothing`
      : stateWarning(state, end?.at ?? null),
  ]
  if (waiverFilesGiven) warnings.push('is in the results but in no waiver file')
  if (!control.waiver?.justification) warnings.push('has no justification')
  return {
    controlId: control.id,
    justification: control.waiver?.justification ?? '',
    expirationDate: end?.day ?? written,
    run: control.waiver?.run ?? false,
    state,
    applied: state !== 'expired' && control.status === 'no_impact',
    source: file,
    warning: warnings.filter((text) => text !== null).join('; ') || null,
  }
}

function stateWarning(state: WaiverNote['state'], endsAt: number | null): string | null {
  if (state === 'unmatched') return 'matches no control of the results'
  const end = endsAt === null ? '' : momentText(endsAt)
  const when = end.includes(' ') ? `on ${end} UTC` : `at the start of ${end} (UTC)`
  if (state === 'expired') return `expired${end ? ` ${when}` : ' before the scan'}: the control counts again`
  return state === 'expiring' ? `expires ${when}` : null
}
