import type { CarriedFiles } from './carried-marker.ts'

/** A pod that runs already, with a scanner container. */
export interface CarriedScan extends CarriedFiles {
  readonly pod: string
  readonly uid: string
  /** The scanner container. */
  readonly container: string
  /** Its image, as the manifest names it. */
  readonly image: string
  /** The container that is the target; undefined where several could be. */
  readonly target: string | undefined
  /** What the manifest says of the scanner: command and arguments. */
  readonly program: string
  readonly timeoutSeconds: number
  /** What is run in a scanner that idles. */
  readonly inside: InsideScan
}

/** A scan to be run in a scanner that idles. */
interface InsideScan {
  readonly scanId: string
  readonly nonce: string
  /** tar.gz of profile, transport and scripts, and of what is secret; the second may be empty. */
  readonly archive: Buffer
  readonly secrets: Buffer
  /** Variables of the scan that name no folder. */
  readonly environment: Readonly<Record<string, string>>
}
