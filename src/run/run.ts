import { chooseEngine } from '../engine/choose.ts'
import type { Engine } from '../engine/engine.ts'
import { ScanError } from '../errors.ts'
import type { Inputs } from '../inputs/inputs.ts'
import { inconclusive } from '../judge/judge.ts'
import type { Log } from '../log/log.ts'
import { redactingLog } from '../log/redacting.ts'
import { prefixedLog } from '../log/terminal.ts'
import { type Home, readPayload } from '../payload/payload.ts'
import { redact } from '../payload/sensitive.ts'
import type { CommandFolder } from '../plan/command-root.ts'
import type { ScanIdentity } from '../plan/names.ts'
import { type Plan, plan } from '../plan/plan.ts'
import type { TargetAccess } from '../plan/pod.ts'
import { targetReachesScanner } from '../plan/security.ts'
import { makeResultsDir, writeReport, writeResults, writeRunReports } from '../publish/files.ts'
import type { ScanFacts, ScanReport } from '../report/report.ts'
import { scan } from '../scan/scan.ts'
import { loadProfiles } from '../sources/profiles.ts'
import { type AccessChoice, accessChoice } from './access.ts'
import { withoutMissingFolders } from './command-folders.ts'
import { type Criteria, readCriteria } from './criteria.ts'
import { newIdentity } from './identity.ts'
import { judgeScan } from './judge-scan.ts'
import { preflight } from './preflight.ts'
import { profileLines, profileOrigins } from './profile-lines.ts'
import { ciOf, productVersion } from './provenance.ts'
import { REDACTED_WARNING, redacted, redactedError } from './redacted.ts'
import { repositoryOf } from './repository.ts'
import { runConcurrently } from './run-concurrently.ts'

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

/** A dry run's plans, or a report for each image, in the order of the inputs. */
export type RunOutcome = { readonly plans: readonly Plan[] } | { readonly reports: readonly ScanReport[] }

/**
 * The whole run: inputs → plan → engine → HDF → judge → render → files. Everything that can be refused is refused before
 * anything is created; a scan that fails becomes a report that says so.
 * @throws ScanError (exit 2) for what cannot be meant as given, (3) when no engine can be had; the signal's reason.
 */
export async function run(inputs: Inputs, context: RunContext): Promise<RunOutcome> {
  const { runId } = context
  context.log.phase('Check the inputs')
  if (inputs.token !== '') context.onSecrets?.([inputs.token])
  const loaded = await loadProfiles(inputs, {
    env: context.env,
    signal: context.signal,
    builtIn: context.home.profiles,
    onProgress: context.log.info,
  })
  const { payload, profiles, waivers, digests, sensitive } = await readPayload(inputs, context.home, loaded)
  const log = sensitive.length === 0 ? context.log : redactingLog(context.log, (text) => redact(text, sensitive))
  const { criteria, digests: judgedBy } = await readCriteria(inputs, waivers)
  const provenance: ScanFacts['provenance'] = {
    version: await productVersion(context.home),
    profileSources: profileOrigins(loaded, profiles),
    payloadSha256: payload.sha256,
    thresholdSha256: judgedBy.threshold,
    waiverFileSha256: digests.waiverFile,
    inputsFileSha256: digests.inputsFile,
    baselineSha256: judgedBy.baseline,
    ci: ciOf(context.env),
  }
  for (const line of profileLines(loaded, profiles)) log.info(line)
  log.info(`${Math.ceil(payload.archive.length / 1024)} KiB packed`)
  context.onSecrets?.(sensitive)
  const { engine, why } = await chooseEngine(inputs, context.env, context.onSecrets)
  if (inputs.kubeconfigEmpty && inputs.engine !== 'podman') log.warn(emptyKubeconfig(engine))
  log.info(`${engine.where}: ${why}`)
  const hoursAhead = Math.round((-engine.clockAhead / 3_600_000) * 10) / 10
  if (Math.abs(hoursAhead) >= 0.1) {
    log.warn(
      `this machine’s clock is ${Math.abs(hoursAhead)} h ${hoursAhead > 0 ? 'ahead of' : 'behind'} the cluster’s: waivers expire by this machine’s`,
    )
  }
  if (targetReachesScanner(inputs)) {
    log.warn(
      'the image’s program runs as the scanner’s user and could change the results: for an image that is not trusted, scan at rest (`target-mode: hold`) or with `pod-security: privileged`',
    )
  }
  const access = accessChoice(inputs, engine.imageVolumeBlocker, log)
  const scans = inputs.images.map((image, index): OneScan => {
    const identity = newIdentity(runId, inputs.images.length === 1 ? runId : `${runId}-${index + 1}`)
    return {
      identity,
      image,
      planned: (way, without) =>
        plan(inputs, payload, identity, {
          image,
          access: way,
          namespace: engine.namespace,
          witnessed: !engine.tellsImages,
          without,
        }),
    }
  })
  const plans = scans.map(({ planned }) => planned(access.way(), []))
  const createNamespace = await preflight(engine, inputs, log, context.signal)
  if (inputs.dryRun) return { plans }
  const folders: string[] = []
  for (const { identity } of scans) folders.push(await makeResultsDir(inputs.outputDir, identity.scanId))
  context.onStart?.(engine)
  if (createNamespace) {
    log.info(`creating namespace ${engine.namespace} (\`create-namespace\`); it stays when the scan is done`)
    await engine.createNamespace(context.signal)
  }
  const repository = repositoryOf(inputs, context.env)
  const jobs = scans.map((one, index) => async () => {
    const named = scans.length === 1 ? log : prefixedLog(log, `${index + 1}/${scans.length}`)
    const facts: FactsBefore = {
      runId,
      image: one.image,
      profile: profiles.every(({ name }) => name !== '')
        ? profiles.map(({ name, version }) => `${name} ${version}`.trim()).join(', ')
        : '',
      engine: engine.where,
      scannerImage: inputs.scannerImage,
      podSecurity: inputs.podSecurity,
      targetMode: inputs.targetMode,
      resultsDir: folders[index]!,
      startedAt: context.now().toISOString(),
      repository,
      provenance,
    }
    return await scanAndJudge(one, engine, access, facts, criteria, sensitive, { ...context, log: named })
  })
  const scanned = await runConcurrently(jobs, inputs.parallel)
  const reports = await withRunReports(scanned, inputs.formats, log)
  log.end()
  return { reports }
}

/** An empty input is most often a secret that is not set, and the scan is about to go somewhere else than was meant. */
function emptyKubeconfig(engine: Engine): string {
  const there = engine.name === 'podman' ? 'podman on this machine, not in a cluster' : engine.where
  return `\`kubeconfig\` is empty (is the secret set, and does this event get secrets?): the scan runs with ${there}. \`engine: kubernetes\` refuses to run without a kubeconfig`
}

/** Writes the reports of the whole run; the verdicts are told whatever becomes of them. */
async function withRunReports(reports: ScanReport[], formats: Inputs['formats'], log: Log): Promise<ScanReport[]> {
  try {
    await writeRunReports(reports, formats)
    return reports
  } catch (error) {
    if (!(error instanceof ScanError)) throw error
    log.warn(error.message)
    return reports.map((report) => ({ ...report, unwritten: report.unwritten ?? error.message }))
  }
}

interface OneScan {
  readonly identity: ScanIdentity
  readonly image: string
  readonly planned: (way: TargetAccess, without: readonly CommandFolder[]) => Plan
}

/** The way to the target's files is known when a scan has taken it. */
type FactsBefore = Omit<ScanFacts, 'targetAccess'>

async function scanAndJudge(
  { planned }: OneScan,
  engine: Engine,
  access: AccessChoice,
  facts: FactsBefore,
  criteria: Criteria,
  sensitive: readonly string[],
  context: RunContext,
): Promise<ScanReport> {
  let targetAccess = access.way()
  let report: Omit<ScanReport, 'finishedAt' | 'unwritten'>
  let unwritten: string | null = null
  // what the scan came to is told, whatever becomes of its files
  const keeping = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof ScanError)) throw error
      if (unwritten === null) context.log.warn(error.message)
      unwritten ??= error.message
    }
  }
  try {
    let scanned = await access.use((way, settled) => {
      targetAccess = way
      return withoutMissingFolders(
        (without) => scan(planned(way, without), engine, { ...context, onScanning: settled }),
        context.log,
      )
    })
    const other = access.again(targetAccess, scanned.scannerLog)
    if (other) {
      targetAccess = other
      scanned = await withoutMissingFolders((without) => scan(planned(other, without), engine, context), context.log)
    }
    const { raw, found } = redacted(scanned, sensitive)
    const { bytes } = raw
    if (bytes) await keeping(() => writeResults(facts.resultsDir, bytes))
    const { judgement, ...rest } = judgeScan(raw, criteria, context.now())
    const changed = scanned.allowedMutations.map(
      (one) => `the cluster changed the scan pod, as \`allow-mutations\` allows: ${one}`,
    )
    const warnings = [...judgement.warnings, ...(found ? [REDACTED_WARNING] : []), ...changed]
    // what inspec.yml did not tell without Ruby, the results tell
    const profile = facts.profile || (judgement.profiles[0]?.name ?? '')
    report = { scan: { ...facts, profile, targetAccess }, ...rest, judgement: { ...judgement, warnings } }
  } catch (error) {
    context.signal.throwIfAborted()
    if (!(error instanceof ScanError)) throw error
    const { message, hint, exitCode } = redactedError(error, sensitive)
    const judgement = inconclusive(message, criteria.threshold)
    const failure = { message, hint, exitCode }
    report = { scan: { ...facts, targetAccess }, evidence: null, judgement, inputs: [], failure }
  }
  const whole = { ...report, finishedAt: context.now().toISOString() }
  await keeping(() => writeReport({ ...whole, unwritten }))
  return { ...whole, unwritten }
}
