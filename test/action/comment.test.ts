import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { type GitHubService, startGitHubService, WORKFLOW_TOKEN } from '../publish/github-service.ts'
import { podmanEngine } from './engines.ts'
import { startResultsService } from './results-service.ts'
import { commands, Runner, type StepResult } from './runner.ts'

const engine = podmanEngine()
const inputs = {
  image: 'localhost/target-distroless:1',
  profile: 'profile',
  'scanner-image': 'localhost/scanner:1',
  threshold: 'failed.critical.max: 0',
  comment: 'on-failure',
  'github-token': WORKFLOW_TOKEN,
  ...engine.inputs,
}
const pullRequest = { GITHUB_REF: 'refs/pull/7/merge', GITHUB_JOB: 'scan' }

interface Step {
  readonly given?: Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string>>
}

async function step(runner: Runner, service: GitHubService, { given, env }: Step): Promise<StepResult> {
  await cp(join(import.meta.dirname, 'profile'), join(runner.workspace, 'profile'), { recursive: true })
  const variables = { ...engine.env, GITHUB_API_URL: service.url, GITHUB_GRAPHQL_URL: service.graphql, ...env }
  return await runner.main({ ...inputs, ...given }, { env: variables })
}

test('a failed scan comments, with links to summary and artifact; a pass edits that comment', async () => {
  await using runner = await Runner.start()
  await using service = await startGitHubService()
  await using results = await startResultsService()
  const failed = await step(runner, service, { env: { ...pullRequest, ...results.env } })
  expect([failed.exitCode, failed.outputs['verdict']]).toEqual([1, 'failed'])
  expect(service.comments).toHaveLength(1)
  const { body } = service.comments[0]!
  const run = `https://github.com/org/app/actions/runs/${runner.githubRunId}`
  expect(body).toContain('### ❌ Sidecar Scan: failed')
  expect(body).toContain('known-fail')
  expect(body).toContain(`[Job summary](${run}) · [Results](${failed.outputs['artifact-url']})`)
  expect(commands(failed, 'add-mask')).toContain(WORKFLOW_TOKEN)
  expect(failed.log.replaceAll(`::add-mask::${WORKFLOW_TOKEN}`, '')).not.toContain(WORKFLOW_TOKEN)

  const given = { threshold: 'compliance.min: 0', upload: 'false' }
  const passed = await step(runner, service, { given, env: pullRequest })
  expect([passed.exitCode, service.comments.length]).toEqual([0, 1])
  expect(service.comments[0]!.body).toContain('### ✅ Sidecar Scan: passed')
  expect(service.comments[0]!.body).not.toContain('[Results]')
}, 300_000)

test('a token that can only read is one notice; the verdict is as without a comment', async () => {
  await using runner = await Runner.start()
  await using service = await startGitHubService()
  service.refuse('POST', { status: 403, message: 'Resource not accessible by integration' })
  const fork = await step(runner, service, { given: { upload: 'false' }, env: pullRequest })
  expect([fork.exitCode, fork.outputs['verdict']]).toEqual([1, 'failed'])
  expect(commands(fork, 'notice')).toEqual([expect.stringMatching(/^no comment .*`permissions: pull-requests: write`/)])

  const given = { threshold: 'compliance.min: 0', upload: 'false' }
  const push = await step(runner, service, { given, env: { GITHUB_REF: 'refs/heads/main' } })
  expect([push.exitCode, commands(push, 'error')]).toEqual([0, []])
  expect(commands(push, 'notice')).toEqual(['no comment on the pull request: this workflow was not started by one'])
}, 300_000)

test('an upload that fails does not lose the comment, and `comment: off` asks nobody', async () => {
  await using runner = await Runner.start()
  await using service = await startGitHubService()
  const lost = await step(runner, service, { given: { upload: 'true' }, env: pullRequest })
  expect([lost.exitCode, service.comments.length]).toEqual([3, 1])
  const asked = service.calls.length
  await step(runner, service, { given: { comment: 'off', upload: 'false' }, env: pullRequest })
  expect(service.calls).toHaveLength(asked)
}, 300_000)

test('tokens are masked before a refused input is told', async () => {
  await using runner = await Runner.start()
  const given = {
    'github-token': WORKFLOW_TOKEN,
    token: 'ghp_profiles',
    comment: WORKFLOW_TOKEN,
    image: 'ghp_profiles:x:y',
  }
  const { exitCode, log } = await runner.main({ ...inputs, ...given }, { env: engine.env })
  expect(exitCode).toBe(2)
  for (const token of [WORKFLOW_TOKEN, 'ghp_profiles'])
    expect(log.indexOf(token)).toBe(log.indexOf(`::add-mask::${token}`) + 12)
}, 300_000)
