import { EXIT, ScanError } from '../errors.ts'
import { parseHdf } from '../judge/hdf.ts'
import { inconclusive, judge, VERDICT_EXIT } from '../judge/judge.ts'
import { defaultThreshold, parseThreshold } from '../judge/threshold.ts'
import type { Judgement, Results, Threshold, Waiver } from '../judge/types.ts'
import { parseWaivers } from '../judge/waivers.ts'
import { plainLine } from '../log/plain.ts'
import type { Command, Io } from './command.ts'
import { judgementText } from './judge-text.ts'
import { parseOptions } from './options.ts'
import { readText } from './read-text.ts'

const OPTIONS = {
  results: { type: 'string', multiple: true },
  'threshold-file': { type: 'string' },
  threshold: { type: 'string' },
  'waiver-file': { type: 'string', multiple: true },
  baseline: { type: 'string' },
  'min-controls': { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

const HELP = `Usage: sidecar-scan judge RESULTS [--threshold-file FILE | --threshold TEXT]
                          [--waiver-file FILE…] [--baseline FILE] [--min-controls N] [--json]

Judges InSpec results (the JSON reporter's file, HDF) against a threshold. Needs no cluster and no network.

  --results FILE         results to judge, as RESULTS; given several times, the files are counted together
  --threshold-file FILE  threshold in YAML or JSON (docs/thresholds.md lists the keys)
  --threshold TEXT       threshold inline: 'compliance.min: 80, failed.critical.max: 0', or none: report, do not judge
                         Without either: compliance.min 70, failed.critical.max 0 and error.critical.max 0
  --waiver-file FILE     InSpec waiver file (YAML, JSON or CSV); may be given several times, later entries win
  --baseline FILE        earlier results: says what was fixed, fails newly, is gone; new-failures can limit it
  --min-controls N       minimum number of controls; fewer makes the verdict inconclusive
  --json                 one JSON document on stdout and nothing else there

Exit code: 0 passed, 1 a limit is breached, 2 wrong usage or threshold, 4 the results prove nothing.
`

/** `sidecar-scan judge`: results and a threshold → verdict. */
export const judgeCommand: Command = {
  name: 'judge',
  summary: 'judge InSpec results against a threshold, without a cluster',
  help: HELP,
  run: runJudge,
}

async function runJudge(argv: readonly string[], io: Io): Promise<number> {
  const flags = parseOptions('judge', argv, OPTIONS, ['results'])
  if (flags.help) {
    io.stdout(HELP)
    return 0
  }
  const paths = flags.results ?? []
  if (paths.length === 0) throw usage('no results were given', 'name a results file: sidecar-scan judge RESULTS')
  const threshold = await readThreshold(flags, io)
  const waivers = await readWaivers(flags['waiver-file'] ?? [], io)
  const minControls = flags['min-controls'] === undefined ? undefined : wholeNumber(flags['min-controls'])
  const { judgement, hint } = await judgeFiles({ paths, baseline: flags.baseline, threshold, waivers, minControls }, io)
  if (flags.json && judgement.inconclusive)
    io.stderr(`inconclusive: ${plainLine(judgement.inconclusive)}\n${hint ? `  what to do: ${plainLine(hint)}\n` : ''}`)
  io.stdout(
    flags.json
      ? `${judgementJson(judgement)}\n`
      : judgementText(judgement, { name: paths.join(', '), hint, terminal: io.terminal }),
  )
  return VERDICT_EXIT[judgement.verdict]
}

interface Inputs {
  readonly paths: readonly string[]
  readonly baseline: string | undefined
  readonly threshold: Threshold
  readonly waivers: readonly Waiver[]
  readonly minControls: number | undefined
}

/** Results that cannot be read are a judgement too: inconclusive, with the reason. */
async function judgeFiles(inputs: Inputs, io: Io): Promise<{ judgement: Judgement; hint?: string | undefined }> {
  const { paths, threshold, waivers, minControls } = inputs
  try {
    const results = await readResults(paths, 'results', io)
    const baseline = inputs.baseline === undefined ? undefined : await readResults([inputs.baseline], 'baseline', io)
    return { judgement: judge({ results, threshold, waivers, baseline, minControls, now: io.now }) }
  } catch (error) {
    if (!(error instanceof ScanError) || error.exitCode !== EXIT.results) throw error
    return { judgement: inconclusive(error.message, threshold), hint: error.hint }
  }
}

/** Results files as one. @throws ScanError (exit 4) when one cannot be read or is not HDF. */
export async function readResults(paths: readonly string[], flag: string, io: Io): Promise<Results> {
  const files: { name: string; text: string }[] = []
  for (const name of paths) files.push({ name, text: await readText(io, name, flag, EXIT.results) })
  return parseHdf(files)
}

/** The threshold that flags give, or the default. @throws ScanError (exit 2). */
export async function readThreshold(
  flags: { 'threshold-file'?: string; threshold?: string },
  io: Io,
): Promise<Threshold> {
  const { 'threshold-file': file, threshold } = flags
  if (file !== undefined && threshold !== undefined)
    throw usage('a threshold was given twice', 'give --threshold-file or --threshold, not both')
  if (file !== undefined)
    return parseThreshold(await readText(io, file, 'threshold-file', EXIT.usage), { name: file, form: 'file' })
  return threshold === undefined ? defaultThreshold : parseThreshold(threshold, { name: '--threshold', form: 'inline' })
}

/** Waivers of several files, in order. @throws ScanError (exit 2). */
export async function readWaivers(paths: readonly string[], io: Io): Promise<Waiver[]> {
  const waivers: Waiver[] = []
  for (const path of paths) waivers.push(...parseWaivers(await readText(io, path, 'waiver-file', EXIT.usage), path))
  return waivers
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text))
    throw usage(`--min-controls must be a whole number, not ${JSON.stringify(text)}`, 'for example --min-controls 40')
  return Number(text)
}

function usage(message: string, hint: string): ScanError {
  return new ScanError(`judge: ${message}`, { exitCode: EXIT.usage, hint })
}

/** The judgement as machines read it: all but the controls themselves. */
function judgementJson({ controls: _, ...judgement }: Judgement): string {
  return JSON.stringify(judgement, null, 2)
}
