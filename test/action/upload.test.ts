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

test.each<{ refusal: Refusal | undefined; says: RegExp }>([
  {
    refusal: { method: 'CreateArtifact', status: 409, message: 'an artifact with this name already exists' },
    says: /already exists.*give each use in a workflow an `artifact-name` of its own/,
  },
  {
    refusal: { method: 'PutBlock', status: 403, message: 'the signature has expired' },
    says: /What to do: they are in /,
  },
  { refusal: undefined, says: /ACTIONS_RUNTIME_TOKEN.*or set `upload: false`/ },
])(
  'an upload that fails in $refusal.method is an error with a hint; the results stay',
  async ({ refusal, says }) => {
    await using runner = await Runner.start()
    await using results = await startResultsService()
    if (refusal) results.refuse(refusal)
    await cp(join(import.meta.dirname, 'profile'), join(runner.workspace, 'profile'), { recursive: true })
    // a runner without the service has none of its variables
    const step = await runner.main(inputs, { env: { ...engine.env, ...(refusal ? results.env : {}) } })
    expect([step.exitCode, step.outputs['verdict'], step.outputs['artifact-id']]).toEqual([3, 'passed', undefined])
    expect(commands(step, 'error')).toEqual([expect.stringMatching(says)])
    expect(step.summary).toContain('reported without judging')
    expect(results.calls.at(-1)).toBe(refusal?.method)
  },
  40_000,
)
