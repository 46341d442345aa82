/** A day with, perhaps, a time: what InSpec reads with Ruby's Time.parse, as far as it can mean one thing only. */
export interface Moment {
  /** `YYYY-MM-DD`, in UTC. */
  readonly day: string
  /** Milliseconds since 1970. A day without a time begins at 00:00 UTC. */
  readonly at: number
}

const TIME = String.raw`(?:(?:[Tt]|\s+)(\d{1,2}:\d{2}(?::\d{2}(?:\.\d*)?)?)\s*(Z|UTC|GMT|[+-]\d{1,2}(?::?\d{2})?)?(?:\s+UTC)?)?`
const FORMS: readonly RegExp[] = [
  new RegExp(String.raw`^(?<year>\d{4})([-/])(?<month>\d{1,2})\2(?<day>\d{1,2})${TIME}$`),
  new RegExp(String.raw`^(?<year>\d{4})(?<month>\d{2})(?<day>\d{2})${TIME}$`),
  new RegExp(
    String.raw`^(?:[A-Za-z]{3,9},?\s+)?(?<day>\d{1,2})(?:\s+|-)(?<word>[A-Za-z]{3,9})\.?(?:\s+|-)(?<year>\d{4})${TIME}$`,
  ),
  new RegExp(
    String.raw`^(?:[A-Za-z]{3,9},?\s+)?(?<word>[A-Za-z]{3,9})\.?\s+(?<day>\d{1,2}),?\s+(?<year>\d{4})${TIME}$`,
  ),
]
const MONTHS = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
]

/** The moment that a date, or date and time, names; null when it is none, or may mean several (`06/05/2026`). */
export function parseMoment(text: string): Moment | null {
  const written = text.trim()
  for (const form of FORMS) {
    const match = form.exec(written)
    if (!match) continue
    const { year, month, day, word = '' } = match.groups!
    const number = month ?? String(MONTHS.findIndex((name) => name.startsWith(word.toLowerCase())) + 1)
    const date = `${year}-${number.padStart(2, '0')}-${day!.padStart(2, '0')}`
    const midnight = new Date(`${date}T00:00:00Z`)
    if (Number.isNaN(midnight.getTime()) || dayOf(midnight) !== date) return null
    const [time, zone = 'Z'] = match.slice(-2)
    if (time === undefined) return { day: date, at: midnight.getTime() }
    const instant = new Date(`${date}T${time.replace(/^\d:/, '0$&').replace(/\.$/, '')}${offset(zone)}`)
    return Number.isNaN(instant.getTime()) ? null : { day: dayOf(instant), at: instant.getTime() }
  }
  return null
}

/** `2026-06-20`, or `2026-06-20 12:30` where it is not midnight; in UTC. */
export function momentText(at: number): string {
  const [day, time] = new Date(at).toISOString().split('T') as [string, string]
  return time.startsWith('00:00:00') ? day : `${day} ${time.slice(0, 5)}`
}

function offset(zone: string): string {
  const [, sign, hours, minutes = '00'] = /^([+-])(\d{1,2}):?(\d{2})?$/.exec(zone) ?? []
  return sign ? `${sign}${hours!.padStart(2, '0')}:${minutes}` : 'Z'
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10)
}
