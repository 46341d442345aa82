/** First words of the lines that the watching script prints. */
export const STREAM_WORDS = { alive: 'alive', progress: 'progress', marker: 'marker' } as const

/** The transport's line of progress while the target does not run yet. */
export const AWAITING = 'awaiting'

/** The transport's line of progress after each control: done, total, ID. */
export const PROGRESS_LINE = /^(\d{1,7})\/(\d{1,7})(?: (.*)|$)/

/**
 * Keys of the marker, in the order in which the script writes them.
 * @internal the test compares them with the script; the code uses their type
 */
export const MARKER_KEYS = [
  'nonce',
  'exitCode',
  'given',
  'sha256',
  'bytes',
  'packedBytes',
  'startedAt',
  'finishedAt',
  'census',
] as const

/** A key of the marker. */
export type MarkerKey = (typeof MARKER_KEYS)[number]

/** Keys of the census in the marker. */
export const CENSUS_KEYS = {
  controls: 'controls',
  list: 'list',
  leftOut: 'leftOut',
  profiles: 'profiles',
  unanswered: 'unanswered',
} as const
