import { describe, expect, test } from '@jest/globals'
import { parseThreshold } from '../../src/judge/threshold.ts'
import { refusal } from './hdf-fixture.ts'

const file = (text: string) => parseThreshold(text, { name: 't.yml', form: 'file' })
const inline = (text: string) => parseThreshold(text, { name: 'threshold', form: 'inline' })
const limits = ({ limits }: ReturnType<typeof file>) =>
  Object.fromEntries(limits.map(({ path, value }) => [path, value]))

describe('forms', () => {
  test('nested, dotted, mixed and merged keys say the same', () => {
    const wanted = { 'compliance.min': 80, 'failed.high.max': 0, 'failed.low.max': 0 }
    const texts = [
      'compliance:\n  min: 80\nfailed:\n  high:\n    max: 0\n  low:\n    max: 0\n',
      'failed.low.max: 0\ncompliance.min: 80\nfailed.high.max: 0\n',
      'compliance.min: 80\nfailed:\n  high.max: 0\n  low: {max: 0}\n',
      'compliance: {min: 80}\nfailed:\n  high: &none\n    max: 0\n  low:\n    <<: *none\n',
      '\ufeff{"compliance": {"min": 80},\n\t"failed": {"high": {"max": 0}, "low": {"max": 0}}}',
    ]
    for (const text of texts) expect(limits(file(text))).toEqual(wanted)
  })

  test('inline: as SAF writes it, with quotes, over lines, as YAML or JSON, and none', () => {
    const wanted = { 'compliance.min': 80, 'failed.total.max': 0 }
    const texts = [
      '{compliance.min: 80}, {failed.total.max: 0}',
      '{compliance.min:80, failed.total.max:0}',
      'compliance.min: 80\nfailed.total.max: 0\n',
      `{"compliance.min": 80, 'failed.total.max' : 0}`,
      '"{compliance.min: 80, failed.total.max: 0}"',
      '# limits\ncompliance:\n  min: 80\nfailed: {total: {max: 0}}',
      '{"compliance":{"min":80},"failed":{"total":{"max":0}}}',
    ]
    for (const text of texts) expect(limits(inline(text))).toEqual(wanted)
    expect(inline(' none ').source).toBe('none')
    expect(inline('compliance.min: 1').source).toBe('inline')
  })
})

describe('what is refused, with line and nearest key', () => {
  test.each([
    [
      'compliance:\n  min: 80\nfailed:\n  crit:\n    max: 0\n',
      't.yml, line 4: unknown key failed.crit.max (did you mean failed.critical.max?)',
    ],
    ['compliance: 80\n', 'line 1: unknown key compliance (did you mean compliance.min?)'],
    ['failed: 0\n', 'unknown key failed (did you mean failed.total.max?)'],
    ['passed: 0\n', 'unknown key passed (did you mean passed.total.min?)'],
    ['errors.total.max: 0\n', 'did you mean error.total.max?'],
    ['not_reviewed.high.max: 0\n', 'did you mean skipped.high.max?'],
    ['not-applicable.total.max: 0\n', 'did you mean no_impact.total.max?'],
    ['failed.max.total: 0\n', 'did you mean failed.total.max?'],
    ['Failed.Total.Max: 0\n', 'did you mean failed.total.max?'],
    [
      'threshold:\n  compliance:\n    min: 3\n',
      'line 1: unknown key threshold.compliance.min (did you mean compliance.min?)',
    ],
    ['compliance.min: 5\ncompliance:\n  min: 6\n', 'line 3: compliance.min is set twice (first in line 1)'],
    ['a: 1\nb: 2\n', 'line 1: unknown key a; line 2: unknown key b'],
    ['compliance:\n  min: "80"\n', 'line 2: compliance.min must be a number, without quotes'],
    ['compliance:\n  min:\n', 'line 2: compliance.min has no value'],
    ['failed:\n  high:\n    controls: V-1\n', 'line 3: failed.high.controls must be a list of control ids'],
    ['__proto__:\n  min: 3\n', 'unknown key __proto__.min'],
    ['constructor.prototype: 3\n', 'unknown key constructor.prototype'],
    ['\n? [a, b]\n: 1\n', 'line 2: unknown key (a key that is a list or a mapping)'],
    ['a: &b {c: 1}\n? *b\n: 1\n', 'line 2: unknown key (a key that is a list or a mapping)'],
    ['compliance: {min: 5\n', 'not valid YAML'],
    ['compliance:\n\tmin: 5\n', 'line 2'],
    ['- compliance.min: 5\n', 'must be a mapping'],
    ['', 'is empty'],
  ])('%j', (text, message) => {
    const error = refusal(() => file(text))
    expect(error.exitCode).toBe(2)
    expect(error.message).toContain(message)
    expect(error.hint).toContain('docs/thresholds.md')
  })

  test('documents built to explode end quickly', () => {
    const layers = Array.from(
      { length: 12 },
      (_, i) =>
        `a${i}: &a${i} {${Array.from({ length: 9 }, (_, j) => (i === 0 ? `k${j}: 1` : `k${j}: *a${i - 1}`)).join(', ')}}`,
    )
    const texts = [
      layers.join('\n'),
      layers.map((line) => line.replace(/k\d: \*/g, '<<: *')).join('\n'),
      `failed: &a {high: *a}`,
      `${'['.repeat(100_000)}`,
      `${'{a: '.repeat(50)}1${'}'.repeat(50)}`,
      Array.from({ length: 50_000 }, (_, i) => `k${i}: 1`).join('\n'),
      `${'x'.repeat(1_000_000)}: 1`,
    ]
    const start = performance.now()
    for (const text of texts) expect(refusal(() => file(text)).exitCode).toBe(2)
    expect(performance.now() - start).toBeLessThan(30_000)
  })
})
