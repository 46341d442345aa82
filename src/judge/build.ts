import { type Entry, isUnanswered, statusOf, text } from './control.ts'
import { SEVERITIES } from './counts.ts'
import { isObject, type JsonObject } from './json.ts'
import type { Root } from './overlay.ts'
import type { Control } from './types.ts'

const NONE: readonly never[] = []

/** A control of a top-level profile: its texts from that profile's entry, all that decides it from its roots. */
export function buildControl(own: Entry, roots: readonly Root[], profile: { name: string; index: number }): Control {
  const entries = roots.length === 1 ? roots[0]!.entries : roots.flatMap((root) => root.entries)
  const entry = entries.length === 1 ? entries[0]! : mergeEntries(entries)
  const waived = entry.waiver?.skipped === true
  const status = statusOf(entry.results, entry.impact, waived)
  const tags = isObject(entry.raw['tags']) ? entry.raw['tags'] : {}
  const labelled = (label: string) => described(own.raw, label) || described(entry.raw, label) || text(tags[label])
  return {
    id: own.id,
    title: text(own.raw['title']) || text(entry.raw['title']),
    desc: text(own.raw['desc']) || text(entry.raw['desc']),
    profile: profile.name,
    root: roots[0]!.node.name,
    profileIndex: profile.index,
    status,
    severity: entry.severity,
    impact: entry.impact,
    unanswered: isUnanswered(entry.results, status),
    waived,
    waiver: entry.waiver,
    results: entry.results,
    nist: words(tags['nist']),
    cci: words(tags['cci']),
    check: labelled('check'),
    fix: labelled('fix'),
    rationale: labelled('rationale'),
    tags,
    refs: Array.isArray(entry.raw['refs']) ? entry.raw['refs'] : NONE,
    source: sourceOf(entry.raw['source_location']),
    code: text(own.raw['code']) || text(entry.raw['code']),
  }
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
    results: entries.flatMap((entry) => entry.results),
  }
}

function described(raw: JsonObject, label: string): string {
  const list = raw['descriptions']
  if (isObject(list)) return text(list[label])
  if (!Array.isArray(list)) return ''
  for (const item of list) if (isObject(item) && item['label'] === label) return text(item['data'])
  return ''
}

/** A list of texts as it is; anything else as a list of the texts in it. */
function words(value: unknown): readonly string[] {
  if (value === undefined) return NONE
  return (Array.isArray(value) ? value : [value]).filter((word) => typeof word === 'string')
}

function sourceOf(value: unknown): Control['source'] {
  if (!isObject(value) || typeof value['ref'] !== 'string') return null
  return { ref: value['ref'], line: typeof value['line'] === 'number' ? value['line'] : null }
}
