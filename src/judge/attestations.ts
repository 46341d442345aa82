import { isAttested, isUnanswered, statusOf } from './control.ts'
import { momentText, parseMoment } from './day.ts'
import type { Control, ControlAttestation } from './types.ts'

const MONTHS_OF: Readonly<Record<string, number>> = { annually: 12, semiannually: 6, quarterly: 3, monthly: 1 }
const DAYS_OF: Readonly<Record<string, number>> = {
  every2weeks: 14,
  fortnightly: 14,
  weekly: 7,
  every3days: 3,
  daily: 1,
}
const CUSTOM = /^(\d{1,6}(?:\.\d{1,6})?)\s*([dwmy])[a-z]*$/i

/**
 * Controls as attestations in the results leave them at `now`. What was attested as passed counts until the attestation
 * expires, by the frequency that SAF writes; then, or when its end cannot be read, the control is what it was before. An
 * attested failure keeps counting.
 */
export function applyAttestations(
  controls: readonly Control[],
  now: Date,
): { controls: readonly Control[]; warnings: string[] } {
  const warnings: string[] = []
  if (!controls.some(({ attestation }) => attestation)) return { controls, warnings }
  const judged = controls.map((control) => {
    const problem = control.attestation && expiry(control.attestation, now)
    if (!problem) return control
    warnings.push(`${control.id}: ${problem}: it no longer counts`)
    return withoutAttestation(control)
  })
  return { controls: judged, warnings }
}

/** Why an attestation counts no longer, or null. */
function expiry({ updated, frequency, expirationDate }: ControlAttestation, now: Date): string | null {
  if (frequency === null && expirationDate === null) return null
  const end = expirationDate === null ? endOf(updated, frequency ?? '') : (parseMoment(expirationDate)?.at ?? null)
  const what = updated === '' ? 'the attestation' : `the attestation of ${updated}`
  if (end === null) {
    const written = expirationDate ?? `${updated || 'no date'}, ${frequency || 'no frequency'}`
    return `${what} has an end that cannot be read (${JSON.stringify(written)})`
  }
  return end < now.getTime() ? `${what} expired on ${momentText(end)}` : null
}

function endOf(updated: string, frequency: string): number | null {
  const start = parseMoment(updated)
  if (!start) return null
  const word = frequency.trim().toLowerCase()
  const [, number, unit = ''] = CUSTOM.exec(word) ?? []
  const amount = Number(number)
  const months = MONTHS_OF[word] ?? (unit === 'm' ? amount : unit === 'y' ? amount * 12 : undefined)
  if (months !== undefined) return addMonths(start.at, Math.round(months))
  const days = DAYS_OF[word] ?? (unit === 'd' ? amount : unit === 'w' ? amount * 7 : undefined)
  return days === undefined ? null : start.at + Math.round(days) * 86_400_000
}

/** The same day of a later month, or its last day. */
function addMonths(at: number, months: number): number {
  const date = new Date(at)
  const day = date.getUTCDate()
  date.setUTCDate(1)
  date.setUTCMonth(date.getUTCMonth() + months)
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
  return date.setUTCDate(Math.min(day, last))
}

function withoutAttestation(control: Control): Control {
  const counts = (result: Control['results'][number]) => !isAttested(result) || result.status === 'failed'
  const results = control.results.filter(counts)
  const parts = control.parts && { parts: control.parts.map((part) => part.filter(counts)) }
  const status = statusOf({ results, impact: control.impact, ...parts }, control.waived)
  return { ...control, ...parts, results, status, unanswered: isUnanswered(results, status) }
}
