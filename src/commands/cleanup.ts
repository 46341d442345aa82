import { chooseEngine } from '../engine/choose.ts'
import type { Leftover } from '../engine/engine.ts'
import { EXIT, ScanError } from '../errors.ts'
import { parseInputs } from '../inputs/inputs.ts'
import type { InputName } from '../inputs/table.ts'
import type { Command } from './command.ts'
import { flagHelp, parseFlags } from './flags.ts'
import type { RunIo } from './run.ts'

const INPUTS: InputName[] = ['engine', 'kubeconfig', 'context', 'namespace', 'dry-run']
const LIMIT = 60_000

export const cleanupCommand: Command<RunIo> = {
  name: 'cleanup',
  summary: 'delete what scans have left behind',
  help: `Usage: sidecar-scan cleanup (--run-id ID | --older-than 1h) [flags]

Deletes pods, ConfigMaps and Secrets of scans that could not clean up after themselves, or were kept.

  --run-id ID
      Everything of one run
  --older-than 90m|2h|1d
      Everything that is older
  --json
      Print what was deleted as JSON
${flagHelp(INPUTS)}
`,
  async run(argv, io) {
    const { raw, own } = parseFlags('cleanup', argv, INPUTS, {
      'run-id': 'string',
      'older-than': 'string',
      json: 'boolean',
    })
    // the image is of no interest here, and the one input that must be given
    const inputs = parseInputs({ ...raw, image: 'none' })
    const runId = own['run-id'] as string | undefined
    const age = own['older-than'] === undefined ? undefined : duration(String(own['older-than']))
    if ((runId === undefined) === (age === undefined)) {
      throw new ScanError('cleanup wants to know what to delete', {
        exitCode: EXIT.usage,
        hint: 'give either `--run-id ID` or `--older-than 1h`',
      })
    }
    const { engine } = await chooseEngine(inputs, io.env)
    const signal = AbortSignal.any([io.signal, AbortSignal.timeout(LIMIT)])
    // by the clock that dated the objects: were ours ahead, scans that run would pass for old ones
    const now = io.now.getTime() + engine.clockAhead
    const found = await engine.list(runId, signal)
    const chosen = age === undefined ? found : found.filter(({ createdAt }) => now - createdAt.getTime() > age)
    if (!inputs.dryRun) await engine.remove(chosen, signal)
    io.stdout(
      own['json']
        ? `${JSON.stringify({ engine: engine.where, deleted: inputs.dryRun ? [] : chosen, found: chosen })}\n`
        : said(chosen, inputs.dryRun, engine.where),
    )
    return 0
  },
}

function said(chosen: readonly Leftover[], dryRun: boolean, where: string): string {
  if (chosen.length === 0) return `nothing to delete at ${where}\n`
  const verb = dryRun ? 'would delete' : 'deleted'
  return chosen
    .map(({ kind, name, createdAt }) => `${verb} ${kind} ${name}, created ${createdAt.toISOString()}\n`)
    .join('')
}

/** Milliseconds of `45s`, `90m`, `2h`, `1d`. */
function duration(text: string): number {
  const units = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
  const match = /^(\d+)([smhd])$/.exec(text)
  if (!match)
    throw new ScanError(`\`--older-than\` is \`${text}\``, {
      exitCode: EXIT.usage,
      hint: 'write a number and a unit: 45s, 90m, 2h, 1d',
    })
  return Number(match[1]) * units[match[2] as keyof typeof units]
}
