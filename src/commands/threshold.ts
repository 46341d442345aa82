import { EXIT, ScanError } from '../errors.ts'
import { explainLimit } from '../judge/explain.ts'
import { judge } from '../judge/judge.ts'
import { generateLimits, type LimitChange, ratchet } from '../judge/ratchet.ts'
import { defaultThreshold, noThreshold, parseThreshold } from '../judge/threshold.ts'
import { renderThreshold, replaceNumbers } from '../judge/threshold-text.ts'
import type { Limit, Results, Threshold, Waiver } from '../judge/types.ts'
import { type Measured, measure } from '../judge/violations.ts'
import { plainLine } from '../log/plain.ts'
import type { Command, Io } from './command.ts'
import { readResults, readWaivers } from './judge.ts'
import { parseOptions } from './options.ts'
import { readText } from './read-text.ts'

const OPTIONS = {
  results: { type: 'string', multiple: true },
  'threshold-file': { type: 'string' },
  threshold: { type: 'string' },
  'waiver-file': { type: 'string', multiple: true },
  output: { type: 'string' },
  exact: { type: 'boolean' },
  controls: { type: 'boolean' },
  loosen: { type: 'boolean' },
  explain: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

const HELP = `Usage: sidecar-scan threshold --results FILE… [--threshold-file FILE] [--output FILE]
                              [--exact] [--controls] [--loosen] [--waiver-file FILE…]
       sidecar-scan threshold --explain [--threshold-file FILE | --threshold TEXT] [--results FILE…]

Writes the threshold that these results just pass. An existing threshold file is only ever tightened: its limits move to
the results, its comments stay, the changes are printed, and nothing is written when a limit would have to be loosened.

  --results FILE         results to take the limits from; several files are counted together
  --threshold-file FILE  the threshold file: tightened where it is, or made when it does not exist
  --output FILE          write there instead; without either flag the threshold goes to stdout
  --exact                bounds on both sides: any change of a count is a breach
  --controls             the ids of the controls of every status and severity too
  --loosen               allow limits to be loosened
  --explain              say in words what each line means, and how far the results are from it; writes nothing
  --threshold TEXT       with --explain: the threshold inline, as for judge
  --waiver-file FILE     InSpec waiver file, as for judge

Exit code: 0 done, 2 wrong usage, or a limit would have to be loosened, 4 the results prove nothing.
`

/** `sidecar-scan threshold`: results → a threshold file that never gets weaker by itself. */
export const thresholdCommand: Command = {
  name: 'threshold',
  summary: 'write a threshold from results, tighten an existing one, or explain it',
  help: HELP,
  run: runThreshold,
}

type Flags = ReturnType<typeof parseOptions<typeof OPTIONS>>

async function runThreshold(argv: readonly string[], io: Io): Promise<number> {
  const flags = parseOptions('threshold', argv, OPTIONS)
  if (flags.help) {
    io.stdout(HELP)
    return 0
  }
  if (flags.explain) return await explain(flags, io)
  if (flags.threshold !== undefined) throw usage('--threshold is for --explain', 'give a file with --threshold-file')
  if (!flags.results) throw usage('no results were given', 'name a results file with --results')
  const results = await readResults(flags.results, 'results', io)
  const measured = measureTrusted(results, await readWaivers(flags['waiver-file'] ?? [], io), io)
  const path = flags['threshold-file'] ?? flags.output
  const existing = path === undefined ? null : await readExisting(path, io)
  if (path === undefined || existing === null) return await writeNew(flags, measured, io)
  return await tighten(existing, flags.output ?? path, flags, measured, io)
}

/** A threshold made from results that prove nothing would let anything pass. */
function measureTrusted(results: Results, waivers: readonly Waiver[], io: Io): Measured {
  const judgement = judge({ results, waivers, threshold: noThreshold, now: io.now })
  if (judgement.inconclusive) {
    const message = `no threshold can be taken from these results: ${judgement.inconclusive}`
    throw new ScanError(message, { exitCode: EXIT.results, hint: 'scan again until the results are trustworthy' })
  }
  return measure(judgement.controls, judgement.compliance, null)
}

interface Existing {
  readonly path: string
  readonly text: string
  readonly threshold: Threshold
}

/** The threshold file, or null when there is none yet. */
async function readExisting(path: string, io: Io): Promise<Existing | null> {
  try {
    const text = (await readText(io, path, 'threshold-file', EXIT.usage)).replace(/^\ufeff/, '')
    return { path, text, threshold: parseThreshold(text, { name: path, form: 'file' }) }
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } }
    if (cause?.code === 'ENOENT') return null
    throw error
  }
}

async function writeNew(flags: Flags, measured: Measured, io: Io): Promise<number> {
  const options = { exact: flags.exact === true, controls: flags.controls === true }
  const limits = generateLimits(measured, options)
  const text = renderThreshold(limits)
  const target = flags.output ?? flags['threshold-file']
  if (target === undefined) {
    io.stdout(text)
    return 0
  }
  await write(io, target, text)
  io.stdout(`wrote ${limits.length} limits to ${target}\n`)
  return 0
}

async function tighten(existing: Existing, target: string, flags: Flags, measured: Measured, io: Io): Promise<number> {
  const options = { exact: flags.exact === true, controls: flags.controls === true }
  const changes = ratchet(existing.threshold.limits, measured, options)
  const moved = changes.filter((change) => change.kind !== 'same')
  io.stdout(diffText(existing.path, moved))
  const looser = moved.filter((change) => change.kind === 'looser')
  if (looser.length > 0 && !flags.loosen) {
    const paths = looser.map((change) => change.path).join(', ')
    throw usage(
      `the results are worse than ${existing.path}: ${paths} would have to be loosened; nothing was written`,
      'fix what got worse, or add --loosen when that is what you mean',
    )
  }
  if (moved.length === 0 && target === existing.path) return 0
  await write(io, target, rewritten(existing, changes))
  io.stdout(`wrote ${target}\n`)
  return 0
}

/** The file with new numbers in place; written anew, without comments, where that does not come out as it should. */
function rewritten({ path, text, threshold }: Existing, changes: readonly LimitChange[]): string {
  const limits = changes.map(({ path, to }) => ({ path, value: to }))
  const numbers = new Map(
    changes.flatMap(({ path, to, kind }) => (kind !== 'same' && typeof to === 'number' ? [[path, to] as const] : [])),
  )
  const edited = replaceNumbers(text, threshold.limits, numbers)
  return sameLimits(edited, path, limits) ? edited : renderThreshold(limits)
}

function sameLimits(text: string, name: string, wanted: readonly Pick<Limit, 'path' | 'value'>[]): boolean {
  const print = (limits: typeof wanted) => JSON.stringify(limits.map(({ path, value }) => [path, value]).sort())
  try {
    return print(parseThreshold(text, { name, form: 'file' }).limits) === print(wanted)
  } catch {
    return false
  }
}

function diffText(path: string, moved: readonly LimitChange[]): string {
  if (moved.length === 0) return `${path} fits these results: nothing to tighten\n`
  const show = (value: Limit['value']) => (Array.isArray(value) ? `[${value.join(', ')}]` : String(value))
  const lines = moved.flatMap(({ path, from, to, kind }) => [
    ...(from === null ? [] : [`- ${path}: ${show(from)}`]),
    `+ ${path}: ${show(to)}${kind === 'looser' ? '   (looser)' : ''}`,
  ])
  return `${lines.map(plainLine).join('\n')}\n`
}

async function explain(flags: Flags, io: Io): Promise<number> {
  const path = flags['threshold-file']
  const existing = path === undefined ? null : await readExisting(path, io)
  if (path !== undefined && existing === null)
    throw usage(`${path} does not exist`, 'check the path given with --threshold-file')
  if (path !== undefined && flags.threshold !== undefined)
    throw usage('a threshold was given twice', 'give --threshold-file or --threshold, not both')
  const inline =
    flags.threshold === undefined ? null : parseThreshold(flags.threshold, { name: '--threshold', form: 'inline' })
  const threshold = existing?.threshold ?? inline ?? defaultThreshold
  const results = flags.results ? await readResults(flags.results, 'results', io) : null
  const measured = results ? measureTrusted(results, await readWaivers(flags['waiver-file'] ?? [], io), io) : null
  if (threshold === defaultThreshold) io.stdout('the default threshold:\n')
  if (threshold.limits.length === 0) io.stdout('none: the results are reported, not judged\n')
  for (const limit of threshold.limits) io.stdout(`${plainLine(explainLimit(limit, measured))}\n`)
  return 0
}

async function write(io: Io, path: string, text: string): Promise<void> {
  try {
    await io.writeFile(path, text)
  } catch (cause) {
    throw new ScanError(`cannot write ${path}: ${(cause as Error).message}`, {
      exitCode: EXIT.usage,
      hint: 'check the path given with --output or --threshold-file',
      cause,
    })
  }
}

function usage(message: string, hint: string): ScanError {
  return new ScanError(`threshold: ${message}`, { exitCode: EXIT.usage, hint })
}
