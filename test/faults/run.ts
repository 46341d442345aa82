import { join } from 'node:path'
import type { TestEngine } from '../action/engines.ts'
import { type CliOutcome, cli, flags, SCANNER, scan } from '../scenario/scan.ts'

export const SCRATCH = 'localhost/target-scratch:1'

/** The folder of a profile that does something unusual. */
export const profile = (name: string): string => join(import.meta.dirname, 'profiles', name)

/** A scan of the smallest image with the default profile, no threshold, and a short time limit. */
export const quick = (engine: TestEngine, inputs: Readonly<Record<string, string>> = {}) =>
  scan(engine, { image: SCRATCH, threshold: 'compliance.min: 0', timeout: '60', ...inputs })

/** The same, for a run that ends before it has anything to report. */
export const refused = (engine: TestEngine, inputs: Readonly<Record<string, string>> = {}): Promise<CliOutcome> =>
  cli(engine, [
    'run',
    ...flags({ ...engine.inputs, image: SCRATCH, 'scanner-image': SCANNER, threshold: 'compliance.min: 0', ...inputs }),
  ])
