import { basename } from 'node:path'
import { profileInputs } from '../judge/details.ts'
import { judge } from '../judge/judge.ts'
import type { Results, Threshold, Waiver } from '../judge/types.ts'
import type { ScanReport } from '../report/report.ts'
import type { Io } from './command.ts'
import { readResults } from './judge.ts'

/** What results are judged by when a report is made of them. */
interface Criteria {
  readonly threshold: Threshold
  readonly waivers: readonly Waiver[]
  readonly baseline: Results | undefined
}

/**
 * A report on a results file, without the scan that made it: what only the scan knows is empty. `image` names what was
 * scanned; without it the file does.
 * @throws ScanError (exit 4) when the file cannot be read or is not HDF.
 */
export async function reportOnFile(path: string, image: string, criteria: Criteria, io: Io): Promise<ScanReport> {
  const results = await readResults([path], 'results', io)
  const top = results.profiles.find(({ parent }) => parent === null)
  return {
    scan: {
      runId: '',
      image: image || basename(path),
      profile: top ? `${top.name} ${top.version}`.trim() : '',
      engine: '',
      scannerImage: '',
      podSecurity: '',
      targetMode: '',
      targetAccess: 'sidecar',
      resultsDir: '',
      startedAt: '',
      repository: { profile: undefined, fallback: undefined },
      provenance: null,
    },
    evidence: {
      imageDigest: undefined,
      imageDigests: [],
      scannerDigest: undefined,
      scannerVersion: results.inspecVersion || undefined,
      resultsSha256: undefined,
      profiles: results.profiles
        .filter(({ parent }) => parent === null)
        .map(({ name, version, sha256 }) => ({ name, version, sha256 })),
      unwitnessed: undefined,
      phases: undefined,
    },
    judgement: judge({ ...criteria, results, now: io.now }),
    inputs: results.profiles.flatMap(profileInputs),
    failure: null,
    finishedAt: '',
    unwritten: null,
  }
}
