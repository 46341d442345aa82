import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import { type AddressInfo, connect as connectTcp, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import type { V1Pod, V1Secret } from '@kubernetes/client-node'

/** A key and a certificate of its own for 127.0.0.1, in PEM. */
export function selfSigned(): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'))
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const subject = ['-subj', '/CN=faults', '-addext', 'subjectAltName=IP:127.0.0.1']
    const args = [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-keyout',
      key,
      '-out',
      cert,
      ...subject,
    ]
    execFileSync('openssl', args, { stdio: 'ignore' })
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Listens on a free port of the loopback and resolves to it. */
export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** A port of the loopback on which nobody listens. */
export async function closedPort(): Promise<number> {
  const server = createServer()
  const port = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** What a connection through the proxy meets. */
export interface Weather {
  /** Answers instead of the API server: a status, 0 to cut the connection without an answer, or -1 to keep it and say nothing. */
  readonly answer?: (request: string) => number | undefined
  /** What an admission policy would make of a pod that is created; an HTTP status refuses it. */
  readonly mutatePod?: (pod: V1Pod) => V1Pod | number
  /** The same of a Secret. */
  readonly mutateSecret?: (secret: V1Secret) => V1Secret
  /** Changes what the API server answers: the object of a request that is no exec and no log. */
  readonly mutateAnswer?: (object: object) => object
  /** Milliseconds before a request is passed on. */
  readonly delay?: number
  /** Cuts a connection that carries an exec after so many bytes from the server; asked for each of them. */
  readonly cutExecAfter?: () => number | undefined
  /** Keeps such a connection open, but lets nothing more through after so many bytes from the server. */
  readonly muteExecAfter?: () => number | undefined
}

/** A TLS proxy in front of an API server, with weather of its own. */
export interface FaultyProxy extends AsyncDisposable {
  readonly url: string
  readonly ca: string
  weather: Weather
  /** Connections that were muted. */
  muted: number
  /** Cuts what is connected now. */
  cut(): void
  /** Requests that came through, newest last. */
  readonly requests: string[]
}

export async function proxyTo(apiServer: string, ca: Buffer): Promise<FaultyProxy> {
  const { hostname, port } = new URL(apiServer)
  const { key, cert } = selfSigned()
  const sockets = new Set<Socket>()
  const proxy = { weather: {} as Weather, requests: [] as string[], muted: 0 }

  const server = createServer({ key, cert }, () => {})
  // each connection is taken as bytes, so that upgrades to WebSocket pass as they are
  server.removeAllListeners('secureConnection')
  server.on('secureConnection', (client) => {
    sockets.add(client)
    client.on('close', () => sockets.delete(client))
    client.on('error', () => client.destroy())
    client.once('data', async (head: Buffer) => {
      client.pause()
      const request = head.toString('latin1', 0, head.indexOf('\r\n'))
      proxy.requests.push(request)
      const status = proxy.weather.answer?.(request)
      if (status === 0) return client.destroy()
      if (status === -1) return client.resume()
      if (status !== undefined) return client.end(refusal(status))
      if (proxy.weather.delay) await new Promise((resolve) => setTimeout(resolve, proxy.weather.delay))
      const upstream = connectTls({ socket: connectTcp(Number(port), hostname), host: hostname, ca, servername: '' })
      upstream.on('error', () => client.destroy())
      let muted = false
      client.on('close', () => upstream.destroy())
      const cutAfter = request.includes('/exec') ? proxy.weather.cutExecAfter?.() : undefined
      const muteAfter = request.includes('/exec') ? proxy.weather.muteExecAfter?.() : undefined
      let seen = 0
      let upgraded = false
      const { mutateAnswer } = proxy.weather
      const rewritten = mutateAnswer !== undefined && !/\/(exec|log)[? ]/.test(request)
      if (rewritten) {
        const chunks: Buffer[] = []
        upstream.on('data', (chunk: Buffer) => chunks.push(chunk))
        upstream.on('end', () => client.end(mutatedAnswer(Buffer.concat(chunks), mutateAnswer)))
      }
      upstream.on('close', () => {
        if (!muted && !rewritten) client.destroy()
      })
      upstream.on('data', (chunk: Buffer) => {
        if (seen === 0) upgraded = chunk.toString('latin1', 0, 12) === 'HTTP/1.1 101'
        seen += chunk.length
        if (!muted && upgraded && muteAfter !== undefined && seen > muteAfter) {
          muted = true
          proxy.muted++
        }
        if (!muted && !rewritten) client.write(chunk)
        if (cutAfter !== undefined && seen > cutAfter) client.destroy()
      })
      const created = /^POST \/api\/v1\/namespaces\/[^/]+\/(pods|secrets)[? ]/.exec(request)?.[1]
      const { mutatePod, mutateSecret } = proxy.weather
      const mutate = created === 'pods' ? mutatePod : created === 'secrets' ? mutateSecret : undefined
      if (mutate) {
        const whole = mutated(await wholeRequest(client, head), mutate)
        if (typeof whole === 'number') return client.end(refusal(whole))
        upstream.write(whole)
        return client.resume()
      }
      upstream.write(single(head.toString('latin1')), 'latin1')
      client.on('data', (chunk) => upstream.write(chunk))
      client.resume()
    })
  })
  return Object.assign(proxy, {
    url: `https://127.0.0.1:${await listen(server)}`,
    ca: cert,
    cut() {
      for (const socket of sockets) socket.destroy()
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}

function refusal(status: number): string {
  const body = JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    message: `answer ${status}`,
    code: status,
  })
  return `HTTP/1.1 ${status} X\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`
}

/** A request with a body of the length it declares, read to its end. */
async function wholeRequest(client: Socket, head: Buffer): Promise<Buffer> {
  const chunks = [head]
  const length = () => chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  const end = () => Buffer.concat(chunks).indexOf('\r\n\r\n') + 4
  const declared = Number(/content-length: (\d+)/i.exec(head.toString('latin1'))?.[1] ?? 0)
  while (length() < end() + declared) {
    client.resume()
    chunks.push(await new Promise<Buffer>((resolve) => client.once('data', resolve)))
    client.pause()
  }
  return Buffer.concat(chunks)
}

/** One request a connection, so that the weather is asked for each; and answers that can be read. */
const single = (head: string) =>
  head
    .replace(/connection: keep-alive/i, 'Connection: close')
    .replace(/accept-encoding: [^\r]*/i, 'Accept-Encoding: identity')

function mutated(request: Buffer, mutate: (object: never) => object | number): Buffer | number {
  const end = request.indexOf('\r\n\r\n')
  const made = mutate(JSON.parse(request.toString('utf8', end + 4)) as never)
  if (typeof made === 'number') return made
  const body = Buffer.from(JSON.stringify(made))
  const head = single(request.toString('latin1', 0, end)).replace(
    /content-length: \d+/i,
    `Content-Length: ${body.length}`,
  )
  return Buffer.concat([Buffer.from(`${head}\r\n\r\n`, 'latin1'), body])
}

/** A whole answer with its object changed; one without an object as it is. */
function mutatedAnswer(answer: Buffer, mutate: (object: object) => object): Buffer {
  const end = answer.indexOf('\r\n\r\n')
  const head = answer.toString('latin1', 0, end)
  if (end < 0 || !/content-type: application\/json/i.test(head)) return answer
  const body = /transfer-encoding: chunked/i.test(head) ? dechunked(answer.subarray(end + 4)) : answer.subarray(end + 4)
  const changed = Buffer.from(JSON.stringify(mutate(JSON.parse(body.toString('utf8')) as object)))
  const plain = head.replace(/\r\n(transfer-encoding|content-length): [^\r]*/gi, '')
  return Buffer.concat([Buffer.from(`${plain}\r\nContent-Length: ${changed.length}\r\n\r\n`, 'latin1'), changed])
}

function dechunked(body: Buffer): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; ; ) {
    const line = body.indexOf('\r\n', at)
    const size = Number.parseInt(body.toString('latin1', at, line), 16)
    if (!(size > 0)) return Buffer.concat(parts)
    parts.push(body.subarray(line + 2, line + 2 + size))
    at = line + 2 + size + 2
  }
}
