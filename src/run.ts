import { createHash, randomBytes } from 'node:crypto'
import { chooseEngine } from './engine/choose.ts'
import type { Engine } from './engine/engine.ts'
import { ScanError } from './errors.ts'
import type { Inputs } from './inputs/inputs.ts'
import { parseHdf } from './judge/hdf.ts'
import { inconclusive, type JudgeInput, judge } from './judge/judge.ts'
import { defaultThreshold, noThreshold, parseThreshold } from './judge/threshold.ts'
import type { Judgement, Threshold } from './judge/types.ts'
import { parseWaivers } from './judge/waivers.ts'
import type { Log } from './log/log.ts'
import { prefixedLog } from './log/terminal.ts'
import { type Home, readPayload, readText } from './payload/payload.ts'
import type { ScanIdentity } from './plan/names.ts'
import { type Plan, plan } from './plan/plan.ts'
import { makeResultsDir, writeReport, writeResults } from './publish/files.ts'
import type { ScanReport } from './report.ts'
import { type RawResults, scan } from './scan/scan.ts'

/** What a run needs from the world around it. */
export interface RunContext {
  readonly env: NodeJS.ProcessEnv
  readonly home: Home
  readonly log: Log
  readonly signal: AbortSignal
  /** Milliseconds, monotonic. */
  readonly clock: () => number
  readonly now: () => Date
  readonly runId: string
  /** Told, before anything is created, what the run needs to be cleaned up from outside. */
  readonly onStart?: (engine: Engine) => void
  /** Told when something stays behind. */
  readonly onLeftBehind?: () => void
  /** Told what must be masked in every output. */
  readonly onSecrets?: (secrets: readonly string[]) => void
}

/** What the results are held against. */
type Yardstick = Pick<JudgeInput, 'threshold' | 'waivers' | 'baseline' | 'minControls'>

/** A dry run's plans, or a report for each image, in the order of the inputs. */
export type RunOutcome = { readonly plans: readonly Plan[] } | { readonly reports: readonly ScanReport[] }

/**
 * The whole run: inputs → plan → engine → HDF → judge → render → files. Everything that can be refused is refused before
 * anything is created; a scan that fails becomes a report that says so.
 * @throws ScanError (exit 2) for what cannot be meant as given, (3) when no engine can be had; the signal's reason.
 */
export async function run(inputs: Inputs, context: RunContext): Promise<RunOutcome> {
  const { log, runId } = context
  log.phase('Check the inputs')
  const { payload, profile } = await readPayload(inputs, context.home)
  const yardstick = await readYardstick(inputs)
  log.info(`profile ${profile.name} ${profile.version}, ${Math.ceil(payload.archive.length / 1024)} KiB packed`)
  const { engine, why, secrets } = await chooseEngine(inputs, context.env)
  context.onSecrets?.(secrets)
  log.info(`${engine.where}: ${why}`)
  const identities = inputs.images.map((_, index) =>
    identity(runId, inputs.images.length === 1 ? runId : `${runId}-${index + 1}`),
  )
  const plans = inputs.images.map((image, index) => plan(inputs, image, payload, identities[index]!, engine.namespace))
  for (const one of plans.slice(0, 1)) await engine.preflight(one, context.signal)
  if (inputs.dryRun) return { plans }
  const folders: string[] = []
  for (const { scanId } of plans) folders.push(await makeResultsDir(inputs.outputDir, scanId))
  context.onStart?.(engine)
  const jobs = plans.map((one, index) => async () => {
    const named = plans.length === 1 ? log : prefixedLog(log, `${index + 1}/${plans.length}`)
    const facts = {
      runId,
      image: one.image,
      profile: `${profile.name} ${profile.version}`.trim(),
      engine: engine.where,
      scannerImage: inputs.scannerImage,
      podSecurity: inputs.podSecurity,
      targetMode: inputs.targetMode,
      resultsDir: folders[index]!,
      startedAt: context.now().toISOString(),
    }
    return await scanAndJudge(one, engine, facts, yardstick, { ...context, log: named })
  })
  const reports = await bounded(jobs, inputs.parallel)
  log.end()
  return { reports }
}

function identity(runId: string, scanId: string): ScanIdentity {
  const secret = () => randomBytes(16).toString('hex')
  return { runId, scanId, nonce: secret(), marker: secret() }
}

type ScanFacts = Pick<
  ScanReport,
  'runId' | 'image' | 'profile' | 'engine' | 'scannerImage' | 'podSecurity' | 'targetMode' | 'resultsDir' | 'startedAt'
>

async function scanAndJudge(
  one: Plan,
  engine: Engine,
  facts: ScanFacts,
  yardstick: Yardstick,
  context: RunContext,
): Promise<ScanReport> {
  const nothing = { imageDigest: '', scannerDigest: '', scannerVersion: '', resultsSha256: '', phases: undefined }
  let report: ScanReport
  try {
    const raw = await scan(one, engine, context)
    if (raw.bytes) await writeResults(facts.resultsDir, raw.bytes)
    report = { ...facts, ...judged(raw, yardstick, context.now()) }
  } catch (error) {
    context.signal.throwIfAborted()
    if (!(error instanceof ScanError)) throw error
    const { message, hint, exitCode } = error
    report = {
      ...facts,
      ...nothing,
      judgement: inconclusive(message, yardstick.threshold),
      failure: { message, hint, exitCode },
    }
  }
  await writeReport(report)
  return report
}

type Judged = Omit<ScanReport, keyof ScanFacts>

function judged(raw: RawResults, yardstick: Yardstick, now: Date): Judged {
  const { marker, bytes, imageDigest, scannerDigest, phases } = raw
  const common = { imageDigest, scannerDigest, phases }
  if (!bytes) {
    const { message, hint } = withoutResults(marker.exitCode, raw.scannerLog)
    return {
      ...common,
      scannerVersion: '',
      resultsSha256: '',
      judgement: inconclusive(message, yardstick.threshold),
      failure: { message, hint, exitCode: 4 },
    }
  }
  const resultsSha256 = createHash('sha256').update(bytes).digest('hex')
  let judgement: Judgement
  let scannerVersion = ''
  let failure: ScanReport['failure']
  try {
    const results = parseHdf([{ name: 'scan-results.json', text: bytes.toString('utf8') }])
    scannerVersion = results.inspecVersion
    judgement = judge({
      ...yardstick,
      results,
      ...(marker.controls === undefined ? {} : { expectedControls: marker.controls }),
      scannerExitCode: marker.exitCode,
      now,
    })
  } catch (error) {
    if (!(error instanceof ScanError)) throw error
    judgement = inconclusive(error.message, yardstick.threshold)
    failure = { message: error.message, hint: error.hint, exitCode: error.exitCode }
  }
  return { ...common, scannerVersion, resultsSha256, judgement, failure }
}

/** InSpec's exit codes when it wrote nothing: its documentation, "inspec exec", Exit codes. */
function withoutResults(exitCode: number, scannerLog: string): { message: string; hint: string } {
  const said =
    scannerLog
      .trim()
      .split('\n')
      .findLast((line) => /error|cannot|failed|not /i.test(line)) ?? ''
  const quoted = said === '' ? '' : `: ${said.trim().slice(0, 300)}`
  if (exitCode === 127)
    return {
      message: 'the scanner image has neither `cinc-auditor` nor `inspec`',
      hint: 'set `scanner-image` to one that has, such as cincproject/auditor',
    }
  if (exitCode === 172 || exitCode === 174)
    return {
      message: `InSpec wants its licence accepted${quoted}`,
      hint: 'use cincproject/auditor as `scanner-image`, which needs none, or one whose licence you hold',
    }
  if (exitCode === 102)
    return {
      message: `InSpec could not load the profile${quoted}`,
      hint: 'run `inspec check` on the profile; see the scanner’s log above',
    }
  return {
    message: `InSpec ended with exit code ${exitCode} and wrote no results${quoted}`,
    hint: 'see the scanner’s log above',
  }
}

/** Reads what to judge by. @throws ScanError (exit 2) with the file and line of what is wrong. */
async function readYardstick(inputs: Inputs): Promise<Yardstick> {
  const read = async (path: string, input: string) => (await readText(path, input)).toString('utf8')
  return {
    threshold: await readThreshold(inputs, read),
    waivers:
      inputs.waiverFile === '' ? [] : parseWaivers(await read(inputs.waiverFile, 'waiver-file'), inputs.waiverFile),
    ...(inputs.baseline === ''
      ? {}
      : { baseline: parseHdf([{ name: inputs.baseline, text: await read(inputs.baseline, 'baseline') }]) }),
    ...(inputs.minControls === undefined ? {} : { minControls: inputs.minControls }),
  }
}

async function readThreshold(
  inputs: Inputs,
  read: (path: string, input: string) => Promise<string>,
): Promise<Threshold> {
  if (inputs.thresholdFile !== '') {
    return parseThreshold(await read(inputs.thresholdFile, 'threshold-file'), {
      name: inputs.thresholdFile,
      form: 'file',
    })
  }
  if (inputs.threshold === '') return defaultThreshold
  return inputs.threshold === 'none'
    ? noThreshold
    : parseThreshold(inputs.threshold, { name: 'inline', form: 'inline' })
}

/** Runs jobs in order, at most so many at once. The first rejection is thrown when the others have ended. */
async function bounded<T>(jobs: readonly (() => Promise<T>)[], most: number): Promise<T[]> {
  const results: T[] = []
  const failures: unknown[] = []
  let next = 0
  const work = async (): Promise<void> => {
    while (next < jobs.length) {
      const index = next++
      await jobs[index]!().then(
        (result) => {
          results[index] = result
        },
        (error) => failures.push(error),
      )
    }
  }
  await Promise.all(Array.from({ length: Math.min(most, jobs.length) }, work))
  if (failures.length > 0) throw failures[0]
  return results
}
