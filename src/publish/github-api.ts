import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { HttpClient } from '@actions/http-client'

/** An answer of the API that is not a success. */
export class RefusedRequest extends Error {
  readonly status: number
  /** Whether it is a limit on requests, which says nothing of the token's rights. */
  readonly limited: boolean

  constructor(status: number, message: string, limited: boolean) {
    super(message)
    this.status = status
    this.limited = limited
  }
}

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: unknown
}

/** Times a request is sent, and seconds that are waited for a limit in all. */
const TRIES = 3
const PATIENCE_S = 60
const SILENCE_S = 15
/** Pages of a list; with 100 entries each, more than a conversation on GitHub can have. */
const MAX_PAGES = 50

/**
 * GitHub's REST API as far as comments need it, with the proxies of the environment. Limits are waited for as GitHub's
 * documentation asks ("Rate limits for the REST API"), while that takes no longer than a comment is worth.
 */
export class GitHubApi implements Disposable {
  readonly #base: URL
  readonly #graphql: URL
  readonly #token: string
  readonly #client = new HttpClient('sidecar-scan', [], { allowRedirects: false, socketTimeout: SILENCE_S * 1000 })
  #patience = PATIENCE_S

  /** `base` and `graphql` are addresses, as GITHUB_API_URL and GITHUB_GRAPHQL_URL have them. @throws TypeError when `base` is none. */
  constructor(base: string, graphql: string | undefined, token: string) {
    this.#base = new URL(base.endsWith('/') ? base : `${base}/`)
    const given = URL.parse(graphql ?? '')
    this.#graphql = given?.origin === this.#base.origin ? given : new URL('graphql', this.#base)
    this.#token = token
  }

  [Symbol.dispose](): void {
    this.#client.dispose()
  }

  /** @throws RefusedRequest, or what the connection failed of. */
  async request(method: 'GET' | 'POST' | 'PATCH', path: string, body?: object): Promise<unknown> {
    return (await this.#send(method, new URL(path, this.#base), body)).body
  }

  /** The answer to a query of the GraphQL API. @throws as `request`. */
  async graphql(query: string): Promise<unknown> {
    return (await this.#send('POST', this.#graphql, { query })).body
  }

  /** All entries of a list, page by page. */
  async *list(path: string): AsyncGenerator<unknown> {
    let url: URL | undefined = new URL(path, this.#base)
    for (let page = 0; url !== undefined && page < MAX_PAGES; page++) {
      const { body, headers }: Answer = await this.#send('GET', url)
      if (Array.isArray(body)) yield* body
      url = this.#next(String(headers['link'] ?? ''))
    }
  }

  /** The next page of the Link header (RFC 8288), on the API's own server: the token goes to no other. */
  #next(link: string): URL | undefined {
    const address = link
      .split(',')
      .map((part) => /^\s*<([^>]+)>(.*)$/.exec(part))
      .find((match) => /;\s*rel="?next"?/.test(match?.[2] ?? ''))?.[1]
    const url = address === undefined ? null : URL.parse(address, this.#base.href)
    return url?.origin === this.#base.origin ? url : undefined
  }

  async #send(method: string, url: URL, body?: object): Promise<Answer> {
    for (let tried = 1; ; tried++) {
      const answer = await this.#once(method, url, body)
      if (answer.status >= 200 && answer.status < 300) return answer
      const said = messageOf(answer)
      const limited = isLimit(answer, said)
      const wait = limited ? waitOf(answer) : transient(method, answer) ? 1 : undefined
      if (wait === undefined || tried === TRIES || wait > this.#patience)
        throw new RefusedRequest(answer.status, said, limited)
      this.#patience -= wait
      await sleep(wait * 1000)
    }
  }

  async #once(method: string, url: URL, body?: object): Promise<Answer> {
    const headers = {
      authorization: `Bearer ${this.#token}`,
      accept: 'application/vnd.github+json',
      'x-github-api-version': '2022-11-28',
      ...(body ? { 'content-type': 'application/json' } : {}),
    }
    const { message } = body
      ? await this.#client.request(method, url.href, JSON.stringify(body), headers)
      : await this.#client.get(url.href, headers)
    // unlike the client's own reading, this one ends where the connection is cut
    return { status: message.statusCode ?? 0, headers: message.headers, body: parsed(await text(message)) }
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

/** GitHub's own words; with 422 the errors that it lists. */
function messageOf({ status, body }: Answer): string {
  const { message, errors } = (body ?? {}) as { message?: unknown; errors?: unknown }
  const listed = (Array.isArray(errors) ? errors : [])
    .map((error: unknown) => (typeof error === 'string' ? error : (error as { message?: unknown } | null)?.message))
    .filter((line) => typeof line === 'string')
  const said = [typeof message === 'string' ? message : '', ...listed].filter(Boolean).join(': ')
  return said || `status ${status}`
}

/** 403 is also what a token without the right gets: only headers and message tell a limit from it. */
function isLimit({ status, headers }: Answer, said: string): boolean {
  if (status !== 403 && status !== 429) return false
  return (
    status === 429 ||
    headers['retry-after'] !== undefined ||
    headers['x-ratelimit-remaining'] === '0' ||
    /rate limit/i.test(said)
  )
}

/** Seconds to wait for a limit; where GitHub does not say, its documentation asks for a minute. */
function waitOf({ headers }: Answer): number {
  const after = Number(headers['retry-after'] ?? Number.NaN)
  if (Number.isFinite(after)) return Math.max(1, after)
  const reset = Number(headers['x-ratelimit-reset'] ?? Number.NaN)
  if (headers['x-ratelimit-remaining'] !== '0' || !Number.isFinite(reset)) return 60
  // by the server's clock, where it tells it
  const now = Date.parse(String(headers['date'] ?? '')) || Date.now()
  return Math.max(1, Math.ceil(reset - now / 1000))
}

/** What is worth another try; a POST that failed halfway may have been done, and would be done twice. */
function transient(method: string, { status }: Answer): boolean {
  return method !== 'POST' && (status === 502 || status === 503 || status === 504)
}
