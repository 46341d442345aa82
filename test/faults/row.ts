/** What users meet, what the software says, and which test shows it. `…` in a sentence stands for what differs each time. */
export interface FaultRow {
  readonly id: string
  readonly fault: string
  /** `-`: the run ends before there is a verdict to give. */
  readonly verdict: 'passed' | 'failed' | 'inconclusive' | '-'
  readonly exitCode: number
  readonly says: string
  readonly hint: string
  /** The test that shows it, where it is not one of this folder; or why no test can. */
  readonly shownBy?: string
  readonly notHere?: string
}

export interface FaultKind {
  readonly title: string
  readonly rows: readonly FaultRow[]
}

/** A run whose verdict is that nothing is proven. */
export const inconclusive = (id: string, fault: string, exitCode: number, says: string, hint: string): FaultRow => ({
  id,
  fault,
  verdict: 'inconclusive',
  exitCode,
  says,
  hint,
})
/** A run that ends before there is a verdict. */
export const refused = (
  id: string,
  fault: string,
  exitCode: number,
  says: string,
  hint: string,
  shownBy?: string,
): FaultRow => ({
  id,
  fault,
  verdict: '-',
  exitCode,
  says,
  hint,
  ...(shownBy === undefined ? {} : { shownBy }),
})
/** A run that goes on all the same. */
export const survived = (id: string, fault: string): FaultRow => ({
  id,
  fault,
  verdict: 'passed',
  exitCode: 0,
  says: '',
  hint: '',
})
