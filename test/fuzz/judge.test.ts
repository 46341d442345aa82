import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseHdf } from '../../src/judge/hdf.ts'
import { judge } from '../../src/judge/judge.ts'
import { parseThreshold } from '../../src/judge/threshold.ts'
import type { Limit } from '../../src/judge/types.ts'
import { parseWaivers } from '../../src/judge/waivers.ts'
import { control, hdfText, NOW, profile } from '../judge/hdf-fixture.ts'
import { damaged, LIMIT, RUNS, refusing } from './damage.ts'

const data = join(import.meta.dirname, '..', 'data', 'threshold', 'hdf')
const sample = (name: string) => readFileSync(join(data, name), 'utf8')
const results = fc.constantFrom(
  ...['matrix-a', 'overlay-two-a', 'waivers-a', 'status-edge-a', 'two-profiles-a'].map((name) =>
    sample(`${name}.json`),
  ),
)
const failing = hdfText(profile('p', [control('a', 'failed'), control('b', 'passed'), control('c', 'failed')]))
const limit = (path: string, value: number): Limit => ({ path, value, line: 1 })
const NONE_FAILED = { source: 't', limits: [limit('failed.total.max', 0)] }

test(
  'results: refused, or read; never anything but our own error',
  () => {
    fc.assert(
      fc.property(damaged(results), (bytes) => {
        const read = refusing(() => parseHdf([{ name: 'r', text: bytes.toString('utf8') }]))
        if (read) judge({ results: read, threshold: NONE_FAILED, now: NOW })
      }),
      { numRuns: RUNS },
    )
  },
  LIMIT,
)

test(
  'results cut short never pass, whatever the threshold',
  () => {
    const whole = sample('matrix-a.json')
    fc.assert(
      fc.property(fc.nat(whole.trimEnd().length - 1), (length) => {
        expect(refusing(() => parseHdf([{ name: 'r', text: whole.slice(0, length) }]))).toBeUndefined()
      }),
      { numRuns: RUNS },
    )
  },
  LIMIT,
)

test(
  'results of failed controls pass only where the text says that none failed',
  () => {
    fc.assert(
      fc.property(damaged(fc.constant(failing)), (bytes) => {
        const text = bytes.toString('utf8')
        const read = refusing(() => parseHdf([{ name: 'r', text }]))
        if (!read) return
        const { verdict } = judge({ results: read, threshold: NONE_FAILED, expectedControls: 3, now: NOW })
        // the tests that are written as failed, in the document as any JSON reader sees it
        const failed = read.controls.flatMap((one) => one.results).filter((result) => result.status === 'failed').length
        if (failed > 0 && read.controls.every((one) => one.impact > 0)) expect(verdict).not.toBe('passed')
        if (read.controls.length < 3) expect(verdict).not.toBe('passed')
      }),
      { numRuns: RUNS },
    )
  },
  LIMIT,
)

const thresholds = fc.constantFrom(
  'compliance:\n  min: 80\nfailed:\n  critical:\n    max: 0\n  high: { max: 3, controls: [a, b] }\n',
  'compliance.min: 80\nfailed.critical.max: 0\n',
  '{"compliance": {"min": 80}, "failed": {"total": {"max": 0}}}',
  'base: &b { max: 0 }\nfailed:\n  critical: { <<: *b }\n',
)

test(
  'thresholds from files: refused with a place, or understood',
  () => {
    fc.assert(
      fc.property(damaged(thresholds), (bytes) => {
        refusing(() => parseThreshold(bytes.toString('utf8'), { name: 't.yml', form: 'file' }))
      }),
      { numRuns: RUNS },
    )
  },
  LIMIT,
)

test(
  'thresholds given inline: refused, or understood; an empty one never judges',
  () => {
    fc.assert(
      fc.property(
        damaged(
          fc.constantFrom(
            'compliance.min: 80, failed.critical.max: 0',
            '"failed.total.max": 0',
            '{compliance: {min: 80}}',
          ),
        ),
        (bytes) => {
          const read = refusing(() => parseThreshold(bytes.toString('utf8'), { name: 'inline', form: 'inline' }))
          if (read) expect(read.limits.length).toBeGreaterThan(0)
        },
      ),
      { numRuns: RUNS },
    )
  },
  LIMIT,
)

const waivers = fc.constantFrom(
  ['w.yml', 'a:\n  expiration_date: 2027-01-31\n  justification: accepted\n  run: false\nb:\n  run: true\n'],
  ['w.json', '{"a": {"expiration_date": "2027-01-31", "justification": "accepted", "run": false}}'],
  ['w.csv', 'control_id,run,expiration_date,justification\na,false,2027-01-31,"accepted, for now"\nb,true,,x\n'],
)

test(
  'waivers: refused, or understood; what is damaged waives no control it does not name',
  () => {
    fc.assert(
      fc.property(
        waivers.chain(([name, text]) =>
          damaged(fc.constant(text!)).map((bytes) => ({ name: name!, text: bytes.toString('utf8') })),
        ),
        ({ name, text }) => {
          const read = refusing(() => parseWaivers(text, name))
          for (const { controlId } of read ?? []) expect(controlId).not.toBe('')
        },
      ),
      { numRuns: RUNS },
    )
  },
  LIMIT,
)
