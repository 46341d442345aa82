import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { EXIT, ScanError } from '../errors.ts'

/** @throws ScanError (exit 2) naming the input whose file cannot be read. */
export async function readText(path: string, input: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (cause) {
    const why = { ENOENT: 'does not exist', EACCES: 'may not be read by this user', EISDIR: 'is a folder' }[
      (cause as { code: string }).code
    ]
    throw new ScanError(`\`${input}\` ${path} ${why ?? 'cannot be read'}`, {
      exitCode: EXIT.usage,
      hint: `check the path in \`${input}\``,
      cause,
    })
  }
}

/** In hexadecimal. */
export function sha256(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex')
}
