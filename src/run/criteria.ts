import { EXIT, ScanError } from '../errors.ts'
import type { Inputs } from '../inputs/inputs.ts'
import { parseHdf } from '../judge/hdf.ts'
import type { JudgeInput } from '../judge/judge.ts'
import { defaultThreshold, noThreshold, parseThreshold } from '../judge/threshold.ts'
import type { Results, Threshold, Waiver } from '../judge/types.ts'
import { readText, sha256 } from '../payload/files.ts'

/** What the results are held against. */
export type Criteria = Pick<JudgeInput, 'threshold' | 'waivers' | 'baseline' | 'minControls'>

/** SHA-256 of the texts as they were read; null where none is given. */
interface CriteriaDigests {
  readonly threshold: string | null
  readonly baseline: string | null
}

/** Reads what to judge by, but for the waivers, which travel too. @throws ScanError (exit 2) with the file and line of what is wrong. */
export async function readCriteria(
  inputs: Inputs,
  waivers: readonly Waiver[],
): Promise<{ readonly criteria: Criteria; readonly digests: CriteriaDigests }> {
  const digests = new Map<string, string>()
  const read = async (path: string, input: string) => {
    const content = await readText(path, input)
    digests.set(input, sha256(content))
    return content.toString('utf8')
  }
  const criteria = {
    threshold: await readThreshold(inputs, read),
    waivers,
    ...(inputs.baseline === ''
      ? {}
      : { baseline: parseBaseline(inputs.baseline, await read(inputs.baseline, 'baseline')) }),
    ...(inputs.minControls === undefined ? {} : { minControls: inputs.minControls }),
  }
  const thresholdSha256 = digests.get('threshold-file') ?? (inputs.threshold === '' ? null : sha256(inputs.threshold))
  return { criteria, digests: { threshold: thresholdSha256, baseline: digests.get('baseline') ?? null } }
}

/** Results that cannot be read are untrustworthy when they are this scan's; as a baseline they are a wrong input. */
function parseBaseline(name: string, text: string): Results {
  try {
    return parseHdf([{ name, text }])
  } catch (cause) {
    if (!(cause instanceof ScanError)) throw cause
    throw new ScanError(`\`baseline\` ${cause.message}`, {
      exitCode: EXIT.usage,
      hint: 'give the scan-results.json of an earlier scan as `baseline`',
      cause,
    })
  }
}

async function readThreshold(
  inputs: Inputs,
  read: (path: string, input: string) => Promise<string>,
): Promise<Threshold> {
  if (inputs.thresholdFile !== '') {
    return parseThreshold(await read(inputs.thresholdFile, 'threshold-file'), {
      name: inputs.thresholdFile,
      form: 'file',
    })
  }
  if (inputs.threshold === '') return defaultThreshold
  return inputs.threshold === 'none'
    ? noThreshold
    : parseThreshold(inputs.threshold, { name: 'inline', form: 'inline' })
}
