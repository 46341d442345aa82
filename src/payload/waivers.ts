import type { Waiver } from '../judge/types.ts'
import { parseWaivers } from '../judge/waivers.ts'
import { readText, sha256 } from './files.ts'

/** The waivers of a file and its SHA-256; none where no file is given. @throws ScanError (exit 2) with the line of what is wrong. */
export async function readWaivers(
  path: string,
): Promise<{ readonly waivers: readonly Waiver[]; readonly sha256: string | null }> {
  if (path === '') return { waivers: [], sha256: null }
  const content = await readText(path, 'waiver-file')
  return { waivers: parseWaivers(content.toString('utf8'), path), sha256: sha256(content) }
}

/**
 * Waivers as every InSpec reads them alike: JSON, which is YAML too. InSpec 4 has no CSV, InSpec 5 refuses a whole file for one
 * waiver without a justification, and both read YAML 1.1, where a control `1.10` is the number 1.1 and a day a date. What
 * InSpec does not know but a line of text goes along: it stands in the results, as evidence.
 */
export function waiversForInSpec(waivers: readonly Waiver[]): Buffer {
  const entries = waivers.map(({ controlId, justification, run, expirationDate, endsAt, extra }) => {
    const isDay = endsAt !== null && endsAt % 86_400_000 === 0
    const end = endsAt === null || isDay ? expirationDate : new Date(endsAt).toISOString()
    return [controlId, { ...Object.fromEntries(extra), justification, run, ...(end && { expiration_date: end }) }]
  })
  return Buffer.from(JSON.stringify(Object.fromEntries(entries)))
}
