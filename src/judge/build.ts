import type { Mapping } from '../mapping.ts'
import { type Entry, isUnanswered, statusOf } from './control.ts'
import { SEVERITIES } from './counts.ts'
import type { Root } from './overlay.ts'
import type { Control } from './types.ts'

/** A control of a top-level profile: its title from that profile's entry, all that decides it from its roots. */
export function buildControl(
  own: Entry,
  roots: readonly Root[],
  profile: { name: string; index: number; stableId: (id: string) => string },
): Control {
  const entries = roots.length === 1 ? roots[0]!.entries : roots.flatMap((root) => root.entries)
  const entry = entries.length === 1 ? entries[0]! : mergeEntries(entries)
  const waived = entry.waiver?.skipped === true
  const { parts } = roots.length > 1 ? partsOf(roots) : NO_PARTS
  const status = statusOf(parts ? { results: entry.results, impact: entry.impact, parts } : entry, waived)
  const control: Control = {
    id: profile.stableId(own.id),
    title: own.title || entry.title,
    profile: profile.name,
    profileIndex: profile.index,
    status,
    severity: entry.severity,
    impact: entry.impact,
    results: entry.results,
    unanswered: isUnanswered(entry.results, status),
    waived,
    waiver: entry.waiver,
    source: sourcesOf(own, entries),
  }
  if (!parts && !entry.attestation) return control
  return { ...control, ...(parts ? { parts } : {}), ...(entry.attestation ? { attestation: entry.attestation } : {}) }
}

const NO_PARTS: Pick<Control, 'parts'> = {}

/** The tests by profile, where several decide: in one profile passed and skipped tests pass, of two profiles the strictest wins. */
function partsOf(roots: readonly Root[]): Pick<Control, 'parts'> {
  const applicable = roots.filter(({ entries }) => entries.some(({ impact }) => impact !== 0))
  return { parts: applicable.map(({ entries }) => entries.flatMap(({ results }) => results)) }
}

/** The top-level profile's entry before those that hold the results. */
function sourcesOf(own: Entry, entries: readonly Entry[]): Mapping[] {
  const others = entries.filter((entry) => entry !== own).map(({ source }) => source)
  return [own.source, ...others]
}

/**
 * Several entries of one control (a repeated id, or several dependencies) by the strictest reading, in any order: all
 * results, the highest impact and severity, waived only when each is.
 */
function mergeEntries(entries: readonly Entry[]): Entry {
  const waiver = entries.find((entry) => entry.waiver !== null)?.waiver ?? null
  const waived = entries.every((entry) => entry.waiver?.skipped === true)
  const rank = entries.reduce((least, { severity }) => Math.min(least, SEVERITIES.indexOf(severity)), SEVERITIES.length)
  return {
    ...entries[0]!,
    impact: entries.reduce((most, { impact }) => Math.max(most, impact), Number.NEGATIVE_INFINITY),
    severity: SEVERITIES[rank]!,
    waiver: waiver && { ...waiver, skipped: waived },
    attestation: entries.find((entry) => entry.attestation !== null)?.attestation ?? null,
    results: entries.flatMap((entry) => entry.results),
  }
}
