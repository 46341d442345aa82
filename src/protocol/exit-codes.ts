/** Exit codes of our scripts in the scanner container, and what each means. */
export const SCRIPT_EXIT = {
  /** The scanner image lacks a tool. */
  noTool: 90,
  /** The payload did not arrive intact. */
  damagedPayload: 91,
  /** There is no hold program for the processor. */
  noHoldProgram: 92,
  /** The volume for the results is full. */
  volumeFull: 93,
  /** A scanner that idles has no folder that can be written to. */
  noFolder: 94,
  /** What was sent to a scanner that idles cannot be unpacked. */
  damagedArchive: 95,
  /** The scanner image has no InSpec. */
  noInspec: 127,
} as const

/** InSpec's exit codes, as its documentation of `inspec exec` lists them. */
export const INSPEC_EXIT = {
  passed: 0,
  crashed: 1,
  badArguments: 2,
  failures: 100,
  skips: 101,
  notLoaded: 102,
  noLicence: 172,
  expiredLicence: 173,
  invalidLicence: 174,
} as const

/** InSpec's codes for a run that finished. */
export const FINISHED: readonly (number | undefined)[] = [INSPEC_EXIT.passed, INSPEC_EXIT.failures, INSPEC_EXIT.skips]
