import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { SCRIPT_EXIT } from '../../src/protocol/exit-codes.ts'
import * as paths from '../../src/protocol/paths.ts'
import { LOAD_WITHOUT_PROCESS, SENTENCES, UNANSWERED_PREFIX } from '../../src/protocol/sentences.ts'
import { AWAITING, CENSUS_KEYS, MARKER_KEYS, PROGRESS_LINE, STREAM_WORDS } from '../../src/protocol/stream.ts'
import { commitFiles } from '../repo/files.ts'
import { readSources } from '../unit/sources.ts'

const root = join(import.meta.dirname, '..', '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
/** A script without its comments. */
const script = (name: string) => read(`src/sidecar/${name}.sh`).replaceAll(/^\s*#.*$/gm, '')
const ruby = (name: string) => read(`src/transport/sidecar_scan/${name}.rb`)

const [scan, watch, commandRoot] = [script('scan'), script('watch'), script('command-root')]
const transport = commitFiles('src/transport/*.rb').map(read).join('\n')
const sources = readSources('src')

const all = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map((found) => found[1]!)
const sorted = (list: Iterable<string>) => [...new Set(list)].sort()

/** Exit codes of our own in a script; 0 and 1 are every program's. */
const ownExits = (text: string) => sorted(all(text, /\b(?:exit|code=) ?(\d+)\b/g).filter((code) => Number(code) > 1))
const codes = (...of: number[]) => sorted(of.map(String))

/** The folder that stands in for a variable that is not set: `${NAME:-/folder}`. */
const fallback = (text: string, name: string) => sorted(all(text, new RegExp(`\\$\\{${name}:-([^}]*)\\}`, 'g')))

/** Keys of the marker as a script prints it, in order. */
const printedKeys = (text: string) => {
  const line = text.split('\n').find((one) => one.includes('"nonce":')) ?? ''
  return all(line, /"(\w+)":/g)
}

describe('the scripts keep the protocol', () => {
  test('exit codes', () => {
    expect(ownExits(scan)).toEqual(codes(SCRIPT_EXIT.noHoldProgram, SCRIPT_EXIT.volumeFull, SCRIPT_EXIT.noInspec))
    expect(ownExits(watch)).toEqual([])
    expect(ownExits(commandRoot)).toEqual([])
  })

  test('folders', () => {
    for (const text of [scan, watch]) {
      expect(fallback(text, 'SCAN_DIR')).toEqual([paths.SCAN_DIR])
      expect(fallback(text, 'SCAN_RESULTS')).toEqual([paths.RESULTS_DIR])
    }
    expect(fallback(scan, 'SCAN_SECRETS')).toEqual([paths.SECRETS_DIR])
    expect(scan).toContain(`cp "$hold" ${paths.HOLD_DIR}/hold `)
    expect(commandRoot).toContain(`temporary ${paths.TARGET_DIR}/tmp `)
  })

  test('names of files', () => {
    const { marker, results, packed, progress, census } = paths.RESULT_FILES
    for (const name of [marker, progress, census]) expect(scan).toContain(`"$out/${name}"`)
    expect(scan).toContain(`results=$out/${results}\n`)
    expect(packed).toBe(`${results}.gz`)
    expect(sorted(all(watch, /\$folder\/([\w.-]+)/g))).toEqual([packed, marker, progress].sort())
    const own = sorted(all(scan, /"?\$home"?\/(profile|transport|home|ready|nonce|witness)\b/g))
    const { profile, home, ready, nonce } = paths.SCAN_FILES
    expect(own).toEqual([profile, home, ready, nonce].sort())
  })

  test('the marker', () => {
    expect(printedKeys(scan)).toEqual(MARKER_KEYS)
  })

  test('the lines of the watching script', () => {
    const echoed = all(watch, /\becho ([a-z]+)/g)
    const printed = [...all(watch, /printf '(\w+) /g), ...all(watch, /s\/\^\/(\w+) \//g)]
    expect(sorted([...echoed, ...printed])).toEqual(sorted(Object.values(STREAM_WORDS)))
  })
})

describe('the transport keeps the protocol', () => {
  test('what cannot be answered begins as the runner recognizes it', () => {
    expect(all(ruby('honesty'), /^ {2}PREFIX = "(.*)"$/gm)).toEqual([UNANSWERED_PREFIX])
    expect(transport.split(UNANSWERED_PREFIX.trim())).toHaveLength(2)
  })

  test('every sentence that is recognized is one that the transport says', () => {
    const said = transport.split('\n').filter((line) => !/^\s*#/.test(line) && line.includes('"'))
    for (const [name, pattern] of Object.entries(SENTENCES))
      expect({ name, found: said.some((text) => alternatives(pattern).some((one) => one.test(text))) }).toEqual({
        name,
        found: true,
      })
    // each alternative, not only one of them
    for (const pattern of [SENTENCES.needsBaseline, SENTENCES.noProcess])
      for (const one of alternatives(pattern))
        expect({ one: one.source, found: said.some((text) => one.test(text)) }).toEqual({
          one: one.source,
          found: true,
        })
  })

  test('a load that needs a process', () => {
    const [mounts] = all(ruby('target/resting_target'), /unavailable!\("(mounts \([^"]*\))"\)/g)
    expect(LOAD_WITHOUT_PROCESS.exec(`Failed to load source for a.rb: ${UNANSWERED_PREFIX}${mounts}`)?.[1]).toBe(
      'mounts (no process',
    )
  })

  test('lines of progress', () => {
    expect(all(ruby('inspec/progress'), /"(\w+)\\n"/g)).toEqual([AWAITING])
    const [line] = all(ruby('inspec/progress'), /file\.puts\("(.*)"\)/g)
    expect(PROGRESS_LINE.exec(line!.replaceAll(/#\{@\w+\}/g, '7').replace('#{id}', 'c-1'))?.slice(1)).toEqual([
      '7',
      '7',
      'c-1',
    ])
  })

  test('the census', () => {
    const census = ruby('inspec/census')
    const outer = census.slice(census.indexOf('def count('), census.indexOf('rescue StandardError'))
    const added = census.slice(census.indexOf('def complete('))
    const keys = [...all(outer, /[( ]"(\w+)" => (?!text|info)/g), ...all(added, /"(\w+)" =>/g)]
    expect(sorted(keys)).toEqual(sorted(Object.values(CENSUS_KEYS)))
  })

  test('folders and names of files', () => {
    expect(all(ruby('settings'), /"SCAN_WITNESS"\) \|\| "(.*)"/g)).toEqual([
      `${paths.SCAN_DIR}/${paths.SCAN_FILES.witness}`,
    ])
    expect(all(ruby('inspec/inputs'), /"SCAN_SECRETS"\] \|\| "(.*?)"/g)).toEqual([paths.SECRETS_DIR])
    const facts = ruby('target/image_facts')
    const read = [...all(facts, /@folder, "([\w.]+)"/g), ...all(facts, /\btext\("(\w+)"\)/g)]
    expect(sorted(read)).toEqual(sorted(Object.values(paths.FACTS_FILES)))
  })
})

describe('both sides know the same variables', () => {
  /** For tests and by-hand runs: the pod leaves the default. */
  const OPTIONAL = ['SCAN_COMMANDS', 'SCAN_COMMAND_TIMEOUT', 'SCAN_FACTS_WAIT', 'SCAN_WITNESS']

  test('every variable that a pod sets is read, and the other way round', () => {
    const boot = /\$\{?(SCAN_[A-Z_]+)/g
    const typescript = sources.map(({ code }) => code).join('\n')
    const set = sorted(all(typescript, /\b(SCAN_(?!DIR\b|FILES\b)[A-Z_]+)(?==|:|['"] ?[:,])/g).concat('SCAN_DIR'))
    const readByScripts = [scan, watch, commandRoot, typescript].flatMap((text) => all(text, boot))
    const readByTransport = all(transport, /"(SCAN_[A-Z_]+)"/g).concat(all(ruby('target/finder'), /(SCAN_TARGET)\b/g))
    const known = sorted([...readByScripts, ...readByTransport]).filter((name) => !OPTIONAL.includes(name))
    expect(known.filter((name) => !set.includes(name) && name !== 'SCAN_FILES')).toEqual([])
    expect(set.filter((name) => !known.includes(name))).toEqual([])
  })
})

describe('only protocol/ spells it', () => {
  const rest = sources.filter(({ path }) => !path.startsWith('src/protocol/'))
  const spelt = (pattern: RegExp) => rest.filter(({ code }) => pattern.test(code)).map(({ path }) => path)

  test('exit codes, folders, file names and sentences', () => {
    expect(spelt(/\bexit(?:Code)?\b[ =:]*\b9[0-5]\b/)).toEqual([])
    expect(
      spelt(
        /['"`: ]\/(?:scan|results|target-run|target|facts|hold|scan-secret|\.sidecar-facts|\.sidecar-scan)(?=['"`/ ;])/,
      ),
    ).toEqual([])
    expect(spelt(/Not available through the proc transport/)).toEqual([])
    expect(spelt(/\bscan-complete\b|\bcensus\.json\b|\bimage\.json\b/)).toEqual([])
  })

  test('the payload’s first command uses the codes of the protocol', () => {
    const plan = rest.find(({ path }) => path === 'src/plan/containers.ts')!.code
    expect(sorted(all(plan, /\$\{SCRIPT_EXIT\.(\w+)\}/g))).toEqual(['damagedPayload', 'noTool'])
    const inside = rest.find(({ path }) => path === 'src/scan/inside.ts')!.code
    expect(sorted(all(inside, /\$\{SCRIPT_EXIT\.(\w+)\}/g))).toEqual(['damagedArchive', 'noFolder'])
  })
})

test('the checks themselves see a difference', () => {
  expect(ownExits(scan.replace('exit 93', 'exit 94'))).not.toEqual(ownExits(scan))
  expect(printedKeys(scan.replace('"sha256":', '"sha512":'))).not.toEqual(MARKER_KEYS)
  expect(fallback(scan.replace('/scan-secret', '/secret'), 'SCAN_SECRETS')).toEqual(['/secret'])
  expect(alternatives(/a|b c/).map(({ source }) => source)).toEqual(['a', 'b c'])
})

/** The alternatives of a pattern without groups. */
function alternatives({ source }: RegExp): RegExp[] {
  return source.split('|').map((one) => new RegExp(one))
}
