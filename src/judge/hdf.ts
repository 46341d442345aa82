import { EXIT, ScanError } from '../errors.ts'
import { isMapping, type Mapping } from '../mapping.ts'
import { buildControl } from './build.ts'
import { broken, type Entry, parseEntry, text } from './control.ts'
import { parseJson } from './json.ts'
import { type ProfileNode, rootFinder } from './overlay.ts'
import { resolveParents } from './parents.ts'
import { stableIds } from './stable-id.ts'
import type { Control, ProfileInfo, Results } from './types.ts'

const REPORTER_HINT = 'run InSpec with --reporter json (not json-min, not `inspec json`)'

/**
 * InSpec's exec-json (the JSON reporter of InSpec 1 to 7; Heimdall Data Format) → controls with status and severity as the
 * SAF CLI gives them. All top-level profiles of all files count; overlays are resolved to the entries that hold the results.
 * @throws ScanError (exit 4) naming the file, the place (line and column, or JSON path) and the reason: a file that cannot
 * be read never becomes zero controls.
 */
export function parseHdf(files: readonly { readonly name: string; readonly text: string }[]): Results {
  const profiles: ProfileInfo[] = []
  const controls: Control[] = []
  const warnings: string[] = []
  const heads = files.map(({ name, text }) => parseFile(parseJson(text, name), name, { profiles, controls, warnings }))
  const first = heads[0]
  if (!first)
    throw new ScanError('no results file was given', { exitCode: EXIT.results, hint: 'name one with --results' })
  const durations = heads.flatMap((head) => (head.duration === null ? [] : [head.duration]))
  return {
    files: files.map((file) => file.name),
    profiles,
    controls,
    platform: first.platform,
    inspecVersion: first.version,
    duration: durations.length === 0 ? null : durations.reduce((sum, seconds) => sum + seconds, 0),
    warnings,
  }
}

interface Collected {
  profiles: ProfileInfo[]
  controls: Control[]
  warnings: string[]
}

function parseFile(root: unknown, file: string, into: Collected) {
  const rawProfiles = profilesOf(root, file)
  const names = rawProfiles.map((profile, index) => {
    if (!isMapping(profile)) throw broken(file, `profiles[${index}]`, 'must be an object', profile)
    return profileName(profile, file, `profiles[${index}].name`)
  })
  const head = fileHead(root as Mapping)
  const relations = rawProfiles.map((value, index) => {
    const profile = value as Mapping
    const { parent_profile: parent, sha256 } = profile
    return {
      name: names[index]!,
      sha256: text(sha256),
      writtenParent: typeof parent === 'string' || typeof parent === 'number' ? String(parent) : null,
      depends: dependencyNames(profile['depends']),
      entries: parseEntries(profile, file, `profiles[${index}]`),
    }
  })
  const parents = resolveParents(relations, head.version)
  const nodes = relations.map((relation, index): ProfileNode => ({ ...relation, parent: parents[index]! }))
  if (/^[12]\./.test(head.version) && nodes.length > 1)
    into.warnings.push(
      `InSpec ${head.version} does not write which profile includes which: it was inferred from the results`,
    )
  const offset = into.profiles.length
  nodes.forEach((node, index) => {
    into.profiles.push(profileInfo(rawProfiles[index] as Mapping, node, file))
  })
  const rootsIn = rootFinder(nodes, file)
  nodes.forEach((node, index) => {
    if (node.parent !== null) return
    const rootsOf = rootsIn(node)
    const profile = { name: node.name, index: offset + index, stableId: stableIds() }
    for (const [id, own] of node.entries) into.controls.push(buildControl(own[0]!, rootsOf(id, own), profile))
  })
  return head
}

/** The list of profiles, or an error that says what kind of file this is instead. */
function profilesOf(root: unknown, file: string): unknown[] {
  const refuse = (message: string) =>
    new ScanError(`${file} ${message}`, { exitCode: EXIT.results, hint: REPORTER_HINT })
  if (!isMapping(root)) throw refuse('is not InSpec results: the file must hold a JSON object with "profiles"')
  const { profiles, controls } = root
  if (Array.isArray(profiles)) {
    if (profiles.length === 0) throw refuse('has no profiles: nothing was run')
    return profiles
  }
  if (profiles !== undefined) throw broken(file, 'profiles', 'must be a list', profiles)
  if (Array.isArray(root['baselines']))
    throw refuse(
      'is HDF version 3 (it has "baselines"), which is not supported: give the JSON report that InSpec wrote',
    )
  if (Array.isArray(controls)) {
    if (typeof root['name'] === 'string') throw refuse('is a profile (`inspec json` output), not results of a run')
    throw refuse("is InSpec's json-min report, which has no impact, severity or waivers to judge by")
  }
  throw refuse('is not InSpec results: it has no "profiles"')
}

function parseEntries(profile: Mapping, file: string, path: string): Map<string, Entry[]> {
  const list = profile['controls']
  const entries = new Map<string, Entry[]>()
  if (list === undefined && (profile['status'] === 'skipped' || profile['status'] === 'failed')) return entries
  if (!Array.isArray(list)) throw broken(file, `${path}.controls`, 'must be a list', list)
  list.forEach((value, index) => {
    const entry = parseEntry(value, index, file, `${path}.controls`)
    const same = entries.get(entry.id)
    if (same) same.push(entry)
    else entries.set(entry.id, [entry])
  })
  return entries
}

/** A name as text: InSpec writes `name: 2024` as a number, and a profile that has only a title without a name. */
function profileName({ name, title }: Mapping, file: string, path: string): string {
  if (typeof name === 'string') return name
  if (typeof name === 'number' || typeof name === 'boolean') return String(name)
  if ((name === undefined || name === null) && typeof title === 'string') return title
  throw broken(file, path, 'must be a text', name)
}

/** The names under which a profile includes others; what is written otherwise includes nothing. */
function dependencyNames(depends: unknown): string[] {
  const list: unknown[] = Array.isArray(depends) ? depends : []
  return list.flatMap((one) => (isMapping(one) && typeof one['name'] === 'string' ? [one['name']] : []))
}

function profileInfo(raw: Mapping, node: ProfileNode, file: string): ProfileInfo {
  return {
    name: node.name,
    title: text(raw['title']),
    version: text(raw['version']),
    sha256: text(raw['sha256']),
    summary: text(raw['summary']),
    status: typeof raw['status'] === 'string' ? raw['status'] : null,
    statusMessage: firstWords(text(raw['status_message']) || text(raw['skip_message'])),
    supports: platforms(raw['supports']),
    parent: node.parent,
    file,
    source: raw,
  }
}

/** `platform-name centos, release 8.*` of each entry of `supports`. */
function platforms(supports: unknown): string[] {
  const list: unknown[] = Array.isArray(supports) ? supports : []
  return list.filter(isMapping).map((one) =>
    Object.entries(one)
      .map(([key, value]) => `${key} ${String(value)}`)
      .join(', '),
  )
}

const MESSAGE_LENGTH = 200

/** The part of a status message that a reader needs: InSpec appends the dump of a Ruby object, which can be kilobytes long. */
function firstWords(message: string): string {
  const line = message.replace(/\s+/g, ' ')
  const dump = line.search(/(?: for(?: an instance of)?)? ?#</)
  const words = (dump === -1 ? line : line.slice(0, dump)).trim()
  return words.length > MESSAGE_LENGTH ? `${words.slice(0, MESSAGE_LENGTH - 1).trimEnd()}…` : words
}

function fileHead(root: Mapping) {
  const platform = isMapping(root['platform']) ? root['platform'] : {}
  const statistics = isMapping(root['statistics']) ? root['statistics'] : {}
  const duration = statistics['duration']
  return {
    platform: { name: text(platform['name']), release: text(platform['release']) },
    version: text(root['version']),
    duration: typeof duration === 'number' ? duration : null,
  }
}
