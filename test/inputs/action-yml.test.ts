import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { load } from 'js-yaml'
import { actionYml, inputsTable, outputsTable, withTables } from '../../scripts/tables.ts'
import { parseInputs } from '../../src/inputs/inputs.ts'
import { INPUT_SPECS, type RawInputs } from '../../src/inputs/table.ts'
import { OUTPUTS } from '../../src/publish/outputs.ts'

const root = join(import.meta.dirname, '..', '..')
const text = readFileSync(join(root, 'action.yml'), 'utf8')

interface Metadata {
  readonly inputs: Record<string, { description: string; default?: unknown; required?: boolean }>
  readonly outputs: Record<string, { description: string }>
  readonly runs: Record<string, string>
}
const action = load(text) as Metadata

describe('action.yml', () => {
  test('is what the tables say', () => expect(text).toBe(actionYml()))

  test('has the inputs of the table, but for those of the CLI alone', () => {
    const expected = [...INPUT_SPECS].filter(([, { only }]) => only !== 'cli')
    expect(Object.keys(action.inputs)).toEqual(expected.map(([name]) => name))
    for (const [name, { help, default: value }] of expected) {
      expect({ name, description: action.inputs[name]!.description }).toEqual({ name, description: help })
      // the runner hands defaults over as text: a YAML number or boolean would be another value
      expect({ name, default: action.inputs[name]!.default }).toEqual({ name, default: value })
    }
  })

  test('has the outputs of the table', () => {
    expect(
      Object.fromEntries(Object.entries(action.outputs).map(([name, { description }]) => [name, description])),
    ).toEqual(OUTPUTS)
  })

  test('runs the bundle on Node 24, and cleans up whatever happens', () => {
    expect(action.runs).toEqual({
      using: 'node24',
      main: 'dist/main.js',
      post: 'dist/post.js',
      'post-if': 'always()',
    })
  })

  test('its defaults give the same inputs as no inputs at all', () => {
    const defaults = Object.fromEntries(
      Object.entries(action.inputs).map(([name, spec]) => [name, String(spec.default ?? '')]),
    ) as RawInputs
    expect(parseInputs({ ...defaults, image: 'app:1' })).toEqual(parseInputs({ image: 'app:1' }))
  })
})

describe('README', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')

  test('holds the tables of inputs and outputs as they are', () => {
    expect(withTables(readme)).toBe(readme)
    expect(readme).toContain(`<!-- inputs -->\n${inputsTable()}\n<!-- /inputs -->`)
    expect(readme).toContain(`<!-- outputs -->\n${outputsTable()}\n<!-- /outputs -->`)
  })

  test('a README without markers is refused', () => {
    expect(() => withTables('# Title\n')).toThrow('<!-- inputs -->')
  })
})
