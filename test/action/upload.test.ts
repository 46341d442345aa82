import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { podmanEngine } from './engines.ts'
import { type Refusal, startResultsService } from './results-service.ts'
import { commands, Runner } from './runner.ts'

const engine = podmanEngine()
const inputs = {
  image: 'localhost/target-distroless:1',
  profile: 'profile',
  'scanner-image': 'localhost/scanner:1',
  threshold: 'compliance.min: 0',
  ...engine.inputs,
}

test.each<{ refusal: Refusal; says: RegExp }>([
  {
    refusal: { method: 'CreateArtifact', status: 409, message: 'an artifact with this name already exists' },
    says: /already exists.*give each use in a workflow an `artifact-name` of its own/,
  },
  {
    refusal: { method: 'PutBlock', status: 403, message: 'the signature has expired' },
    says: /What to do: they are in /,
  },
])(
  'an upload that fails in $refusal.method is an error with a hint; the results stay',
  async ({ refusal, says }) => {
    await using runner = await Runner.start()
    await using results = await startResultsService()
    results.refuse(refusal)
    await cp(join(import.meta.dirname, 'profile'), join(runner.workspace, 'profile'), { recursive: true })
    const step = await runner.main(inputs, { env: { ...engine.env, ...results.env } })
    expect([step.exitCode, step.outputs['verdict'], step.outputs['artifact-id']]).toEqual([3, 'passed', undefined])
    expect(commands(step, 'error')).toEqual([expect.stringMatching(says)])
    expect(step.summary).toContain('known-fail')
    expect(results.calls.at(-1)).toBe(refusal.method)
  },
  300_000,
)

const NO_SCOPE = ['e30', 'e30', 'signature'].join('.')

test.each<{ where: string; env: Record<string, string>; refusal?: Refusal; says: RegExp }>([
  {
    where: 'act without an artifact server',
    env: { ACTIONS_RUNTIME_TOKEN: '' },
    says: /does not set ACTIONS_RUNTIME_TOKEN/,
  },
  {
    where: 'a runner without the results service',
    env: { ACTIONS_RESULTS_URL: '' },
    says: /does not set ACTIONS_RESULTS_URL/,
  },
  {
    where: 'GitHub Enterprise Server, Forgejo',
    env: { GITHUB_SERVER_URL: 'https://forge.example' },
    says: /the artifact service of forge\.example is not one this Action can use/,
  },
  { where: 'a server whose token names no job', env: { ACTIONS_RUNTIME_TOKEN: NO_SCOPE }, says: /missing claims/ },
  {
    where: 'a server that does not know the call',
    env: {},
    refusal: { method: 'CreateArtifact', status: 404, message: 'bad_route' },
    says: /\(404\)/,
  },
])(
  'no artifact service ($where): one notice by default, an error with `upload: true`',
  async ({ env, refusal, says }) => {
    await using runner = await Runner.start()
    await using results = await startResultsService()
    if (refusal) results.refuse(refusal)
    await cp(join(import.meta.dirname, 'profile'), join(runner.workspace, 'profile'), { recursive: true })
    const options = { env: { ...engine.env, ...results.env, ...env } }
    const step = await runner.main(inputs, options)
    expect([step.exitCode, step.outputs['verdict'], step.outputs['artifact-id']]).toEqual([0, 'passed', undefined])
    expect([commands(step, 'error'), commands(step, 'warning')]).toEqual([[], []])
    expect(commands(step, 'notice')).toEqual([expect.stringMatching(says)])
    expect(commands(step, 'notice')[0]).toMatch(/^the results are not uploaded: .*they are in .*scan-results-/)

    const asked = await runner.main({ ...inputs, upload: 'true' }, options)
    expect([asked.exitCode, asked.outputs['verdict']]).toEqual([3, 'passed'])
    expect(commands(asked, 'error')).toEqual([expect.stringMatching(says)])
    expect(commands(asked, 'error')[0]).toMatch(/What to do: .*`upload: false`$/)
    expect(commands(asked, 'notice')).toEqual([])
  },
  300_000,
)
