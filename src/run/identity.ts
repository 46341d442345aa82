import { randomBytes } from 'node:crypto'
import type { ScanIdentity } from '../plan/names.ts'

/** Unique for every run, sortable by time, and a valid part of a Kubernetes name. */
export function newRunId(now: Date): string {
  return `${now
    .toISOString()
    .replace(/[-:]|\..*/g, '')
    .toLowerCase()
    .replace('t', '-')}-${randomBytes(3).toString('hex')}`
}

/** What one scan of a run is known by. */
export function newIdentity(runId: string, scanId: string): ScanIdentity {
  const secret = () => randomBytes(16).toString('hex')
  return { runId, scanId, nonce: secret(), marker: secret() }
}
