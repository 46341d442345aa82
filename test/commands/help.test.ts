import { describe, expect, test } from '@jest/globals'
import { COMMANDS } from '../../src/cli.ts'
import { INPUT_SPECS } from '../../src/inputs/table.ts'
import { defaultThreshold } from '../../src/judge/threshold.ts'

describe.each(COMMANDS)('the help of $name', ({ name, help }) => {
  test('begins with how to call it, and fits a terminal', () => {
    expect(help).toMatch(new RegExp(`^Usage: sidecar-scan ${name} `))
    // values such as the names of all formats have no place to break
    const wide = help.split('\n').filter((line) => line.length > 120)
    expect(wide).toEqual([])
    expect(help).not.toMatch(/[ \t]$/m)
  })

  test('names every limit of the default threshold, where it names one', () => {
    const limits = defaultThreshold.limits.map(({ path, value }) => `${path} ${value}`)
    expect(limits.length).toBeGreaterThan(2)
    const told = limits.filter((limit) => help.replace(/\s+/g, ' ').includes(limit))
    expect(told).toEqual(['run', 'judge', 'report'].includes(name) ? limits : [])
  })

  test('says of each input all that the table says', () => {
    const told = help.replace(/\s+/g, ' ')
    const named = [...help.matchAll(/^ {2}--([a-z-]+)/gm)].map(([, flag]) => INPUT_SPECS.get(flag as never))
    for (const spec of named) if (spec && name === 'run') expect(told).toContain(spec.help.replace(/\s+/g, ' '))
  })
})
