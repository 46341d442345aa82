import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseHdf } from '../src/judge/hdf.ts'
import { judge } from '../src/judge/judge.ts'
import { defaultThreshold } from '../src/judge/threshold.ts'

const SELF = fileURLToPath(import.meta.url)
const SAMPLE = fileURLToPath(new URL('../test/data/threshold/hdf/real-rhel8-hardened.json', import.meta.url))
const ROUNDS = 7

interface Measurement {
  readonly milliseconds: number
  readonly peakMegabytes: number
}

/**
 * Judging a 3 MB and a 100 MB results file against `JSON.parse` of the same text: seven processes of each, in turn,
 * so that a slow moment of the machine meets both; the pair with the middle ratio counts. Also the peak memory of the
 * process. Prints a table and whether the limit (1.5 × JSON.parse + 50 ms) is kept.
 */
export async function benchJudge(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-judge-'))
  try {
    console.log('judge: results file → verdict')
    console.log('    size  JSON.parse       judge   ratio   peak memory (JSON.parse)   limit')
    for (const megabytes of [3, 30, 100]) {
      const file = join(folder, `${megabytes}.json`)
      writeFileSync(file, sampleOf(megabytes * 1e6))
      const rounds = Array.from({ length: ROUNDS }, () => [measure(file, 'parse'), measure(file, 'judge')] as const)
      const [parse, judged] = rounds.sort((a, b) => ratio(a) - ratio(b))[(ROUNDS - 1) / 2]!
      const limit = 1.5 * parse.milliseconds + 50
      const cells = [
        `${megabytes} MB`.padStart(8),
        `${parse.milliseconds.toFixed(0)} ms`.padStart(10),
        `${judged.milliseconds.toFixed(0)} ms`.padStart(10),
        ratio([parse, judged]).toFixed(2).padStart(6),
        `${judged.peakMegabytes} MB (${parse.peakMegabytes} MB)`.padStart(25),
        judged.milliseconds <= limit ? `kept (${limit.toFixed(0)} ms)` : `MISSED (${limit.toFixed(0)} ms)`,
      ]
      console.log(cells.join('  '))
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** A real results file whose controls are repeated under new ids up to a size in bytes. */
function sampleOf(bytes: number): string {
  const hdf = JSON.parse(readFileSync(SAMPLE, 'utf8')) as { profiles: { controls: { id: string }[] }[] }
  const profile = hdf.profiles[0]!
  const originals = profile.controls
  const copies = Math.max(1, Math.round(bytes / JSON.stringify(originals).length))
  profile.controls = Array.from({ length: copies }, (_, copy) =>
    originals.map((control) => ({ ...control, id: `${control.id}-${copy}` })),
  ).flat()
  return JSON.stringify(hdf)
}

/** One measurement in a process of its own. */
function measure(file: string, what: 'parse' | 'judge'): Measurement {
  const output = execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', SELF, what, file], {
    encoding: 'utf8',
  })
  return JSON.parse(output) as Measurement
}

function ratio([parse, judged]: readonly [Measurement, Measurement]): number {
  return judged.milliseconds / parse.milliseconds
}

function measureOnce(what: string, file: string): Measurement {
  const text = readFileSync(file, 'utf8')
  const start = performance.now()
  if (what === 'parse') JSON.parse(text)
  else judge({ results: parseHdf([{ name: file, text }]), threshold: defaultThreshold, now: new Date() })
  const milliseconds = performance.now() - start
  return { milliseconds, peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024) }
}

const [, script, what, file] = process.argv
if (script === SELF) {
  if (what && file) console.log(JSON.stringify(measureOnce(what, file)))
  else await benchJudge()
}
