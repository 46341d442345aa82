/**
 * How the transport begins the skip message of a test that it could not answer: the one thing that tells "not asked" from
 * "not answered" in an HDF file.
 */
export const UNANSWERED_PREFIX = 'Not available through the proc transport: '

/** Sentences of the transport that are recognized in its messages and in the scanner's log. */
export const SENTENCES = {
  /** No process has the marker or the pattern. */
  noTarget: /no target process/,
  /** The same, where processes could not be looked into. */
  unreadableTarget: /no target process\b.*not readable|may not look into/,
  /** The target ended before the scan did. */
  targetGone: /went away during the scan/,
  /** Only a process can tell. */
  noProcess: /no process|without a process/,
  /** What target mode answers it. */
  needsRun: /target-mode: run/,
  /** What pod security answers it. */
  needsBaseline: /pod-security: baseline|from files only/,
} as const

/** What InSpec logs when a file of the profile asked, while it was loaded, what only a process can tell. */
export const LOAD_WITHOUT_PROCESS = new RegExp(
  `Failed to load (?:profile|source).*?${UNANSWERED_PREFIX}(.{1,200}?(?:${SENTENCES.noProcess.source}))`,
)
