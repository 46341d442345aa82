/** Folders of the scanner container. */
export const SCAN_DIR = '/scan'
export const RESULTS_DIR = '/results'
export const SECRETS_DIR = '/scan-secret'
/** What the engine or the witness says of the image: environment, user, working folder. */
export const FACTS_DIR = '/facts'
/** Into which the scanner copies the hold program for the containers of the image. */
export const HOLD_DIR = '/hold'
/** The files of a mounted image. */
export const TARGET_DIR = '/target'
/** The image mounted a second time, for commands: with folders that a container's root has and an image has not. */
export const COMMAND_DIR = '/target-run'

/** Folders of a container of the image: where the hold program is mounted, and where the witness writes. */
export const TARGET_HOLD_DIR = '/.sidecar-scan'
export const TARGET_FACTS_DIR = '/.sidecar-facts'

/** Names of files and folders in the scan folder. */
export const SCAN_FILES = {
  profile: 'profile',
  transport: 'transport',
  home: 'home',
  ready: 'ready',
  nonce: 'nonce',
  /** What the created pod says of the witness. */
  witness: 'witness',
} as const

/** Shell of the scanner container that waits until the payload is unpacked. */
export const UNTIL_READY = `until [ -e ${SCAN_DIR}/${SCAN_FILES.ready} ]; do sleep 0.05; done`

/** Names of files in the results folder. */
export const RESULT_FILES = {
  marker: 'scan-complete',
  results: 'scan-results.json',
  packed: 'scan-results.json.gz',
  progress: 'progress',
  census: 'census.json',
} as const

/** Names of files in the facts folder: the image's configuration, or what the witness writes, `done` last. */
export const FACTS_FILES = {
  config: 'image.json',
  environ: 'environ',
  status: 'status',
  cwd: 'cwd',
  done: 'done',
} as const
