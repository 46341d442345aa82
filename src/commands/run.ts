import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import { parseInputs } from '../inputs/inputs.ts'
import { INPUT_SPECS, type InputName } from '../inputs/table.ts'
import { terminalLog } from '../log/terminal.ts'
import type { Home } from '../payload/payload.ts'
import type { Plan } from '../plan/plan.ts'
import { FILES } from '../publish/files.ts'
import { renderText } from '../render/text.ts'
import { exitCode } from '../run/exit.ts'
import type { ScanReport } from '../run/report.ts'
import { run } from '../run/run.ts'
import type { Command, Io } from './command.ts'
import { flagHelp, parseFlags } from './flags.ts'

/** What `run` needs beyond other commands. */
export interface RunIo extends Io {
  readonly home: Home
  readonly signal: AbortSignal
  /** To be called before anything is created: from then on `signal` aborts instead of the process ending. */
  readonly protect: () => void
  readonly clock: () => number
}

/** Inputs that are flags of the CLI; the others mean something in a workflow only. */
const CLI_INPUTS = [...INPUT_SPECS].filter(([, { only }]) => only !== 'action').map(([name]) => name) as InputName[]

export const runCommand: Command<RunIo> = {
  name: 'run',
  summary: 'scan images in a cluster, or with podman, and judge the results',
  help: `Usage: sidecar-scan run --image IMAGE [--profile PROFILE] [flags]

Runs an InSpec profile against an image, judges the results against a threshold, and writes
scan-results-<run-id>/ with ${Object.values(FILES).join(', ')}.

  --json
      Print one JSON document on stdout and nothing else there
${flagHelp(CLI_INPUTS)}

Exit codes: 0 passed, 1 a limit is breached, 2 wrong usage or input, 3 cluster or pod failure,
4 no trustworthy results, 130 and 143 interrupted.
`,
  async run(argv, io) {
    const { raw, own } = parseFlags('run', argv, CLI_INPUTS, { json: 'boolean' })
    const inputs = parseInputs(raw)
    const runId = newRunId(io.now)
    const log = terminalLog(io.stderr, io.clock)
    const outcome = await run(inputs, { ...io, now: () => new Date(), log, runId, onStart: io.protect })
    log.end()
    if ('plans' in outcome) {
      io.stdout(renderObjects(outcome.plans))
      return 0
    }
    const { reports } = outcome
    io.stdout(
      own['json'] ? `${JSON.stringify(runDocument(runId, reports), null, 2)}\n` : reports.map(renderText).join('\n'),
    )
    return exitCode(reports, inputs.failOn)
  },
}

/** Unique for every run, sortable by time, and a valid part of a Kubernetes name. */
export function newRunId(now: Date): string {
  return `${now
    .toISOString()
    .replace(/[-:]|\..*/g, '')
    .toLowerCase()
    .replace('t', '-')}-${randomBytes(3).toString('hex')}`
}

/** The objects of all plans as a YAML stream, without what is secret. */
export function renderObjects(plans: readonly Plan[]): string {
  const objects = plans.flatMap(({ configMaps, secrets, pod }) => [
    ...configMaps,
    ...secrets.map((secret) => ({
      ...secret,
      data: Object.fromEntries(Object.keys(secret.data ?? {}).map((name) => [name, ''])),
    })),
    pod,
  ])
  return yamlStream(objects)
}

/** Objects as YAML documents, as `kubectl apply` takes them. */
export function yamlStream(objects: readonly object[]): string {
  // one mapping that stands in several objects is written out in each: anchors would be harder to read
  return objects.map((object) => dump(object, { lineWidth: -1, noRefs: true })).join('---\n')
}

/** What `--json` prints: of one image its fields at the top; of several the run's, with a list `scans`. */
function runDocument(runId: string, reports: readonly ScanReport[]): object {
  const scans = reports.map(scanDocument)
  if (scans.length === 1) return scans[0]!
  const verdicts = reports.map(({ judgement }) => judgement.verdict)
  const verdict = (['inconclusive', 'failed', 'passed'] as const).find((one) => verdicts.includes(one))
  return { verdict, runId, scans }
}

function scanDocument(report: ScanReport): object {
  const { judgement, failure } = report
  return {
    verdict: judgement.verdict,
    compliance: judgement.compliance,
    counts: judgement.counts,
    unanswered: judgement.unanswered,
    violations: judgement.violations,
    waivers: judgement.waivers,
    inconclusive: judgement.inconclusive,
    warnings: judgement.warnings,
    changes: judgement.changes,
    threshold: judgement.threshold,
    ...(failure ? { error: { message: failure.message, hint: failure.hint ?? null, exitCode: failure.exitCode } } : {}),
    runId: report.runId,
    engine: report.engine,
    profile: report.profile,
    targetMode: report.targetMode,
    targetAccess: report.targetAccess,
    image: report.image,
    imageDigest: report.imageDigest,
    scanner: report.scannerImage,
    scannerDigest: report.scannerDigest,
    scannerVersion: report.scannerVersion,
    resultsDir: report.resultsDir,
    results: report.resultsSha256 === '' ? null : join(report.resultsDir, FILES.results),
    resultsSha256: report.resultsSha256,
    startedAt: report.startedAt,
    phases: report.phases ?? null,
  }
}
