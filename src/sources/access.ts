/** Where remote profiles are fetched, and with what. */
export interface FetchAccess {
  readonly signal: AbortSignal
  /** What git and this machine's proxies need. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Nothing is fetched: only what is pinned and in the cache can be had. */
  readonly offline: boolean
  /** The folder that keeps what is pinned. */
  readonly cache: string
  /** Sent to `host` only, and never shown. */
  readonly token: { readonly host: string; readonly value: string } | undefined
  readonly onProgress: (text: string) => void
}

/** The token for an address, when it is the token's own server, over a connection that nobody reads along. */
export function tokenFor(url: string, { token }: Pick<FetchAccess, 'token'>): string | undefined {
  const parsed = URL.parse(url)
  if (token === undefined || parsed === null || parsed.host !== token.host) return undefined
  const secret = parsed.protocol === 'https:' || /^(127\.|localhost$|\[::1\]$)/.test(parsed.hostname)
  return secret ? token.value : undefined
}
