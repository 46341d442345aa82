import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Control } from '../../src/judge/types.ts'
import { kubernetesEngine, podmanEngine } from '../action/engines.ts'
import { scan } from './scan.ts'
import { askedInside } from './truth.ts'

/** What real profiles do, reduced to the least that shows it, with variants of each; one file of controls for each kind. */
const PROFILE = join(import.meta.dirname, 'wild')
const IMAGE = 'localhost/target-debian:1'
const SHAPES = [
  { engine: podmanEngine(), access: 'volume', also: ['readonly-root-tool-writes'] },
  { engine: kubernetesEngine('wild'), access: 'sidecar', also: [] },
]
/** What files and the image's own commands tell, in both shapes. */
const ANSWERED = [
  /^(?:bash-devnull|bash-environment|devnull-append|devnull-space|empty-path|quoted-names)-/,
  /^at-rest-programs-printenv$/,
  /^variant-null-(?!exec)/,
  /^variant-(?:quoted|sudo|path|mounts-search|modules|file-system-one)/,
]

const unanswered = ({ skipMessage }: { skipMessage: string }) =>
  skipMessage.startsWith('Not available through the proc transport: ')

/** Its examples that are answered, each as one line. */
const answers = ({ id, results }: Control) =>
  results.filter((result) => !unanswered(result)).map(({ codeDesc, status }) => `${id}: ${codeDesc}: ${status}`)

let truth: readonly Control[]

beforeAll(async () => {
  truth = await askedInside(IMAGE, PROFILE)
  expect(truth.length).toBeGreaterThan(80)
}, 240_000)

describe.each(SHAPES)('$access', ({ engine, access, also }) => {
  beforeAll(engine.prepare, 60_000)
  afterAll(engine.dispose, 60_000)

  test('every answer is what InSpec gives inside the image, and no control is lost', async () => {
    const inputs = { image: IMAGE, profile: PROFILE, threshold: 'none', 'target-access': access, timeout: '8m' }
    const { controls, warnings, runId } = await scan(engine, inputs)
    expect(controls.map(({ id }) => id).sort()).toEqual(truth.map(({ id }) => id).sort())
    const inside = new Set(truth.flatMap(answers))
    expect(controls.flatMap(answers).filter((line) => !inside.has(line))).toEqual([])
    const open = controls.filter(({ results }) => results.some(unanswered)).map(({ id }) => id)
    expect(open.filter((id) => [...also, ...ANSWERED].some((one) => id.match(one) !== null))).toEqual([])
    expect(warnings.join('\n')).toMatch(/asked outside of any control and not answered: .*toplevel-loses-all\.rb:3/)
    expect(await engine.leftovers(runId)).toEqual([])
  }, 480_000)
})
