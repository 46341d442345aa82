import { EXIT } from '../errors.ts'
import { parseInputs } from '../inputs/inputs.ts'
import { inputsOf } from '../inputs/scopes.ts'
import { plainText } from '../log/plain.ts'
import { terminalLog } from '../log/terminal.ts'
import { runFiles } from '../publish/files.ts'
import { renderObjects } from '../render/objects.ts'
import { renderText } from '../render/text.ts'
import { exitCode } from '../run/exit.ts'
import { newRunId } from '../run/identity.ts'
import { ciOf } from '../run/provenance.ts'
import { run } from '../run/run.ts'
import { ciNote } from './ci-note.ts'
import type { Command, RunIo } from './command.ts'
import { flagHelp, parseFlags } from './flags.ts'
import { runDocument } from './run-document.ts'

const INPUTS = inputsOf({ scopes: ['scan', 'running', 'judge', 'cluster', 'pod', 'results'] })

const EXAMPLES = `  sidecar-scan run IMAGE                     scan with the built-in profile container-baseline
  sidecar-scan run IMAGE PROFILE             scan with an InSpec profile: a folder or a .tar.gz archive
  sidecar-scan run IMAGE --engine podman     scan on this machine, without a cluster
  sidecar-scan run --pod POD                 judge what a scanner in a pod found, or scan the images it runs
`

const FIRST_STEPS = `sidecar-scan run needs an image. To begin:

${EXAMPLES}  sidecar-scan preflight                     ask the cluster whether a scan could run there

\`sidecar-scan run --help\` explains every flag.
`

export const runCommand: Command<RunIo> = {
  name: 'run',
  summary: 'scan images in a cluster, or with podman, and judge the results',
  help: `Usage: sidecar-scan run IMAGE [PROFILE] [flags]
       sidecar-scan run --pod POD [flags]

Runs an InSpec profile against an image, judges the results against a threshold, and writes the folder
scan-results-<run-id> with scan-results.json, scan-verdict.json, scan-summary.md and threshold-result.txt,
and what --formats asks for.

Examples:
${EXAMPLES}
Output:
  --json
      Print one JSON document on stdout and nothing else there
${flagHelp(INPUTS)}

Exit codes: 0 passed, 1 a limit is breached, 2 wrong usage or input, 3 cluster or pod failure,
4 no trustworthy results, 130 and 143 interrupted.
`,
  async run(argv, io) {
    if (argv.length === 0) {
      io.stderr(FIRST_STEPS)
      return EXIT.usage
    }
    const { raw, own } = parseFlags('run', argv, INPUTS, { json: 'boolean' }, ['image', 'profile'])
    const inputs = parseInputs(raw)
    const runId = newRunId(io.now)
    const log = terminalLog(io.stderr, io.clock, io.live)
    const outcome = await run(inputs, { ...io, now: () => new Date(), log, runId, onStart: io.protect })
    log.end()
    if ('plans' in outcome) {
      io.stdout(renderObjects(outcome.plans))
      return 0
    }
    const { reports } = outcome
    io.stdout(
      own['json']
        ? `${JSON.stringify(runDocument(runId, reports, inputs), null, 2)}\n`
        : renderText(reports, runFiles(reports, inputs.formats), io.terminal),
    )
    io.stderr(plainText(ciNote(ciOf(io.env), reports.map(({ scan }) => scan.resultsDir).join(', '))))
    return exitCode(reports, inputs.failOn)
  },
}
