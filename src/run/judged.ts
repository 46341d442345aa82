import { createHash } from 'node:crypto'
import { ScanError } from '../errors.ts'
import { profileInputs } from '../judge/details.ts'
import { parseHdf } from '../judge/hdf.ts'
import { inconclusive, judge } from '../judge/judge.ts'
import type { Judgement } from '../judge/types.ts'
import type { ScanReport } from '../report/report.ts'
import type { RawResults } from '../scan/scan.ts'
import type { Yardstick } from './yardstick.ts'

/** What the results say, beside what was known before. */
type Judged = Omit<ScanReport, 'scan' | 'finishedAt' | 'unwritten'>

const UNCOUNTED =
  'the controls of the profile could not be counted in the scan pod, so missing ones would not be noticed: `min-controls` can be the floor'

/** Judges what a scan brought back; results that are none or cannot be read are a failure with its cause and a hint. */
export function judged(raw: RawResults, yardstick: Yardstick, now: Date): Judged {
  const { marker, bytes, phases } = raw
  const common = {
    imageDigest: raw.imageDigest || undefined,
    scannerDigest: raw.scannerDigest || undefined,
    unwitnessed: raw.unwitnessed,
    phases,
  }
  let profiles: NonNullable<ScanReport['evidence']>['profiles'] = []
  if (!bytes) {
    const { message, hint } = withoutResults(marker.exitCode, raw.scannerLog)
    return {
      evidence: { ...common, profiles, scannerVersion: undefined, resultsSha256: undefined },
      judgement: inconclusive(message, yardstick.threshold),
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
    const results = parseHdf([{ name: 'scan-results.json', text: bytes.toString('utf8') }])
    scannerVersion = results.inspecVersion || undefined
    inputs = results.profiles.flatMap(profileInputs)
    profiles = results.profiles
      .filter(({ parent }) => parent === null)
      .map(({ name, version, sha256 }) => ({ name, version, sha256 }))
    judgement = judge({
      ...yardstick,
      results,
      ...(marker.controls === undefined ? {} : { expectedControls: marker.controls }),
      scannerExitCode: marker.exitCode,
      now,
    })
    if (marker.controls === undefined) judgement = { ...judgement, warnings: [...judgement.warnings, UNCOUNTED] }
  } catch (error) {
    if (!(error instanceof ScanError)) throw error
    judgement = inconclusive(error.message, yardstick.threshold)
    failure = { message: error.message, hint: error.hint, exitCode: error.exitCode }
  }
  return { evidence: { ...common, profiles, scannerVersion, resultsSha256 }, judgement, inputs, failure }
}

/** What the transport and InSpec say of failures that an input can mend. */
const CAUSES: readonly { when: RegExp; hint: string }[] = [
  {
    when: /no target process.*not readable|may not look into/,
    hint: 'the image runs as a user of its own: set `pod-security: privileged`, or `run-as-user` to that user’s number, or scan at rest with `target-mode: hold`',
  },
  {
    when: /no target process/,
    hint: 'the target must carry its marker variable: name its command line in `target-process`, or scan at rest with `target-mode: hold`',
  },
  {
    when: /went away during the scan/,
    hint: 'the target must keep running: give it what it needs with `target-command`, `target-args` and `target-env`, or scan at rest with `target-mode: hold`',
  },
]

const BACKTRACE = /^\s*from /
/** What Ruby says of an error in a file of the profile, behind the places it passed through: `controls/a.rb:4`, and what. */
const PROFILE_ERROR = /\/scan\/profile\/([^:\s]+:\d+)(?::in [`'][^']*')?: (.+)$/

/** InSpec's exit codes when it wrote nothing: its documentation, "inspec exec", Exit codes. */
function withoutResults(exitCode: number, scannerLog: string): { message: string; hint: string } {
  const said =
    scannerLog
      .trim()
      .split('\n')
      .findLast((line) => /error|cannot|failed|not /i.test(line) && !BACKTRACE.test(line)) ?? ''
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
  if (exitCode === 137)
    return {
      message: 'InSpec was killed (exit code 137), most likely for want of memory',
      hint: 'raise the memory limit in `scanner-resources`',
    }
  const [, place, error] = PROFILE_ERROR.exec(said) ?? []
  if (place !== undefined)
    return {
      message: `the profile has an error: ${place}: ${error!.slice(0, 300)}`,
      hint: 'mend it: `inspec check` finds such errors before the scan',
    }
  if (exitCode === 102)
    return {
      message: `InSpec could not load the profile${quoted}`,
      hint: 'run `inspec check` on the profile; see the scanner’s log above',
    }
  return {
    message: `InSpec ended with exit code ${exitCode} and wrote no results${quoted}`,
    hint: CAUSES.find(({ when }) => when.test(said))?.hint ?? 'see the scanner’s log above',
  }
}
