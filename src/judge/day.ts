const DAY = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s*(Z|UTC|[+-]\d{2}:?\d{2})?)?$/

/** The day (`YYYY-MM-DD`, in UTC) of an ISO date or date and time, or null when it is none; without a zone it is UTC. */
export function parseDay(text: string): string | null {
  const match = DAY.exec(text.trim())
  if (!match) return null
  const [, year, month, day, time, zone] = match
  const date = `${year}-${month}-${day}`
  const midnight = new Date(`${date}T00:00:00Z`)
  if (Number.isNaN(midnight.getTime()) || isoDay(midnight) !== date) return null
  if (time === undefined) return date
  const offset = zone === undefined || zone === 'UTC' ? 'Z' : zone.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2')
  const instant = new Date(`${date}T${time}${offset}`)
  return Number.isNaN(instant.getTime()) ? null : isoDay(instant)
}

/** The first millisecond after a day, in UTC. */
export function endOfDay(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) + 86_400_000
}

function isoDay(date: Date): string {
  return date.toISOString().slice(0, 10)
}
