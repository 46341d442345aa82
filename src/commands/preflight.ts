import { chooseEngine } from '../engine/choose.ts'
import type { Finding } from '../engine/engine.ts'
import { parseInputs } from '../inputs/inputs.ts'
import { inputsOf } from '../inputs/scopes.ts'
import { preflightRequest } from '../run/preflight.ts'
import type { Command, RunIo } from './command.ts'
import { flagHelp, parseFlags } from './flags.ts'

const INPUTS = inputsOf({
  scopes: ['cluster'],
  also: ['pod-security', 'inputs-file', 'waiver-file', 'pod', 'pod-selector'],
  except: ['create-namespace'],
})
const LIMIT = 60_000
const MARKS = { ready: '✓', missing: '✗', unknown: '?' } as const

export const preflightCommand: Command<RunIo> = {
  name: 'preflight',
  summary: 'ask the cluster whether a scan could run there; creates nothing',
  help: `Usage: sidecar-scan preflight [--namespace NAMESPACE] [flags]

Checks what a scan needs: that the cluster answers, that the namespace is there, the Pod Security level it
enforces, and every right in it. Creates nothing.

  --json
      Print the findings as JSON
${flagHelp(INPUTS)}

Exit codes: 0 a scan could run, 2 an input is wrong, 3 the cluster cannot be used or a right is missing.
`,
  async run(argv, io) {
    const { raw, own } = parseFlags('preflight', argv, INPUTS, { json: 'boolean' })
    const inputs = parseInputs({ ...raw, 'dry-run': 'true' }, INPUTS)
    const { engine, why } = await chooseEngine(inputs, io.env)
    const signal = AbortSignal.any([io.signal, AbortSignal.timeout(LIMIT)])
    const { findings } = await engine.preflight(preflightRequest(inputs), signal)
    const missing = findings.filter((finding) => finding.state === 'missing')
    io.stdout(
      own['json']
        ? `${JSON.stringify({ engine: engine.where, ready: missing.length === 0, findings }, null, 2)}\n`
        : `${engine.where}: ${why}\n${findings.map(line).join('')}`,
    )
    return missing[0]?.exitCode ?? 0
  },
}

function line({ state, subject, said, hint }: Finding): string {
  return `  ${MARKS[state]} ${subject}: ${said}\n${hint ? `    what to do: ${hint}\n` : ''}`
}
