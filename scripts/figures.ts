/** The phases of a scan, in their order. */
export const PHASES = ['create', 'start', 'scan', 'fetch', 'clean'] as const

/** The middle one; of an even number, the higher of both. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!
}
