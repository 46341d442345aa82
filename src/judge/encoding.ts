import { type ErrorCode, EXIT, ScanError } from '../errors.ts'

const UTF16 = /^(?:\ufffd{2}|\ufffe|\ufeff)?(?:[^\u0000]\u0000|\u0000[^\u0000])/

/**
 * Refuses a text that was read as UTF-8 and is UTF-16, as `>` in Windows PowerShell 5 and "Unicode text" in Excel write it.
 * @throws ScanError with the exit code.
 */
export function refuseUtf16(text: string, name: string, exitCode: ErrorCode = EXIT.usage): void {
  if (!UTF16.test(text)) return
  throw new ScanError(`${name} is in UTF-16; it must be in UTF-8`, {
    exitCode,
    hint: 'convert it: `iconv -f UTF-16 -t UTF-8`, or in PowerShell `Out-File -Encoding utf8` instead of `>`; in Excel save as "CSV UTF-8"',
  })
}
