import { join } from 'node:path'
import { EXIT, ScanError } from '../errors.ts'
import { parseInputs } from '../inputs/inputs.ts'
import { INPUTS } from '../inputs/table.ts'
import { FORMATS } from '../render/formats.ts'
import type { ScanReport } from '../report/report.ts'
import type { Command, Io } from './command.ts'
import { readResults, readThreshold, readWaivers } from './judge.ts'
import { parseOptions } from './options.ts'
import { reportOnFile } from './results-report.ts'

const OPTIONS = {
  results: { type: 'string', multiple: true },
  format: { type: 'string', multiple: true },
  image: { type: 'string', multiple: true },
  'output-dir': { type: 'string' },
  'threshold-file': { type: 'string' },
  threshold: { type: 'string' },
  'waiver-file': { type: 'string', multiple: true },
  baseline: { type: 'string' },
} as const

const FORMAT_LINES = INPUTS.formats.choices.map(
  (name) => `                           ${name.padEnd(11)} ${FORMATS[name].file}`,
)

/** `sidecar-scan report`: results files → reports, without a cluster. */
export const reportCommand: Command = {
  name: 'report',
  summary: 'make reports from InSpec results, without a cluster',
  help: `Usage: sidecar-scan report --results FILE… --format FORMAT[,FORMAT…] [--output-dir DIR] [flags]

Makes reports from InSpec results (the JSON reporter's file, HDF). Needs no cluster and no network.
The exit code says whether the reports were written, not what the verdict is: use \`judge\` for that.

  --results FILE           results to report on; given several times, each file is one image of the report
  --format FORMAT          what to write, and the name of the file:
${FORMAT_LINES.join('\n')}
  --output-dir DIR         folder to write to (default: .); - prints the report instead, of a single format
  --image NAME             what was scanned, one for each results file (default: the file's name)
  --threshold-file FILE    threshold in YAML or JSON
  --threshold TEXT         threshold inline, or none: report, do not judge
                           (default: compliance.min 70, failed.critical.max 0 and error.critical.max 0)
  --waiver-file FILE       InSpec waiver file; may be given several times
  --baseline FILE          earlier results to compare with

Exit code: 0 written, 2 wrong usage, 4 the results cannot be read.
`,
  run: runReport,
}

async function runReport(argv: readonly string[], io: Io): Promise<number> {
  const flags = parseOptions('report', argv, OPTIONS)
  const { results: paths = [], image: images = [] } = flags
  if (paths.length === 0) throw usage('no results were given', 'name a results file with --results')
  if (images.length > 0 && images.length !== paths.length)
    throw usage(`${images.length} images for ${paths.length} results files`, 'give --image once for each --results')
  const { formats } = parseInputs({ formats: (flags.format ?? []).join(',') }, [])
  if (formats.length === 0)
    throw usage('no format was given', `name one with --format: ${INPUTS.formats.choices.join(', ')}`)
  const folder = flags['output-dir'] ?? '.'
  if (folder === '-' && formats.length > 1)
    throw usage('several formats cannot be printed', 'give --output-dir a folder')
  const criteria = {
    threshold: await readThreshold(flags, io),
    waivers: await readWaivers(flags['waiver-file'] ?? [], io),
    baseline: flags.baseline === undefined ? undefined : await readResults([flags.baseline], 'baseline', io),
  }
  const reports: ScanReport[] = []
  for (const [index, path] of paths.entries()) reports.push(await reportOnFile(path, images[index] ?? '', criteria, io))
  for (const name of formats) {
    const text = (await FORMATS[name].load())(reports)
    if (folder === '-') io.stdout(text)
    else await write(join(folder, FORMATS[name].file), text, io)
  }
  return 0
}

async function write(path: string, text: string, io: Io): Promise<void> {
  try {
    await io.writeFile(path, text)
  } catch (cause) {
    throw new ScanError(`cannot write ${path}: ${(cause as NodeJS.ErrnoException).code ?? (cause as Error).message}`, {
      exitCode: EXIT.usage,
      hint: 'give --output-dir a folder that can be written to',
      cause,
    })
  }
  io.stderr(`wrote ${path}\n`)
}

function usage(message: string, hint: string): ScanError {
  return new ScanError(`report: ${message}`, { exitCode: EXIT.usage, hint })
}
