import { type ControlDetails, tagValues } from '../judge/details.ts'

/** Tags under which people look a control up, in the order in which they are shown. */
const IDENTIFIERS = ['gid', 'rid', 'stig_id', 'cis_id', 'cis_controls', 'cci', 'nist', 'cwe', 'cve']

/** The identifiers of a control in other people's catalogues: V- and SV- numbers, STIG id, CCI, NIST and CIS. */
export function identifiersOf(details: ControlDetails): string[] {
  return [...new Set(IDENTIFIERS.flatMap((name) => tagValues(details, name)))]
}
