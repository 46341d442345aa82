import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Inputs } from '../inputs/inputs.ts'
import { isMapping } from '../mapping.ts'
import { type CommentLinks, renderComment } from '../render/comment.ts'
import type { ScanReport } from '../report/report.ts'
import { GitHubApi, RefusedRequest } from './github-api.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** What became of the comment, in one sentence; `commented` is false where somebody should know that there is none. */
interface Outcome {
  readonly commented: boolean
  readonly said: string
}

/**
 * Writes one comment on the pull request for this job, or edits the one that is there. Never throws: a verdict does not depend
 * on a comment.
 */
export async function commentOnPullRequest(
  reports: readonly ScanReport[],
  links: Pick<CommentLinks, 'run' | 'artifact'>,
  inputs: Pick<Inputs, 'comment' | 'githubToken' | 'matrix' | 'images'>,
  env: Environment,
  limitS = LIMIT_S,
): Promise<Outcome> {
  const none = (why: string): Outcome => ({ commented: false, said: `no comment on the pull request: ${why}` })
  const patience = deadline(limitS)
  try {
    const pull = await pullRequestOf(env)
    if (pull === undefined) return none('this workflow was not started by one')
    if (inputs.githubToken === '') return none('`github-token` is empty: set it to `github.token`')
    const repository = env['GITHUB_REPOSITORY'] ?? ''
    if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) return none('GITHUB_REPOSITORY does not name a repository')
    using api = new GitHubApi(
      env['GITHUB_API_URL'] || 'https://api.github.com',
      env['GITHUB_GRAPHQL_URL'],
      inputs.githubToken,
    )
    const commits = [pull.head, env['GITHUB_SHA']].filter((sha) => sha !== undefined && COMMIT.test(sha)) as string[]
    const marker = markerOf(inputs, commits, env)
    const body = renderComment(reports, marker, { ...links, commit: pull.head })
    const written = write(api, `repos/${repository}/issues`, pull.number, { marker, body }, needed(reports, inputs))
    return await Promise.race([written, patience.promise])
  } catch (error) {
    return none(
      error instanceof RefusedRequest ? refusal(error) : `GitHub cannot be asked: ${(error as Error).message}`,
    )
  } finally {
    patience.end()
  }
}

/** Seconds a comment may take in all, limits that are waited for included. */
const LIMIT_S = 120

/** A promise that is never kept; its timer also holds the process until there is an answer. */
function deadline(seconds: number): { readonly promise: Promise<never>; readonly end: () => void } {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`no answer within ${seconds} s`)), seconds * 1000)
  return { promise, end: () => clearTimeout(timer) }
}

/** Whether the comment is written where there is none yet. */
function needed(reports: readonly ScanReport[], { comment }: Pick<Inputs, 'comment'>): boolean {
  const failed = reports.some(({ judgement: { verdict } }) => verdict === 'failed' || verdict === 'inconclusive')
  return comment === 'always' || failed
}

async function write(
  api: GitHubApi,
  issues: string,
  number: number,
  { marker, body }: { marker: string; body: string },
  create: boolean,
): Promise<Outcome> {
  const id = await ownComment(api, `${issues}/${number}/comments`, marker)
  if (id !== undefined && (await edited(api, `${issues}/comments/${id}`, body)))
    return { commented: true, said: `comment ${id} on pull request ${number} edited` }
  if (!create) return { commented: true, said: 'no comment: nothing failed (`comment: on-failure`)' }
  await api.request('POST', `${issues}/${number}/comments`, { body })
  return { commented: true, said: `commented on pull request ${number}` }
}

/** Whether the comment is edited; false for one that was deleted since it was found. */
async function edited(api: GitHubApi, path: string, body: string): Promise<boolean> {
  try {
    await api.request('PATCH', path, { body })
    return true
  } catch (error) {
    if (error instanceof RefusedRequest && error.status === 404) return false
    throw error
  }
}

/**
 * The comment with this marker as its first line that the token's own user wrote. Anybody can
 * write a marker into a comment of theirs: that one is theirs to change afterwards, and is left alone.
 */
async function ownComment(api: GitHubApi, path: string, marker: string): Promise<number | undefined> {
  let own: ((user: unknown) => boolean) | undefined
  for await (const comment of api.list(`${path}?per_page=100`)) {
    const { id, body, user } = (comment ?? {}) as { id?: unknown; body?: unknown; user?: unknown }
    if (typeof id !== 'number' || typeof body !== 'string' || body.split(/\r?\n/, 1)[0] !== marker) continue
    own ??= await ownership(api)
    if (own(user)) return id
  }
  return undefined
}

/** Whether a comment's user is who the token speaks for. A bot's name ends in `[bot]` in one of GitHub's two APIs and not in the other. */
async function ownership(api: GitHubApi): Promise<(user: unknown) => boolean> {
  const login = await loginOf(api)
  return (user) =>
    isMapping(user) && (user['login'] === login || (user['type'] === 'Bot' && user['login'] === `${login}[bot]`))
}

/** A person's token may ask for its user; that of a workflow or an app may only ask GraphQL. A server without that has the workflow's bot. */
async function loginOf(api: GitHubApi): Promise<string> {
  try {
    const login = loginIn(await api.request('GET', 'user'))
    if (login !== undefined) return login
  } catch (error) {
    if (!(error instanceof RefusedRequest) || error.limited || (error.status !== 403 && error.status !== 404))
      throw error
  }
  try {
    const answer = await api.graphql('query { viewer { login } }')
    const data = isMapping(answer) ? answer['data'] : undefined
    return loginIn(isMapping(data) ? data['viewer'] : undefined) ?? WORKFLOW_BOT
  } catch (error) {
    if (!(error instanceof RefusedRequest) || error.limited) throw error
    return WORKFLOW_BOT
  }
}

const WORKFLOW_BOT = 'github-actions[bot]'

function loginIn(user: unknown): string | undefined {
  const login = isMapping(user) ? user['login'] : undefined
  return typeof login === 'string' && login !== '' ? login : undefined
}

/**
 * The hidden line that tells comments apart: by workflow, job, step, matrix and the names of the images, without what changes from
 * commit to commit: their tags, and the commit itself. A digest, so that nothing of it is read or forged by its look.
 */
function markerOf({ matrix, images }: Pick<Inputs, 'matrix' | 'images'>, commits: readonly string[], env: Environment) {
  const workflow = (env['GITHUB_WORKFLOW_REF'] ?? env['GITHUB_WORKFLOW'] ?? '').replace(/@.*$/, '')
  const names = images.map((image) => image.replace(/@.*$/, '').replace(/:[^/:]*$/, ''))
  const leg = commits.reduce((text, commit) => text.replaceAll(commit, ''), matrix)
  const parts = [workflow, env['GITHUB_JOB'] ?? '', env['GITHUB_ACTION'] ?? '', leg, ...names]
  return `<!-- sidecar-scan ${createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)} -->`
}

interface PullRequest {
  readonly number: number
  /** The commit that is asked to be pulled, where the event tells it. */
  readonly head: string | undefined
}

/** The pull request that started the workflow: of its event, else of its ref. */
async function pullRequestOf(env: Environment): Promise<PullRequest | undefined> {
  const event = await eventOf(env['GITHUB_EVENT_PATH'])
  const issue = event['issue']
  const request = event['pull_request'] ?? (isMapping(issue) && isMapping(issue['pull_request']) ? issue : undefined)
  const { number, head } = isMapping(request) ? request : {}
  const sha = isMapping(head) ? head['sha'] : undefined
  if (typeof number === 'number' && Number.isSafeInteger(number) && number > 0)
    return { number, head: typeof sha === 'string' && COMMIT.test(sha) ? sha : undefined }
  const ref = /^refs\/pull\/([1-9]\d{0,14})\//.exec(env['GITHUB_REF'] ?? '')?.[1]
  return ref === undefined ? undefined : { number: Number(ref), head: undefined }
}

const COMMIT = /^[0-9a-f]{40,64}$/

async function eventOf(path: string | undefined): Promise<Readonly<Record<string, unknown>>> {
  if (!path) return {}
  try {
    const event: unknown = JSON.parse(await readFile(path, 'utf8'))
    return isMapping(event) ? event : {}
  } catch {
    return {}
  }
}

const RIGHTS =
  'give the job `permissions: pull-requests: write`; a pull request from a fork gets a token that can only read'

/** What an answer means and what helps. GitHub answers 404 where a token may not even see. */
function refusal({ status, message, limited }: RefusedRequest): string {
  const said = `GitHub answers ${status} (${message.slice(0, 300)})`
  if (limited) return `${said}: too many requests; the next run tries again`
  if (status === 401) return `${said}: \`github-token\` is not valid here`
  if (status === 403 || status === 404) return `${said}: ${RIGHTS}`
  return said
}
