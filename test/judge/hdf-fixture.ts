import { ScanError } from '../../src/errors.ts'
import { parseHdf } from '../../src/judge/hdf.ts'
import { type JudgeInput, judge } from '../../src/judge/judge.ts'
import { parseThreshold } from '../../src/judge/threshold.ts'
import type { Judgement, Results } from '../../src/judge/types.ts'

export const NOW = new Date('2026-06-15T12:00:00Z')

export interface RawControl {
  id: string
  impact?: number
  tags?: Record<string, unknown>
  results?: Record<string, unknown>[]
  waiver_data?: unknown
}

/** One control of a results file; without more it has a medium impact and one test of the given status. */
export function control(id: string, status: string | null, more: Partial<RawControl> = {}): RawControl {
  const results = status === null ? [] : [{ status, code_desc: `test of ${id}`, start_time: '2026-01-01T00:00:00Z' }]
  return { id, impact: 0.5, tags: {}, results, ...more }
}

export function profile(name: string, controls: unknown[], more: Record<string, unknown> = {}) {
  return { name, sha256: 'aa', supports: [], attributes: [], groups: [], controls, status: 'loaded', ...more }
}

export function hdfText(...profiles: unknown[]): string {
  return JSON.stringify({
    platform: { name: 'debian', release: '12' },
    profiles,
    statistics: { duration: 1 },
    version: '5.22.3',
  })
}

export function resultsOf(...profiles: unknown[]): Results {
  return parseHdf([{ name: 'results.json', text: hdfText(...profiles) }])
}

/** The judgement of one profile's controls against an inline threshold. */
export function judged(controls: RawControl[], threshold: string, more: Partial<JudgeInput> = {}): Judgement {
  const results = more.results ?? resultsOf(profile('p', controls))
  return judge({ now: NOW, ...more, results, threshold: parseThreshold(threshold, { name: 'inline', form: 'inline' }) })
}

/** The ScanError that a call throws; anything else that it throws, or no error at all, fails the test. */
export function refusal(run: () => unknown): ScanError {
  try {
    run()
  } catch (error) {
    if (error instanceof ScanError) return error
    throw error
  }
  throw new Error('it was accepted')
}
