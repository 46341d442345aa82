import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { loadAll } from 'js-yaml'
import { INPUT_SPECS, type InputName } from '../../src/inputs/table.ts'
import { commitFiles, root } from './files.ts'

const pages = commitFiles('*.md', ':!dist').map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))

/** Relative links of a page whose file or heading is not there. */
function broken({ path, text }: { path: string; text: string }): string[] {
  const links = [...text.matchAll(/\]\(([^)\s]+)\)|\b(?:src|srcset)="([^"\s]+)"/g)]
    .map(([, link, picture]) => (link ?? picture)!)
    .filter((link) => !/^https?:/.test(link))
  return links.flatMap((link) => {
    const [file, heading] = link.split('#')
    const target = file === '' ? join(root, path) : join(root, dirname(path), file!)
    if (!existsSync(target)) return [`${path}: ${link}`]
    return heading === undefined || headings(readFileSync(target, 'utf8')).includes(heading) ? [] : [`${path}: ${link}`]
  })
}

function headings(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}

/** YAML documents of the pages and the workflows. */
function documents(): unknown[] {
  const fenced = pages.flatMap(({ text }) => [...text.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, yaml]) => yaml!))
  const files = commitFiles('docs/examples/*.yml', '.github/workflows/*.yml').map((path) =>
    readFileSync(join(root, path), 'utf8'),
  )
  return [...fenced, ...files].flatMap((yaml) => loadAll(yaml))
}

/** What steps that use the Action hand to it: name and value. */
function givenInputs(value: unknown): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return []
  const { uses, with: inputs } = value as { uses?: string; with?: object }
  if (uses === './' || uses?.startsWith('OWNER/sidecar-scan@')) return Object.entries(inputs ?? {})
  return Object.values(value).flatMap(givenInputs)
}

describe('docs', () => {
  test('every relative link leads somewhere', () => {
    const text = '[x](docs/no.md) [y](README.md#no) <source srcset="docs/no.png"> <img src="no.png">'
    expect(broken({ path: 'README.md', text })).toHaveLength(4)
    expect(pages.length).toBeGreaterThan(5)
    expect(pages.flatMap(broken)).toEqual([])
  })

  test('the README says what it is, shows the job summary, then the workflow, then how to try it', () => {
    const { text } = pages.find(({ path }) => path === 'README.md')!
    const places = ['runs an [InSpec]', '<picture>', '## In a workflow', '## Try it', '## Verdicts', '## Inputs'].map(
      (part) => text.indexOf(part),
    )
    expect(places[0]).toBeGreaterThan(0)
    expect(places).toEqual([...places].sort((a, b) => a - b))
    // all of it on the first screen
    expect(text.slice(0, places[2]).split('\n').length).toBeLessThan(18)
  })

  test('steps that use the Action give it inputs it has', () => {
    const given = documents().flatMap(givenInputs)
    expect(given.length).toBeGreaterThan(15)
    expect(given.filter(([name]) => !INPUT_SPECS.has(name as InputName))).toEqual([])
    const choices = given.flatMap(([name, value]) => {
      const allowed = INPUT_SPECS.get(name as InputName)?.choices
      return allowed &&
        !String(value)
          .split(/,\s*|\n/)
          .every((one) => allowed.includes(one)) &&
        !String(value).includes('${{')
        ? [`${name}: ${value}`]
        : []
    })
    expect(choices).toEqual([])
  })

  test('commands in the pages use flags that exist', () => {
    const own = [
      'json',
      'help',
      'results',
      'run-id',
      'older-than',
      'rbac',
      'patch',
      'part',
      'output',
      'exact',
      'controls',
      'loosen',
      'explain',
    ]
    const known = new Set<string>([...INPUT_SPECS.keys(), ...own])
    const blocks = pages.flatMap(({ path, text }) =>
      [...text.matchAll(/^(?: {4})?node .*cli\.js .*$/gm)].map(([line]) => ({ path, line })),
    )
    const used = blocks.flatMap(({ path, line }) =>
      [...line.split(/ \| | # /)[0]!.matchAll(/--([a-z][a-z-]*)/g)].map(([, flag]) => ({ path, flag: flag! })),
    )
    expect(used.length).toBeGreaterThan(10)
    expect(used.filter(({ flag }) => !known.has(flag))).toEqual([])
  })
})
