import { createHash } from 'node:crypto'
import { ScanError } from '../errors.ts'
import { withCensus } from '../judge/census.ts'
import { profileInputs } from '../judge/details.ts'
import { parseHdf } from '../judge/hdf.ts'
import { inconclusive, judge } from '../judge/judge.ts'
import { isPassedOver } from '../judge/trust.ts'
import type { Judgement, Results } from '../judge/types.ts'
import type { ScanReport } from '../report/report.ts'
import type { RawResults } from '../scan/scan.ts'
import type { Criteria } from './criteria.ts'
import { withoutResults } from './no-results.ts'

/** What the results say, beside what was known before. */
type Judged = Omit<ScanReport, 'scan' | 'finishedAt' | 'unwritten'>

const UNCOUNTED =
  'the controls of the profile could not be counted in the scan pod, so missing ones would not be noticed: `min-controls` can be the floor'

/** Said of what the profile asked outside of any control. */
function leftOutWarning(leftOut: number): string[] {
  if (leftOut === 0) return []
  const what = leftOut === 1 ? '1 control was' : `${leftOut} controls were`
  return [`${what} left out by \`controls\` and \`tags\``]
}

function unaskedWarning(questions: readonly string[]): string[] {
  if (questions.length === 0) return []
  const more = questions.length > NAMED ? ` and ${questions.length - NAMED} more` : ''
  return [
    `asked outside of any control and not answered: ${questions.slice(0, NAMED).join('; ')}${more}. Controls that use the answer are skipped`,
  ]
}

const NAMED = 3

/** Judges what a scan brought back; results that are none or cannot be read are a failure with its cause and a hint. */
export function judgeScan(raw: RawResults, criteria: Criteria, now: Date): Judged {
  const { marker, bytes, phases } = raw
  const common = {
    imageDigest: raw.digests.resolved || undefined,
    imageDigests: raw.digests.all,
    scannerDigest: raw.scannerDigest || undefined,
    unwitnessed: raw.unwitnessed,
    trust: raw.trust,
    phases,
  }
  let profiles: NonNullable<ScanReport['evidence']>['profiles'] = []
  if (!bytes) {
    const { message, hint } = withoutResults(marker.exitCode, raw.scannerLog, raw.trust.by !== 'nonce')
    return {
      evidence: { ...common, profiles, scannerVersion: undefined, resultsSha256: undefined },
      judgement: inconclusive(message, criteria.threshold),
      inputs: [],
      failure: { message, hint, exitCode: 4 },
    }
  }
  const resultsSha256 = createHash('sha256').update(bytes).digest('hex')
  let judgement: Judgement
  let scannerVersion: string | undefined
  let inputs: ScanReport['inputs'] = []
  let failure: ScanReport['failure'] = null
  try {
    const results = withCensus(parseHdf([{ name: 'scan-results.json', text: bytes.toString('utf8') }]), marker.census)
    scannerVersion = results.inspecVersion || undefined
    inputs = results.profiles.flatMap(profileInputs)
    profiles = results.profiles
      .filter(({ parent }) => parent === null)
      .map(({ name, version, sha256 }) => ({ name, version, sha256 }))
    judgement = judge({
      ...criteria,
      results,
      ...(marker.controls === undefined
        ? {}
        : { expectedControls: marker.controls - passedOverControls(results, marker) }),
      scannerExitCode: marker.exitCode,
      now,
    })
    const warnings = [
      ...unaskedWarning(marker.unasked),
      ...leftOutWarning(marker.leftOut),
      ...(marker.controls === undefined ? [UNCOUNTED] : []),
      ...(raw.trust.by === 'none' ? [`how far the results can be trusted: ${raw.trust.why}`] : []),
    ]
    if (warnings.length > 0) judgement = { ...judgement, warnings: [...judgement.warnings, ...warnings] }
  } catch (error) {
    if (!(error instanceof ScanError)) throw error
    judgement = inconclusive(error.message, criteria.threshold)
    failure = { message: error.message, hint: error.hint, exitCode: error.exitCode }
  }
  return { evidence: { ...common, profiles, scannerVersion, resultsSha256 }, judgement, inputs, failure }
}

/** How many controls the profiles have that were skipped beside others. */
function passedOverControls({ profiles }: Results, marker: RawResults['marker']): number {
  return profiles
    .filter((profile) => isPassedOver(profile, profiles))
    .reduce((sum, { name }) => sum + (marker.profiles.get(name) ?? 0), 0)
}
