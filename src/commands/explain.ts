import { EXIT, ScanError } from '../errors.ts'
import { nearest } from '../inputs/nearest.ts'
import { controlDetails } from '../judge/details.ts'
import { judge } from '../judge/judge.ts'
import { noThreshold } from '../judge/threshold.ts'
import type { Control } from '../judge/types.ts'
import { renderControl } from '../render/control-text.ts'
import { identifiersOf } from '../report/tags.ts'
import type { Command, Io } from './command.ts'
import { readResults, readWaivers } from './judge.ts'
import { parseOptions } from './options.ts'

const OPTIONS = {
  control: { type: 'string' },
  results: { type: 'string', multiple: true },
  'waiver-file': { type: 'string', multiple: true },
} as const

/** `sidecar-scan explain`: one control of a results file, with all that is known of it. */
export const explainCommand: Command = {
  name: 'explain',
  summary: 'show one control of InSpec results: what was found, why it matters, how to fix it',
  help: `Usage: sidecar-scan explain CONTROL --results FILE

Shows one control of InSpec results: its tests with what was found, description, check and fix, tags and code.

  CONTROL             id of the control, or a tag that people know it by: V-257777, RHEL-09-211010
  --results FILE      InSpec results (the JSON reporter's file, HDF); may be given several times
  --waiver-file FILE  InSpec waiver file; may be given several times

Exit code: 0 shown, 2 wrong usage or no such control, 4 the results cannot be read.
`,
  run: runExplain,
}

async function runExplain(argv: readonly string[], io: Io): Promise<number> {
  const {
    control: wanted,
    results: paths = [],
    'waiver-file': files = [],
  } = parseOptions('explain', argv, OPTIONS, ['control'])
  if (wanted === undefined) throw usage('no control was named', 'write `sidecar-scan explain CONTROL --results FILE`')
  if (paths.length === 0) throw usage('no results were given', 'name a results file with --results')
  const results = await readResults(paths, 'results', io)
  const waivers = await readWaivers(files, io)
  const { controls } = judge({ results, threshold: noThreshold, waivers, now: io.now })
  const found = controls.filter((control) => isNamed(control, wanted))
  if (found.length === 0) throw unknown(wanted, controls)
  io.stdout(`${found.map(renderControl).join('\n\n')}\n`)
  return 0
}

function isNamed(control: Control, wanted: string): boolean {
  const name = wanted.toLowerCase()
  return (
    control.id.toLowerCase() === name ||
    identifiersOf(controlDetails(control)).some((tag) => tag.toLowerCase() === name)
  )
}

function unknown(wanted: string, controls: readonly Control[]): ScanError {
  const meant = nearest(
    wanted,
    controls.map(({ id }) => id),
  )
  return usage(
    `the results have no control \`${wanted}\``,
    meant
      ? `did you mean \`${meant}\`?`
      : `they have ${controls.length} controls; the first is \`${controls[0]?.id ?? ''}\``,
  )
}

function usage(message: string, hint: string): ScanError {
  return new ScanError(`explain: ${message}`, { exitCode: EXIT.usage, hint })
}
