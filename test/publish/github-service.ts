import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

/** A comment as the API lists it. */
export interface Comment {
  readonly id: number
  body: string
  readonly user: { readonly login: string; readonly type: 'User' | 'Bot' }
}

/** An answer that stands for the real one; `cut`: the connection ends in the middle of the body; `trickle`: the body never ends. */
interface Refusal {
  readonly status: number
  readonly message?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly errors?: readonly object[]
  readonly cut?: true
  readonly trickle?: true
}

/**
 * GitHub's REST API as far as comments on an issue need it, on loopback: list (pages by `per_page` and the Link header),
 * create, update, and the token's user (a workflow's or an app's may only ask GraphQL). After GitHub's documentation, "Issue comments", "Using pagination" and "Rate limits".
 */
export interface GitHubService extends AsyncDisposable {
  readonly url: string
  /** The address of its GraphQL API, which tells every token who it speaks for. */
  readonly graphql: string
  readonly comments: Comment[]
  /** `METHOD path?query` of every call, as it came. */
  readonly calls: readonly string[]
  /** The next calls of this method are answered so. */
  refuse(method: string, ...refusals: readonly Refusal[]): void
  /** How many connections are open. */
  connections(): Promise<number>
}

export const WORKFLOW_TOKEN = 'ghs_workflow'
export const PERSONAL_TOKEN = 'ghp_person'
export const APP_TOKEN = 'ghs_app'
const READ_ONLY_TOKEN_MESSAGE = 'Resource not accessible by integration'
const USERS = {
  [WORKFLOW_TOKEN]: { login: 'github-actions[bot]', type: 'Bot' },
  [APP_TOKEN]: { login: 'scanner[bot]', type: 'Bot' },
  [PERSONAL_TOKEN]: { login: 'octocat', type: 'User' },
} as const
const LONGEST_BODY = 65_536

export async function startGitHubService(comments: Comment[] = []): Promise<GitHubService> {
  const calls: string[] = []
  const refusals = new Map<string, Refusal[]>()
  let lastId = 1000

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const address = new URL(request.url!, url)
    const method = request.method!
    calls.push(`${method} ${request.url}`)
    const sent = await text(request)
    const reply = (status: number, body: object, headers: Record<string, string> = {}) =>
      void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))

    const refusal = refusals.get(method)?.shift()
    if (refusal?.cut) {
      response.writeHead(refusal.status, { 'content-length': '1000' }).write('[{"id":')
      setTimeout(() => response.destroy(), 50)
      return
    }
    if (refusal?.trickle) {
      response.writeHead(refusal.status).write('[')
      const timer = setInterval(() => response.write(' '), 50)
      response.once('close', () => clearInterval(timer))
      return
    }
    if (refusal) {
      const { status, message = '', headers = {}, errors } = refusal
      return reply(status, { message, ...(errors ? { errors } : {}) }, { ...headers })
    }
    const user = USERS[(request.headers.authorization ?? '').replace(/^Bearer /, '') as keyof typeof USERS]
    if (!user) return reply(401, { message: 'Bad credentials' })
    if (address.pathname === '/api/v3/user')
      return user.type === 'Bot' ? reply(403, { message: READ_ONLY_TOKEN_MESSAGE }) : reply(200, user)

    if (address.pathname === '/api/graphql') {
      const { query } = JSON.parse(sent) as { query: string }
      if (!/^query \{ viewer \{ login \} \}$/.test(query)) return reply(200, { errors: [{ message: 'Parse error' }] })
      return reply(200, { data: { viewer: { login: user.login } } })
    }

    const list = /^\/api\/v3\/repos\/org\/app\/issues\/7\/comments$/.test(address.pathname)
    const one = Number(/^\/api\/v3\/repos\/org\/app\/issues\/comments\/(\d+)$/.exec(address.pathname)?.[1])
    if (list && method === 'GET') {
      const size = Math.min(100, Number(address.searchParams.get('per_page') ?? 30))
      const page = Number(address.searchParams.get('page') ?? 1)
      const next = new URL(address)
      next.searchParams.set('page', String(page + 1))
      const more = page * size < comments.length
      const link = `<${next.href}>; rel="next", <${next.href}>; rel="last"`
      return reply(200, comments.slice((page - 1) * size, page * size), more ? { link } : {})
    }
    const { body } = JSON.parse(sent || '{}') as { body?: string }
    if (typeof body !== 'string' || body.length > LONGEST_BODY) {
      const errors = [
        { resource: 'IssueComment', field: 'data', message: 'Body is too long (maximum is 65536 characters)' },
      ]
      return reply(422, { message: 'Validation Failed', errors })
    }
    if (list && method === 'POST') {
      const made: Comment = { id: ++lastId, body, user }
      comments.push(made)
      return reply(201, made)
    }
    const found = comments.find(({ id }) => id === one)
    if (!found || method !== 'PATCH') return reply(404, { message: 'Not Found' })
    found.body = body
    return reply(200, found)
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)))
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const url = `${host}/api/v3`
  return {
    url,
    graphql: `${host}/api/graphql`,
    comments,
    calls,
    refuse(method, ...next) {
      refusals.set(method, [...(refusals.get(method) ?? []), ...next])
    },
    async connections() {
      await sleep(200)
      return await promisify(server.getConnections.bind(server))()
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => void server.close(resolve))
    },
  }
}
