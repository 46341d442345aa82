import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** A real file server on loopback whose every path answers in its own way. */
export interface FileServer extends AsyncDisposable {
  readonly url: string
  /** Path and authorization header of each request. */
  readonly requests: { path: string; authorization: string | undefined }[]
  serve(path: string, answer: Buffer | Answer): void
}

export async function startFileServer(): Promise<FileServer> {
  const answers = new Map<string, Buffer | Answer>()
  const requests: FileServer['requests'] = []
  const server = createServer((request, response) => {
    requests.push({ path: request.url!, authorization: request.headers.authorization })
    const answer = answers.get(request.url!)
    if (answer === undefined) response.writeHead(404).end('not here')
    else if (Buffer.isBuffer(answer)) response.writeHead(200, { 'content-length': answer.length }).end(answer)
    else answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    serve: (path, answer) => void answers.set(path, answer),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** An answer that leads somewhere else. */
export function redirect(to: string, status = 302): Answer {
  return (_, response) => void response.writeHead(status, { location: to }).end()
}
