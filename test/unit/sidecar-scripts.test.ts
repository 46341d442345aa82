import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'

const script = (name: string) =>
  readFileSync(join(import.meta.dirname, '..', '..', 'src', 'sidecar', name), 'utf8').replaceAll(/^\s*#.*$/gm, '')

/** Names that a script gives a value. */
const assigned = (text: string) =>
  new Set([...text.matchAll(/(?:^|[\s;{(])(?:for )?([a-z_]+)(?:=| in )/gm)].map(([, name]) => name!))

test('command-root.sh, which scan.sh sources, changes none of the variables that scan.sh reads after it', () => {
  const [before = '', after = ''] = script('scan.sh').split('. "$home/sidecar/command-root.sh"')
  expect(after).not.toBe('')
  const kept = [...assigned(before)].filter((name) => after.includes(`$${name}`))
  expect(kept).toEqual(expect.arrayContaining(['home', 'out', 'results', 'secrets']))
  const changed = assigned(script('command-root.sh'))
  expect(changed).toContain('folder')
  expect(kept.filter((name) => changed.has(name))).toEqual([])
})
