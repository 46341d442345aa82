import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseHdf } from '../../src/judge/hdf.ts'
import type { Control } from '../../src/judge/types.ts'
import type { TestEngine } from '../action/engines.ts'

/** What became of one image, by `run --json` and its results file. */
export interface ScanOutcome {
  readonly image: string
  readonly verdict: string
  readonly inconclusive: string | null
  readonly targetAccess: string
  readonly imageDigest: string
  readonly imageDigests: readonly string[]
  readonly compliance: number
  readonly violations: readonly { readonly path: string; readonly controls: readonly string[] }[]
  readonly error?: { readonly message: string; readonly hint: string; readonly exitCode: number }
  readonly warnings: readonly string[]
  /** Empty without results that can be read. */
  readonly controls: readonly Control[]
  /** Control id → status; empty without results that can be read. */
  readonly statuses: Readonly<Record<string, string>>
  /** Control id → why its skipped tests were skipped. */
  readonly skips: Readonly<Record<string, readonly string[]>>
}

export interface CliOutcome {
  readonly exitCode: number
  readonly stdout: string
  readonly log: string
}

export const SCANNER = 'localhost/scanner:1'
/** Inputs of scans that are looked at control by control. */
export const REPORT = { threshold: 'none', parallel: '3' }
/** How long a run over many images may take, in ms. */
export const LIMIT = 400_000
const script = join(import.meta.dirname, '..', '..', 'scripts', 'dev.ts')

/** The CLI from source, run to its end. */
export async function cli(
  engine: Pick<TestEngine, 'env'>,
  args: readonly string[],
  options: { cwd?: string } = {},
): Promise<CliOutcome> {
  return await new Promise((resolve) => {
    const env = { ...process.env, ...engine.env }
    execFile(process.execPath, [script, ...args], { ...options, env, maxBuffer: 1 << 28 }, (error, stdout, log) =>
      resolve({ exitCode: error ? Number(error.code) : 0, stdout, log }),
    )
  })
}

/** Inputs as flags. */
export function flags(inputs: Readonly<Record<string, string>>): string[] {
  return Object.entries(inputs).map(([name, value]) => `--${name}=${value}`)
}

/** One run over images, with the test bed's scanner; its results folders are gone afterwards. */
export async function scanAll(
  engine: TestEngine,
  images: readonly string[],
  inputs: Readonly<Record<string, string>>,
): Promise<CliOutcome & { runId: string; scans: ScanOutcome[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'scan-'))
  try {
    const all = { 'scanner-image': SCANNER, 'output-dir': folder, ...engine.inputs, ...inputs }
    const outcome = await cli(engine, ['run', '--json', ...flags(all), ...images.map((image) => `--image=${image}`)])
    if (outcome.stdout === '') throw new Error(`the scan printed no document:\n${outcome.log}`)
    const document = JSON.parse(outcome.stdout) as Document & { runId: string; scans?: Document[] }
    const scans = await Promise.all((document.scans ?? [document]).map(withControls))
    return { ...outcome, runId: document.runId, scans }
  } finally {
    await rm(folder, { recursive: true })
  }
}

type Document = Omit<ScanOutcome, 'controls' | 'statuses' | 'skips'> & { readonly results: string | null }

async function withControls(document: Document): Promise<ScanOutcome> {
  if (document.results === null || document.error) return { ...document, controls: [], statuses: {}, skips: {} }
  const { controls } = parseHdf([{ name: document.results, text: await readFile(document.results, 'utf8') }])
  const skips = controls.map(({ id, results }) => [
    id,
    results.filter(({ status }) => status === 'skipped').map(({ skipMessage }) => skipMessage),
  ])
  return {
    ...document,
    controls,
    statuses: Object.fromEntries(controls.map(({ id, status }) => [id, status])),
    skips: Object.fromEntries(skips),
  }
}

/** One run over one image. */
export async function scan(
  engine: TestEngine,
  inputs: Readonly<Record<string, string>> & { readonly image: string },
): Promise<ScanOutcome & CliOutcome & { runId: string }> {
  const { image, ...rest } = inputs
  const { scans, ...outcome } = await scanAll(engine, [image], rest)
  return { ...outcome, ...scans[0]! }
}
