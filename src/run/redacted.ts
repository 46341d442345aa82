import { ScanError } from '../errors.ts'
import { redact } from '../payload/sensitive.ts'
import type { RawResults } from '../scan/scan.ts'

/** Told beside the verdict when results held what they must not show. */
export const REDACTED_WARNING =
  'values of inputs that the profile declares sensitive stood in the results; they are replaced by *** in scan-results.json and everywhere else'

/** What a scan brought back, without these values; `found` where there were any. The results were verified as they came. */
export function redacted(raw: RawResults, values: readonly string[]): { raw: RawResults; found: boolean } {
  if (values.length === 0) return { raw, found: false }
  const text = raw.bytes?.toString('utf8')
  const clean = text === undefined ? undefined : redact(text, values)
  if (clean === text) return { raw: { ...raw, scannerLog: redact(raw.scannerLog, values) }, found: false }
  return { raw: { ...raw, bytes: Buffer.from(clean!), scannerLog: redact(raw.scannerLog, values) }, found: true }
}

/** The same error, without these values. */
export function redactedError(error: ScanError, values: readonly string[]): ScanError {
  if (values.length === 0) return error
  const { exitCode, hint, about } = error
  return new ScanError(redact(error.message, values), {
    exitCode,
    ...(hint === undefined ? {} : { hint: redact(hint, values) }),
    ...(about === undefined ? {} : { about }),
  })
}
