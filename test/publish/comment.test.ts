import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { parseInputs } from '../../src/inputs/inputs.ts'
import type { RawInputs } from '../../src/inputs/table.ts'
import { commentOnPullRequest } from '../../src/publish/comment.ts'
import type { ScanReport } from '../../src/report/report.ts'
import { realResults, reportOn, rhel9 } from '../report/reports.ts'
import {
  APP_TOKEN,
  type Comment,
  type GitHubService,
  PERSONAL_TOKEN,
  startGitHubService,
  WORKFLOW_TOKEN,
} from './github-service.ts'

const failed = reportOn(rhel9('baseline'))
const passed = reportOn(realResults('real-rhel8-hardened.json'), { threshold: 'compliance.min: 0' })
const links = {
  run: 'https://github.com/org/app/actions/runs/1',
  artifact: 'https://github.com/org/app/actions/runs/1/artifacts/2',
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'events-'))
})
afterAll(() => rm(folder, { recursive: true }))

const job = {
  GITHUB_REPOSITORY: 'org/app',
  GITHUB_REF: 'refs/pull/7/merge',
  GITHUB_WORKFLOW_REF: 'org/app/.github/workflows/scan.yml@refs/pull/7/merge',
  GITHUB_JOB: 'scan',
  GITHUB_ACTION: '__org_sidecar-scan',
}

interface Call {
  readonly raw?: RawInputs
  readonly env?: Readonly<Record<string, string>>
}

async function comment(
  service: Pick<GitHubService, 'url'> & Partial<GitHubService>,
  report: ScanReport,
  { raw, env }: Call = {},
  ...seconds: number[]
) {
  const inputs = parseInputs({ image: 'ghcr.io/org/app:1', comment: 'always', 'github-token': WORKFLOW_TOKEN, ...raw })
  const server = { GITHUB_API_URL: service.url, GITHUB_GRAPHQL_URL: service.graphql }
  return await commentOnPullRequest([report], links, inputs, { ...job, ...server, ...env }, ...seconds)
}

const chatter = (count: number): Comment[] =>
  Array.from({ length: count }, (_, n) => ({ id: n + 1, body: `LGTM ${n}`, user: { login: 'octocat', type: 'User' } }))

describe('one comment', () => {
  test('is created, then edited in place, whatever the tag of the image', async () => {
    await using service = await startGitHubService()
    expect(await comment(service, failed)).toEqual({ commented: true, said: 'commented on pull request 7' })
    expect(service.comments[0]!.body).toMatch(/^<!-- sidecar-scan [0-9a-f]{32} -->\n\n### ❌ Sidecar Scan: failed\n/)
    const [{ id }] = service.comments as [Comment]
    const again = await comment(service, passed, { raw: { image: 'ghcr.io/org/app:2' } })
    expect(again).toEqual({ commented: true, said: `comment ${id} on pull request 7 edited` })
    expect(service.comments).toHaveLength(1)
    expect(service.comments[0]!.body).toContain('### ✅ Sidecar Scan: passed')
  })

  test('is found on a later page of a long conversation', async () => {
    await using service = await startGitHubService(chatter(250))
    await comment(service, failed)
    await comment(service, passed)
    expect(service.comments).toHaveLength(251)
    const lists = service.calls.filter((call) => call.startsWith('GET') && call.includes('/issues/7/comments'))
    expect(lists).toHaveLength(6)
    expect(lists[2]).toBe('GET /api/v3/repos/org/app/issues/7/comments?per_page=100&page=3')
  })

  test.each<{ what: string; call: Call }>([
    { what: 'legs of a matrix', call: { raw: { matrix: '{"os":"b"}' } } },
    { what: 'jobs', call: { env: { GITHUB_JOB: 'other' } } },
    { what: 'steps', call: { env: { GITHUB_ACTION: '__org_sidecar-scan_2' } } },
    { what: 'workflows', call: { env: { GITHUB_WORKFLOW_REF: 'org/app/.github/workflows/b.yml@refs/pull/7/merge' } } },
    { what: 'images', call: { raw: { image: 'ghcr.io/org/other:1' } } },
  ])('$what do not overwrite each other', async ({ call }) => {
    await using service = await startGitHubService()
    await comment(service, failed, { raw: { matrix: '{"os":"a"}' } })
    await comment(service, failed, { ...call, raw: { matrix: '{"os":"a"}', ...call.raw } })
    expect(service.comments).toHaveLength(2)
  })

  test('of somebody else that holds the marker is left alone', async () => {
    await using service = await startGitHubService()
    await comment(service, failed)
    const forged = { id: 5, body: service.comments[0]!.body, user: { login: 'mallory', type: 'User' } } as const
    service.comments.splice(0, 1, forged)
    await comment(service, passed)
    expect(service.comments.map(({ user }) => user.login)).toEqual(['mallory', 'github-actions[bot]'])
    expect(service.comments[0]!.body).toContain('failed')
  })

  test('that quotes the marker further down is not it', async () => {
    await using service = await startGitHubService()
    await comment(service, failed)
    const { body, user } = service.comments[0]!
    service.comments.splice(0, 1, { id: 5, body: `> ${body}\n${body}`, user })
    await comment(service, failed)
    expect(service.comments).toHaveLength(2)
  })

  test('of the person whose token it is is edited, and no bot’s', async () => {
    await using service = await startGitHubService()
    await comment(service, failed)
    const raw = { 'github-token': PERSONAL_TOKEN }
    await comment(service, failed, { raw })
    await comment(service, passed, { raw })
    expect(service.comments.map(({ user }) => user.login)).toEqual(['github-actions[bot]', 'octocat'])
    expect(service.comments[1]!.body).toContain('passed')
  })

  test('of another app is left alone', async () => {
    await using service = await startGitHubService()
    const app = { raw: { 'github-token': APP_TOKEN } }
    await comment(service, failed, app)
    await comment(service, failed)
    expect(service.comments.map(({ user }) => user.login)).toEqual(['scanner[bot]', 'github-actions[bot]'])
    for (const call of [app, {}]) await comment(service, passed, call)
    expect(service.comments.map(({ body }) => body.includes('✅'))).toEqual([true, true])
  })

  test('of the workflow’s bot is edited where the server has no GraphQL', async () => {
    await using service = await startGitHubService()
    const env = { GITHUB_GRAPHQL_URL: '' }
    await comment(service, failed, { env })
    await comment(service, passed, { env })
    expect(service.comments).toHaveLength(1)
  })

  test('is the same for a matrix that names the commit, and says which commit it is for', async () => {
    await using service = await startGitHubService()
    for (const sha of ['a', 'b'].map((letter) => letter.repeat(40))) {
      const path = join(folder, 'event.json')
      await writeFile(path, JSON.stringify({ pull_request: { number: 7, head: { sha } } }))
      const raw = { matrix: JSON.stringify({ image: `app:${sha}` }), image: `app:${sha}` }
      await comment(service, failed, { raw, env: { GITHUB_EVENT_PATH: path } })
    }
    expect(service.comments).toHaveLength(1)
    expect(service.comments[0]!.body).toMatch(/for commit <code>bbbbbbb<\/code>$/)
  })

  test('that is deleted meanwhile is written anew', async () => {
    await using service = await startGitHubService()
    await comment(service, failed)
    service.refuse('PATCH', { status: 404, message: 'Not Found' })
    expect((await comment(service, passed)).said).toBe('commented on pull request 7')
  })

  test('`on-failure` writes none for a pass, and updates one that is there', async () => {
    await using service = await startGitHubService()
    const raw: RawInputs = { comment: 'on-failure' }
    expect(await comment(service, passed, { raw })).toMatchObject({ commented: true })
    expect(service.comments).toEqual([])
    await comment(service, failed, { raw })
    await comment(service, passed, { raw })
    expect(service.comments.map(({ body }) => body.includes('✅'))).toEqual([true])
  })
})

describe('the pull request', () => {
  test.each([
    ['pull_request', { pull_request: { number: 7 } }],
    ['a comment on one', { issue: { number: 7, pull_request: { url: 'x' } } }],
  ])('is that of the event: %s', async (_, event) => {
    await using service = await startGitHubService()
    const path = join(folder, 'event.json')
    await writeFile(path, JSON.stringify(event))
    const env = { GITHUB_EVENT_PATH: path, GITHUB_REF: 'refs/heads/main' }
    expect((await comment(service, failed, { env })).commented).toBe(true)
  })

  test.each([
    ['a push', '{"ref":"refs/heads/main"}'],
    ['a comment on an issue', '{"issue":{"number":7}}'],
    ['a number that is none', '{"pull_request":{"number":"7/../8"}}'],
    ['no JSON', 'x'],
  ])('none: %s', async (_, event) => {
    await using service = await startGitHubService()
    const path = join(folder, 'event.json')
    await writeFile(path, event)
    const outcome = await comment(service, failed, { env: { GITHUB_EVENT_PATH: path, GITHUB_REF: 'refs/heads/main' } })
    const said = 'no comment on the pull request: this workflow was not started by one'
    expect([outcome, service.calls]).toEqual([{ commented: false, said }, []])
  })
})

describe('what GitHub refuses is one sentence, never an error', () => {
  const integration = { status: 403, message: 'Resource not accessible by integration' }
  test.each([
    [
      'a read-only token',
      'POST',
      integration,
      /403 \(Resource not accessible by integration\): give the job `permissions: pull-requests: write`; .*fork/,
    ],
    ['a token that may not read', 'GET', integration, /`permissions: pull-requests: write`/],
    ['no access', 'GET', { status: 404, message: 'Not Found' }, /404 \(Not Found\): give the job/],
    [
      'a body it does not take',
      'POST',
      { status: 422, message: 'Validation Failed', errors: [{ message: 'Body is too long' }] },
      /422 \(Validation Failed: Body is too long\)$/,
    ],
    ['issues that are closed to it', 'POST', { status: 410, message: 'Issues are disabled for this repo' }, /410/],
    ['no JSON', 'POST', { status: 500 }, /500/],
    ['a redirect', 'GET', { status: 301, message: 'Moved Permanently', headers: { location: '/x' } }, /301/],
    [
      'a limit that lasts too long',
      'POST',
      { status: 403, message: 'You have exceeded a secondary rate limit', headers: { 'retry-after': '3600' } },
      /secondary rate limit\): too many requests/,
    ],
    [
      'the primary limit',
      'GET',
      {
        status: 403,
        message: 'API rate limit exceeded',
        headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '4102444800' },
      },
      /API rate limit exceeded\): too many requests/,
    ],
    ['a connection that is cut', 'GET', { status: 200, cut: true }, /GitHub cannot be asked: /],
  ] as const)('%s', async (_, method, refusal, says) => {
    await using service = await startGitHubService()
    service.refuse(method, refusal)
    const { commented, said } = await comment(service, failed)
    expect([commented, service.comments]).toEqual([false, []])
    expect(said).toMatch(/^no comment on the pull request: /)
    expect(said).toMatch(says)
    expect(said).not.toContain(WORKFLOW_TOKEN)
    expect(service.calls.filter((call) => call.startsWith(method))).toHaveLength(1)
  })

  test('an answer that does not end is not waited for, and its connection is closed', async () => {
    await using service = await startGitHubService()
    service.refuse('GET', { status: 200, trickle: true })
    expect((await comment(service, failed, {}, 0.5)).said).toMatch(/cannot be asked: no answer within 0.5 s/)
    expect(await service.connections()).toBe(0)
  })

  test('a token that is not valid, or none', async () => {
    await using service = await startGitHubService()
    expect((await comment(service, failed, { raw: { 'github-token': 'x' } })).said).toMatch(/401 \(Bad credentials\)/)
    expect((await comment(service, failed, { raw: { 'github-token': '' } })).said).toMatch(/`github-token` is empty/)
  })

  test('a server that is not there, an address that is none', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => void server.close(resolve))
    expect((await comment({ url: `http://127.0.0.1:${port}` }, failed)).said).toMatch(/cannot be asked: .*ECONNREFUSED/)
    expect((await comment({ url: 'not an address' }, failed)).said).toMatch(/cannot be asked: /)
  })
})

describe('limits are waited for', () => {
  test.each(['GET', 'POST'])('a secondary one with retry-after: %s', async (method) => {
    await using service = await startGitHubService()
    const limit = { status: 403, message: 'You have exceeded a secondary rate limit', headers: { 'retry-after': '1' } }
    service.refuse(method, limit, { ...limit, status: 429 })
    const began = performance.now()
    expect((await comment(service, failed)).commented).toBe(true)
    expect(performance.now() - began).toBeGreaterThan(1990)
    expect(service.calls.filter((call) => call.startsWith(method))).toHaveLength(3)
    expect(service.comments).toHaveLength(1)
  })

  test('three times at most', async () => {
    await using service = await startGitHubService()
    const limit = { status: 429, message: 'slow down', headers: { 'retry-after': '0' } }
    service.refuse('POST', limit, limit, limit, limit)
    expect((await comment(service, failed)).said).toMatch(/429 \(slow down\): too many requests/)
    expect(service.calls.filter((call) => call.startsWith('POST'))).toHaveLength(3)
  })

  test('a gateway that fails is asked again for a list, not for a new comment', async () => {
    await using service = await startGitHubService()
    service.refuse('GET', { status: 502 })
    service.refuse('POST', { status: 502 })
    expect((await comment(service, failed)).said).toMatch(/502/)
    expect(service.calls.map((call) => call.split(' ')[0])).toEqual(['GET', 'GET', 'POST'])
  })
})

test('the token goes to no other server than the API’s', async () => {
  await using other = await startGitHubService()
  await using service = await startGitHubService()
  service.refuse('GET', {
    status: 200,
    headers: { link: `<${other.url}/repos/org/app/issues/7/comments>; rel="next"` },
  })
  await comment(service, failed)
  await comment(service, failed, { env: { GITHUB_GRAPHQL_URL: other.graphql } })
  expect([service.comments.length, other.calls]).toEqual([1, []])
})
