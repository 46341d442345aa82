import { expect } from '@jest/globals'
import type { CliOutcome, ScanOutcome } from '../scenario/scan.ts'
import { FAULTS, type FaultRow } from './rows.ts'

const rows = new Map(FAULTS.flatMap(({ rows }) => rows).map((row) => [row.id, row]))

/** The row a test is about. */
export function row(id: string): FaultRow {
  const found = rows.get(id)
  if (!found) throw new Error(`there is no row ${id} in rows.ts`)
  return found
}

/** `…` stands for any text. */
export function pattern(sentence: string): RegExp {
  return new RegExp(`^${sentence.split('…').map(escapeRegExp).join('[^]*')}$`)
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

/** Holds a scan that came to a report to its row. */
export function expectFault(id: string, outcome: ScanOutcome & Pick<CliOutcome, 'exitCode' | 'log'>): void {
  const { verdict, exitCode, says, hint } = row(id)
  expect({ verdict: outcome.verdict, exitCode: outcome.exitCode, log: outcome.log }).toEqual({
    verdict,
    exitCode,
    log: outcome.log,
  })
  if (verdict === 'passed') return
  expect(outcome.error?.message ?? outcome.inconclusive).toMatch(pattern(says))
  if (hint !== '') expect(outcome.error?.hint).toMatch(pattern(hint))
}

/** Holds a run that ended before there was a report to its row. */
export function expectRefusal(id: string, { exitCode, stdout, log }: CliOutcome): void {
  const { says, hint } = row(id)
  const [, message, told] = /^error: (.*)\n(?: {2}what to do: (.*)\n)?/m.exec(log) ?? []
  expect([exitCode, stdout]).toEqual([row(id).exitCode, ''])
  expect(message ?? log).toMatch(pattern(says))
  if (hint !== '') expect(told ?? '').toMatch(pattern(hint))
}
