import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { commitFiles, root } from './files.ts'

const text = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8')
const recipes = text
  .slice(text.indexOf('## Recipes'), text.indexOf('## Rules'))
  .split(/^\*\*Add /m)
  .slice(1)

/** Files of `src` that know a word, comments and texts included. */
const knowing = (word: RegExp) =>
  commitFiles('src/*').filter((path) => word.test(readFileSync(join(root, path), 'utf8')))

/** Files of `src` that a recipe names. */
const named = (recipe: string) => [...recipe.matchAll(/`(src\/[\w./-]+\.(?:ts|rb))`/g)].map(([, path]) => path!)

describe('the recipes of CONTRIBUTING.md', () => {
  test.each([
    ['an input', 0, /retention-?days/i],
    ['a report format', 1, /sarif/i],
    ['an answer of the transport', 2, /Answers::Disk|class Disk/],
  ])('%s is known to the files that the recipe names and to no other, at most three', (title, index, word) => {
    const recipe = recipes[index as number]!
    expect(recipe.startsWith(title as string)).toBe(true)
    expect(recipe.match(/^\d\. /gm)!.length).toBeLessThanOrEqual(5)
    expect(named(recipe).toSorted()).toEqual(knowing(word as RegExp).toSorted())
    expect(named(recipe).length).toBeLessThanOrEqual(3)
  })
})
