import { randomBytes } from 'node:crypto'
import * as core from '@actions/core'
import { chooseEngine } from './engine/choose.ts'
import { ScanError } from './errors.ts'
import { type Inputs, parseInputs } from './inputs/inputs.ts'
import { INPUT_SPECS, type RawInputs } from './inputs/table.ts'
import { actionLog } from './log/action.ts'
import { ignoreBrokenPipe } from './log/broken-pipe.ts'
import { plainLine } from './log/plain.ts'
import type { Home } from './payload/payload.ts'
import { publishToGitHub } from './publish/github.ts'
import { controlAnnotations } from './render/annotations.ts'
import { verdictSentence } from './render/words.ts'
import type { ScanReport } from './report/report.ts'
import { exitCode } from './run/exit.ts'
import { type RunContext, type RunOutcome, run } from './run/run.ts'
import { interruption } from './signals.ts'

/** The Action's entry: inputs → run → outputs, summary, artifact; the only place that fails the step. */
export async function main(home: Home): Promise<void> {
  ignoreBrokenPipe()
  const clock = () => performance.now()
  const log = actionLog(clock)
  try {
    const raw = actionInputs(process.env)
    // before anything is said, a refused input too
    mask([raw.token, raw['github-token']].map((token) => token?.trim() ?? '').filter((token) => token !== ''))
    const inputs = parseInputs(raw)
    const runId = actionRunId(process.env)
    const outcome = await tracedRun(inputs, { env: process.env, home, log, clock, now: () => new Date(), runId })
    if ('plans' in outcome) return core.info('dry run: everything that can be checked without a scan is in order')
    try {
      await publishToGitHub(runId, outcome.reports, inputs, log)
    } finally {
      // the verdict is reported even where the results cannot be published
      log.end()
      finish(outcome.reports, exitCode(outcome.reports, inputs.failOn))
    }
  } catch (error) {
    log.end()
    fail(error)
  }
}

/** The run, leaving a trace for `post` before it creates anything, and another when nothing is left to do. */
async function tracedRun(inputs: Inputs, context: Omit<RunContext, 'signal'>): Promise<RunOutcome> {
  using interrupted = interruption()
  let left = false
  try {
    const outcome = await run(inputs, {
      ...context,
      signal: interrupted.signal,
      onStart() {
        core.saveState('run-id', context.runId)
        interrupted.protect()
      },
      onSecrets: mask,
      onLeftBehind() {
        left = true
      },
    })
    interrupted.signal.throwIfAborted()
    return outcome
  } finally {
    // what is known to be gone need not be looked for again in `post`
    if (!left) core.saveState('cleaned', 'true')
  }
}

/** `post`: whatever the step left undone, cancelled or killed, is finished here. */
export async function post(): Promise<void> {
  const runId = core.getState('run-id')
  if (runId === '' || core.getState('cleaned') === 'true') return
  try {
    const inputs = parseInputs(actionInputs(process.env))
    if (inputs.keep) return core.info(`kept: \`sidecar-scan cleanup --run-id ${runId}\` removes it`)
    const { engine } = await chooseEngine(inputs, process.env, mask)
    const signal = AbortSignal.timeout(60_000)
    const { ours: left, foreign } = await engine.list(runId, signal)
    for (const { kind, name, why } of foreign) core.info(plainLine(`left alone: ${kind} ${name}: ${why}`))
    await engine.remove(left, signal)
    core.info(
      left.length === 0
        ? 'nothing was left behind'
        : `removed what the step left behind: ${left.map(({ kind, name }) => `${kind} ${name}`).join(', ')}`,
    )
  } catch (error) {
    core.warning(
      plainLine(`cleaning up failed: ${(error as Error).message}; run \`sidecar-scan cleanup --run-id ${runId}\``),
    )
  }
}

function mask(secrets: readonly string[]): void {
  for (const secret of secrets) core.setSecret(secret)
}

/** GitHub shows ten annotations of a step. */
const WARNINGS_SHOWN = 5

function finish(reports: readonly ScanReport[], code: number): void {
  const failing = reports.filter(({ judgement: { verdict } }) => verdict !== 'passed' && verdict !== 'not judged')
  for (const report of reports) {
    const line = verdictLine(report, reports.length > 1)
    if (!failing.includes(report)) core.info(line)
    else if (code === 0) core.warning(line)
    else core.setFailed(line)
  }
  if (code !== 0)
    for (const { message, ...place } of controlAnnotations(reports, failing.length)) core.error(message, place)
  const warnings = [...new Set(reports.flatMap(({ judgement }) => judgement.warnings))]
  for (const warning of warnings.slice(0, WARNINGS_SHOWN)) core.warning(plainLine(warning))
  if (warnings.length > WARNINGS_SHOWN)
    core.warning(`${warnings.length - WARNINGS_SHOWN} more warnings: see scan-summary.md`)
  process.exitCode = code
}

function verdictLine({ judgement, scan, failure }: ScanReport, several: boolean): string {
  const sentence = `${several ? `${scan.image}: ` : ''}${verdictSentence(judgement)}`
  return plainLine(failure?.hint ? `${sentence}. What to do: ${failure.hint}` : sentence)
}

function fail(error: unknown): void {
  if (!(error instanceof ScanError)) {
    core.setFailed(
      plainLine(`unexpected error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
    )
    return
  }
  core.setFailed(plainLine(error.hint ? `${error.message}. What to do: ${error.hint}` : error.message))
  process.exitCode = error.exitCode
}

/** The runner hands inputs over as INPUT_NAME, upper case, `-` kept; one that is not given has the default of action.yml. */
function actionInputs(env: NodeJS.ProcessEnv): RawInputs {
  const given = [...INPUT_SPECS.keys()].map((name) => [name, env[`INPUT_${name.toUpperCase()}`]] as const)
  return Object.fromEntries(given.filter(([, value]) => value !== undefined))
}

/** Names the workflow run it belongs to, and is unique for every step and matrix leg. */
function actionRunId(env: NodeJS.ProcessEnv): string {
  const parts = [env['GITHUB_RUN_ID'], env['GITHUB_RUN_ATTEMPT']].filter(
    (part) => part !== undefined && /^\d+$/.test(part),
  )
  return [...parts, randomBytes(3).toString('hex')].join('-')
}
