import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { profileInputs } from '../../src/judge/details.ts'
import { parseHdf } from '../../src/judge/hdf.ts'
import { inconclusive, type JudgeInput, judge } from '../../src/judge/judge.ts'
import { defaultThreshold, parseThreshold } from '../../src/judge/threshold.ts'
import type { Results } from '../../src/judge/types.ts'
import type { ScanReport } from '../../src/report/report.ts'

const DATA = join(import.meta.dirname, '..', 'data')
export const NOW = new Date('2026-11-28T12:00:00Z')

/** Real results of the test data, by their file name. */
export function realResults(name: string): Results {
  return parseHdf([{ name: 'scan-results.json', text: readFileSync(join(DATA, 'threshold', 'hdf', name), 'utf8') }])
}

/** The RHEL 9 STIG, 453 controls, on an image scanned at a Pod Security level. */
export function rhel9(level: 'baseline' | 'restricted'): Results {
  const text = gunzipSync(readFileSync(join(DATA, 'results', `rhel9-stig-${level}.json.gz`))).toString('utf8')
  return parseHdf([{ name: 'scan-results.json', text }])
}

/** Results made of controls as an HDF file lists them. */
export function resultsOf(controls: readonly object[], profile: object = {}): Results {
  const text = JSON.stringify({ version: '6.8.24', profiles: [{ name: 'made', ...profile, controls }] })
  return parseHdf([{ name: 'scan-results.json', text }])
}

/** As many controls: those of a real profile again and again, under other ids. */
export function many(count: number): Results {
  const path = join(DATA, 'threshold', 'hdf', 'real-rhel8-hardened.json')
  const hdf = JSON.parse(readFileSync(path, 'utf8')) as { profiles: { controls: { id: string }[] }[] }
  const [profile] = hdf.profiles
  const { controls } = profile!
  profile!.controls = Array.from({ length: count }, (_, n) => {
    const control = controls[n % controls.length]!
    return { ...control, id: `${control.id}-${n}` }
  })
  return parseHdf([{ name: 'scan-results.json', text: JSON.stringify(hdf) }])
}

type Facts = Partial<ScanReport['scan']> & { threshold?: string }

/** A report on results, as a scan would have made it. */
export function reportOn(results: Results, facts: Facts = {}, more: Partial<JudgeInput> = {}): ScanReport {
  const { threshold, ...scan } = facts
  const limits =
    threshold === undefined ? defaultThreshold : parseThreshold(threshold, { name: 'threshold.yml', form: 'inline' })
  return {
    scan: scanFacts(scan),
    evidence: {
      imageDigest: `sha256:${'a'.repeat(64)}`,
      imageDigests: [`sha256:${'a'.repeat(64)}`],
      scannerDigest: `sha256:${'b'.repeat(64)}`,
      scannerVersion: results.inspecVersion || undefined,
      resultsSha256: 'c'.repeat(64),
      profiles: results.profiles.map(({ name, version, sha256 }) => ({ name, version, sha256 })),
      unwitnessed: undefined,
      phases: { create: 0.1, start: 2, scan: 7.5, fetch: 0.2, clean: 0.1 },
    },
    judgement: judge({ results, threshold: limits, now: NOW, ...more }),
    inputs: results.profiles.flatMap(profileInputs),
    failure: null,
    finishedAt: '2026-11-28T12:00:10.000Z',
    unwritten: null,
  }
}

/** A report on a scan that did not come to its end. */
export function failedReport(message: string, hint: string, facts: Facts = {}): ScanReport {
  return {
    scan: scanFacts(facts),
    evidence: null,
    judgement: inconclusive(message, defaultThreshold),
    inputs: [],
    failure: { message, hint, exitCode: 3 },
    finishedAt: '2026-11-28T12:00:10.000Z',
    unwritten: null,
  }
}

function scanFacts(facts: Partial<ScanReport['scan']>): ScanReport['scan'] {
  return {
    runId: '20261128-120000-abcdef',
    image: 'registry.example/org/app:1.2',
    profile: 'made 1.0.0',
    engine: 'Kubernetes at cluster.example',
    scannerImage: 'cincproject/auditor:6.8.24',
    podSecurity: 'baseline',
    targetMode: 'hold',
    targetAccess: 'volume',
    resultsDir: 'scan-results-20261128-120000-abcdef',
    startedAt: '2026-11-28T12:00:00.000Z',
    repository: { profile: undefined, fallback: '.github/workflows/scan.yml' },
    provenance: {
      version: '0.1.0',
      profileSources: [
        {
          name: 'made',
          version: '1.0.0',
          source: 'profiles/made',
          commit: null,
          sha256: 'e'.repeat(64),
          floating: false,
          dependencies: [],
        },
      ],
      payloadSha256: 'd'.repeat(64),
      thresholdSha256: null,
      waiverFileSha256: null,
      inputsFileSha256: null,
      baselineSha256: null,
      ci: null,
    },
    ...facts,
  }
}
