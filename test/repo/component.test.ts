import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { loadAll } from 'js-yaml'
import { INPUT_SPECS, type InputName } from '../../src/inputs/table.ts'
import { FORMATS } from '../../src/render/formats.ts'
import { root } from './files.ts'

const text = readFileSync(join(root, 'templates', 'sidecar-scan.yml'), 'utf8')

interface Job {
  script: string[]
  artifacts: { reports: Record<string, string> }
}

test('the GitLab component uses the inputs it has, flags of the CLI, and files that are written', () => {
  const [header, body] = loadAll(text) as [
    { spec: { inputs: Record<string, { description: string }> } },
    Record<string, Job>,
  ]
  const used = new Set([...text.matchAll(/\$\[\[ inputs\.([\w-]+) \]\]/g)].map(([, name]) => name!))
  expect([...used].sort()).toEqual(Object.keys(header.spec.inputs).sort())
  const job = Object.values(body)[0]!
  const flags = [...job.script.join('\n').matchAll(/ --([a-z-]+) /g)].map(([, name]) => name!)
  const known = flags.filter((name) => !['quiet', 'no-checkout'].includes(name))
  expect(known.length).toBeGreaterThan(5)
  expect(known.filter((name) => !INPUT_SPECS.has(name as InputName))).toEqual([])
  const { junit, codequality, dotenv } = job.artifacts.reports
  expect(junit).toBe(`scan-results-*/${FORMATS.junit.file}`)
  expect(codequality).toBe(`scan-results-*/${FORMATS.gitlab.file}`)
  expect(job.script.join('\n')).toContain(`>${dotenv}`)
})
