import { isMapping, type Mapping } from '../mapping.ts'
import type { Control, ProfileInfo } from './types.ts'

/** What a control says about itself: texts as the profile wrote them, not escaped, in the file's order. */
export interface ControlDetails {
  /** Description: what the control is about, and why. */
  readonly desc: string
  /** Further descriptions by label: `check`, `fix`, `rationale`, …; labels in lower case, each once. */
  readonly descriptions: readonly { readonly label: string; readonly text: string }[]
  /** Tags with something to search for; those without a value have an empty list. */
  readonly tags: readonly { readonly name: string; readonly values: readonly string[] }[]
  readonly refs: readonly string[]
  /** The source of the control, and of the controls that it overlays. */
  readonly code: string
  /** Where the control stands, as InSpec wrote it; null where it says nothing. */
  readonly location: { readonly file: string; readonly line: number } | null
}

/**
 * The texts of a control, read when they are asked for: judging needs none of them. An overlay's own text goes before that
 * of the control it overlays. Everything is taken as it comes; what has no usable shape is left out.
 */
export function controlDetails({ source }: Pick<Control, 'source'>): ControlDetails {
  const descriptions = source.flatMap(({ descriptions }) => labelled(descriptions))
  const desc = firstText(source.map((entry) => entry['desc'])) || textOf(descriptions, 'default')
  const tags = source.flatMap(({ tags }) => (isMapping(tags) ? Object.entries(tags) : []))
  const codes = source.map((entry) => stringOf(entry['code'])).filter((code) => code.trim() !== '')
  return {
    desc,
    descriptions: uniqueBy(
      descriptions.filter(({ label, text }) => label !== 'default' && text.trim() !== ''),
      ({ label }) => label,
    ),
    tags: uniqueBy(tags, ([name]) => name).map(([name, value]) => ({ name, values: valuesOf(value) })),
    refs: [...new Set(source.flatMap(({ refs }) => refsOf(refs)))],
    code: [...new Set(codes)].join('\n\n'),
    location: locationOf(source),
  }
}

/** The description with a label, such as `fix`; DISA's older profiles have the text in a tag of that name. */
export function described(details: ControlDetails, label: string): string {
  const found = textOf(details.descriptions, label)
  return found || (details.tags.find(({ name }) => name.toLowerCase() === label)?.values.join('\n') ?? '')
}

/** Values of a tag; none where the control has no such tag. */
export function tagValues(details: ControlDetails, name: string): readonly string[] {
  return details.tags.find((tag) => tag.name === name)?.values ?? []
}

/** The inputs a profile ran with, but for those it declares sensitive. */
export function profileInputs({ source }: ProfileInfo): { readonly name: string; readonly value: string }[] {
  const list = Array.isArray(source['attributes']) ? source['attributes'] : []
  return list.filter(isMapping).flatMap((input) => {
    const options = isMapping(input['options']) ? input['options'] : {}
    const name = stringOf(input['name'])
    if (name === '' || isSet(options['sensitive']) || isSet(input['sensitive'])) return []
    const value = options['value'] ?? input['value']
    return [{ name, value: value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value) }]
  })
}

/** Any sign of sensitivity is one. */
function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && value !== 'false'
}

/** InSpec writes a list of { label, data }; older versions and converters a mapping. */
function labelled(value: unknown): { label: string; text: string }[] {
  const pairs = Array.isArray(value)
    ? value.filter(isMapping).map((item): [unknown, unknown] => [item['label'], item['data']])
    : isMapping(value)
      ? Object.entries(value)
      : []
  return pairs.map(([label, data]) => ({ label: stringOf(label).toLowerCase(), text: stringOf(data) }))
}

function textOf(list: ControlDetails['descriptions'], wanted: string): string {
  return list.find(({ label, text }) => label === wanted && text !== '')?.text ?? ''
}

function valuesOf(value: unknown): string[] {
  if (value === null || value === undefined || value === '') return []
  if (Array.isArray(value)) return value.flatMap(valuesOf)
  return [typeof value === 'object' ? JSON.stringify(value) : String(value)]
}

function refsOf(value: unknown): string[] {
  if (!Array.isArray(value)) return typeof value === 'string' && value !== '' ? [value] : []
  return value.flatMap((item) => {
    if (!isMapping(item)) return refsOf(item)
    return [item['ref'], item['url'], item['uri']].flatMap(refsOf)
  })
}

function locationOf(source: readonly Mapping[]): ControlDetails['location'] {
  for (const { source_location: place } of source) {
    if (!isMapping(place)) continue
    const { ref, line } = place
    if (typeof ref !== 'string' || ref === '') continue
    return { file: ref, line: typeof line === 'number' && Number.isSafeInteger(line) && line > 0 ? line : 1 }
  }
  return null
}

function firstText(values: readonly unknown[]): string {
  return values.map(stringOf).find((text) => text.trim() !== '') ?? ''
}

function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function uniqueBy<T>(list: readonly T[], key: (item: T) => string): T[] {
  const seen = new Set<string>()
  return list.filter((item) => {
    const name = key(item)
    return seen.has(name) ? false : Boolean(seen.add(name))
  })
}
