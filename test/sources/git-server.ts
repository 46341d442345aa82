import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A real git server on loopback: git's own http-backend behind a small HTTP server. */
export interface GitServer extends AsyncDisposable {
  readonly url: string
  /** What was asked for, as `METHOD PATH`. */
  readonly requests: string[]
  /** Makes a repository, or a further commit of it; resolves to the commit. */
  commit(name: string, files: Readonly<Record<string, string>>, options?: CommitOptions): Promise<string>
}

interface CommitOptions {
  readonly branch?: string
  readonly tag?: string
  /** Path → what the link says. */
  readonly links?: Readonly<Record<string, string>>
}

/** `token`: the password that repositories below /private/ ask for. */
export async function startGitServer(token = ''): Promise<GitServer> {
  const root = await mkdtemp(join(tmpdir(), 'git-server-'))
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    if (request.url!.startsWith('/private/') && !authorized(request, token)) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
      return
    }
    backend(root, request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    commit: (name, files, options) => commit(root, name, files, options),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await rm(root, { recursive: true, force: true })
    },
  }
}

function authorized({ headers }: IncomingMessage, token: string): boolean {
  const [, basic = ''] = /^Basic (.*)$/.exec(headers.authorization ?? '') ?? []
  return Buffer.from(basic, 'base64').toString().split(':')[1] === token
}

/** CGI, as RFC 3875 has it. */
function backend(root: string, request: IncomingMessage, response: ServerResponse): void {
  const [path, query = ''] = request.url!.split('?')
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: path,
      QUERY_STRING: query,
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: String(request.headers['content-encoding'] ?? ''),
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  request.pipe(child.stdin)
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.on('close', () => {
    const output = Buffer.concat(chunks)
    const end = output.indexOf('\r\n\r\n')
    const headers = output.toString('latin1', 0, Math.max(end, 0)).split('\r\n')
    let status = 200
    for (const line of headers) {
      const [name, value] = [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]
      if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10)
      else if (name !== '') response.setHeader(name, value)
    }
    response.writeHead(status).end(output.subarray(end + 4))
  })
}

async function commit(
  root: string,
  name: string,
  files: Readonly<Record<string, string>>,
  { branch = 'main', tag, links = {} }: CommitOptions = {},
): Promise<string> {
  const bare = join(root, name)
  const work = await mkdtemp(join(tmpdir(), 'git-work-'))
  const git = (...args: string[]) => run(work, args)
  try {
    await run(root, ['init', '--quiet', '--bare', '--initial-branch=main', bare])
    await git('init', '--quiet', `--initial-branch=${branch}`)
    await git('fetch', '--quiet', bare, `+refs/heads/*:refs/remotes/origin/*`)
    await git('reset', '--quiet', '--soft', `refs/remotes/origin/${branch}`).catch(() => undefined)
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(work, path)), { recursive: true })
      await writeFile(join(work, path), text)
    }
    await git('add', '--all')
    for (const [path, to] of Object.entries(links)) {
      await writeFile(join(work, '.git', 'link'), to)
      const object = (await git('hash-object', '-w', '.git/link')).trim()
      await git('update-index', '--add', '--cacheinfo', `120000,${object},${path}`)
    }
    await git('commit', '--quiet', '--allow-empty', '--message', 'A change')
    if (tag !== undefined) await git('tag', '--annotate', '--message', tag, tag)
    await git('push', '--quiet', '--tags', bare, `HEAD:refs/heads/${branch}`)
    return (await git('rev-parse', 'HEAD')).trim()
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function run(cwd: string, args: readonly string[]): Promise<string> {
  const identity = ['user.name=Test', 'user.email=test@example.org', 'init.defaultBranch=main'].flatMap((one) => [
    '-c',
    one,
  ])
  const child = spawn('git', [...identity, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  let [out, error] = ['', '']
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  child.stderr.on('data', (chunk) => {
    error += chunk
  })
  const code = await new Promise((resolve) => child.on('close', resolve))
  if (code !== 0) throw new Error(`git ${args.join(' ')}: ${error}`)
  return out
}
