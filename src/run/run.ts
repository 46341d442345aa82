import { chooseEngine } from '../engine/choose.ts'
import type { Engine } from '../engine/engine.ts'
import { ScanError } from '../errors.ts'
import type { Inputs } from '../inputs/inputs.ts'
import { asksForPods } from '../inputs/pods.ts'
import type { Log } from '../log/log.ts'
import { redactingLog } from '../log/redacting.ts'
import { prefixedLog } from '../log/terminal.ts'
import { type Home, readPayload } from '../payload/payload.ts'
import { redact } from '../payload/sensitive.ts'
import type { Plan } from '../plan/plan.ts'
import { targetReachesScanner } from '../plan/security.ts'
import { makeResultsDir, writeRunReports } from '../publish/files.ts'
import type { ScanFacts, ScanReport } from '../report/report.ts'
import { loadProfiles } from '../sources/profiles.ts'
import { accessChoice } from './access.ts'
import { readCriteria } from './criteria.ts'
import { type FactsBefore, scanAndJudge } from './one-scan.ts'
import { preflight } from './preflight.ts'
import { profileLines, profileOrigins } from './profile-lines.ts'
import { ciOf, productVersion } from './provenance.ts'
import { repositoryOf } from './repository.ts'
import { runConcurrently } from './run-concurrently.ts'
import { scansOf } from './scans.ts'
import { findSubjects } from './subjects.ts'

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
  const { payload, profiles, waivers, digests, sensitive, ...read } = await readPayload(inputs, context.home, loaded)
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
  for (const line of read.scannerReads) log.warn(line)
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
  let createNamespace = await preflight(engine, inputs, log, context.signal)
  const subjects = await findSubjects(inputs, engine, log, context.signal)
  if (asksForPods(inputs) && subjects.some(({ kind }) => kind === 'image'))
    createNamespace = await preflight(engine, inputs, log, context.signal, 'image')
  const scans = await scansOf(subjects, inputs, payload, engine, runId)
  const plans = scans.flatMap((one) => (one.kind === 'planned' ? [one.planned(access.way(), [])] : []))
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
      ...(one.pod === undefined ? {} : { pod: one.pod }),
      profile: profiles.every(({ name }) => name !== '')
        ? profiles.map(({ name, version }) => `${name} ${version}`.trim()).join(', ')
        : '',
      engine: engine.where,
      ...(one.kind === 'carried'
        ? { scannerImage: one.carried.image, podSecurity: '', targetMode: 'run' }
        : { scannerImage: inputs.scannerImage, podSecurity: inputs.podSecurity, targetMode: inputs.targetMode }),
      resultsDir: folders[index]!,
      startedAt: context.now().toISOString(),
      repository,
      provenance,
    }
    return await scanAndJudge(one, engine, access, facts, criteria, sensitive, {
      ...context,
      log: named,
      profileWarnings: read.scannerReads,
    })
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

/** Writes the reports of the whole run; the verdicts are reported even if that fails. */
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
