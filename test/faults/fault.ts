import { expect } from '@jest/globals'
import type { CliOutcome, ScanOutcome } from '../scenario/scan.ts'
import type { FaultRow } from './row.ts'
import { FAULTS } from './rows.ts'

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
  const said = outcome.error?.message ?? outcome.inconclusive
  // what was said and logged stands beside it, for whoever has to find out why
  const seen = { said, log: outcome.log }
  expect({ verdict: outcome.verdict, exitCode: outcome.exitCode, ...seen }).toEqual({ verdict, exitCode, ...seen })
  if (verdict === 'passed') return
  expect(said).toMatch(pattern(says))
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

/** Holds what Helm refuses to its row. */
export async function expectHelm(id: string, refused: Promise<unknown>): Promise<void> {
  const { exitCode, says } = row(id)
  await expect(refused).rejects.toMatchObject({ code: exitCode, stderr: expect.stringMatching(pattern(says)) })
}
