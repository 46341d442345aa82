import type { Log } from '../log/log.ts'

/** What a scan needs beside its plan and engine. */
export interface ScanOptions {
  readonly signal: AbortSignal
  readonly log: Log
  /** Milliseconds, monotonic. */
  readonly clock: () => number
  /** Told when objects stay: kept, or not to be deleted. */
  readonly onLeftBehind?: () => void
  /** Told what the pod waits for, whenever that changes. */
  readonly onWaiting?: (why: string, hint?: string) => void
  /** Told when the scanner has been reached. */
  readonly onScanning?: () => void
}
