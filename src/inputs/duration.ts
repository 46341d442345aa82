const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const

/** Seconds of `90`, `90s`, `15m`, `2h` or `1d`; undefined for any other text. */
export function parseDuration(text: string): number | undefined {
  const [, number, unit = 's'] = /^(\d{1,9})([smhd]?)$/.exec(text) ?? []
  return number === undefined ? undefined : Number(number) * SECONDS[(unit || 's') as keyof typeof SECONDS]
}
