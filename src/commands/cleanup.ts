import { chooseEngine } from '../engine/choose.ts'
import type { Leftover, Listed } from '../engine/engine.ts'
import { assertRunId } from '../engine/ownership.ts'
import { EXIT, ScanError } from '../errors.ts'
import { parseDuration } from '../inputs/duration.ts'
import { parseInputs } from '../inputs/inputs.ts'
import { inputsOf } from '../inputs/scopes.ts'
import { plainLine } from '../log/plain.ts'
import type { Command, RunIo } from './command.ts'
import { flagHelp, parseFlags } from './flags.ts'

const INPUTS = inputsOf({ scopes: ['cluster'], also: ['dry-run'], except: ['create-namespace'] })
const LIMIT_MS = 60_000

export const cleanupCommand: Command<RunIo> = {
  name: 'cleanup',
  summary: 'delete what scans have left behind',
  help: `Usage: sidecar-scan cleanup (--run-id ID | --older-than 1h) [flags]

Deletes pods, ConfigMaps and Secrets of scans that could not clean up after themselves, or were kept.
A Secret is deleted with the ConfigMap that owns it. Objects that carry the labels of scans but were not made
by one are listed and left alone.

  --run-id ID
      Everything of this run, and of no other
  --older-than 90m|2h|1d
      Everything older than this
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
    const inputs = parseInputs(raw, INPUTS)
    const runId = own['run-id'] as string | undefined
    const olderThan = own['older-than'] === undefined ? undefined : age(String(own['older-than']))
    if ((runId === undefined) === (olderThan === undefined)) {
      throw new ScanError('cleanup needs --run-id or --older-than', {
        exitCode: EXIT.usage,
        hint: 'give one of them: `--run-id ID` or `--older-than 1h`',
      })
    }
    if (runId !== undefined) assertRunId(runId)
    const { engine } = await chooseEngine(inputs, io.env)
    const signal = AbortSignal.any([io.signal, AbortSignal.timeout(LIMIT_MS)])
    // by the clock that dated the objects: were ours ahead, scans that run would pass for old ones
    const now = io.now.getTime() + engine.clockAhead
    const { ours, foreign } = await engine.list(runId, signal)
    const chosen =
      olderThan === undefined ? ours : ours.filter(({ createdAt }) => now - createdAt.getTime() > olderThan)
    if (!inputs.dryRun) await engine.remove(chosen, signal)
    io.stdout(
      own['json']
        ? `${JSON.stringify({ engine: engine.where, deleted: inputs.dryRun ? [] : chosen, found: chosen, leftAlone: foreign })}\n`
        : said(chosen, foreign, inputs.dryRun, engine.where),
    )
    return 0
  },
}

function said(chosen: readonly Leftover[], foreign: Listed['foreign'], dryRun: boolean, where: string): string {
  const verb = dryRun ? 'would delete' : 'deleted'
  const lines = chosen.map(({ kind, name, createdAt }) => `${verb} ${kind} ${name}, created ${createdAt.toISOString()}`)
  const left = foreign.map(({ kind, name, why }) => `left alone: ${kind} ${name}: ${why}`)
  return [...(lines.length === 0 ? [`nothing to delete at ${where}`] : lines), ...left]
    .map((line) => `${plainLine(line)}\n`)
    .join('')
}

/** Milliseconds of `45s`, `90m`, `2h`, `1d`. */
function age(text: string): number {
  // a bare number would be seconds, and take scans that run
  const seconds = /[smhd]$/.test(text) ? parseDuration(text) : undefined
  if (seconds === undefined)
    throw new ScanError(`--older-than is \`${text}\``, {
      exitCode: EXIT.usage,
      hint: 'write a number and a unit: 45s, 90m, 2h, 1d',
    })
  return seconds * 1000
}
