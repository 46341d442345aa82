import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer, request } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { installPackages, run } from '../bed/shell.ts'

/** Debian's docker-registry on the loopback, for a user with a password. */
export interface Registry extends AsyncDisposable {
  /** `127.0.0.1:PORT` */
  readonly host: string
  readonly user: string
  readonly password: string
  /** Puts a docker archive of one layer there as NAME:1; by an index, when a processor is named. */
  push(name: string, archive: string, architecture?: string): Promise<PushedDigests>
  /** Another address of it, whose first answer about an image comes after so many milliseconds. */
  slow(delay: number): Promise<SlowRegistry>
}

/** The digests of an image that was pushed. */
interface PushedDigests {
  readonly manifest: string
  /** Of the index; empty without one. */
  readonly index: string
}

interface SlowRegistry extends AsyncDisposable {
  readonly host: string
}

export async function startRegistry(): Promise<Registry> {
  await installPackages(['docker-registry', 'apache2-utils'])
  const folder = await mkdtemp(join(tmpdir(), 'registry-'))
  const port = await freePort()
  const [user, password] = ['scanner', randomBytes(12).toString('hex')]
  await run('htpasswd', ['-Bbc', join(folder, 'htpasswd'), user, password])
  const config = {
    version: '0.1',
    log: { level: 'error' },
    storage: { filesystem: { rootdirectory: join(folder, 'data') } },
    http: { addr: `127.0.0.1:${port}` },
    auth: { htpasswd: { realm: 'faults', path: join(folder, 'htpasswd') } },
  }
  await writeFile(join(folder, 'config.yml'), JSON.stringify(config))
  const child = spawn('docker-registry', ['serve', join(folder, 'config.yml')], { stdio: 'ignore' })
  const host = `127.0.0.1:${port}`
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  const call = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const url = path.startsWith('http') ? path : `http://${host}/v2/${path}`
    return await fetch(url, { ...init, headers: { authorization, ...init.headers } })
  }
  while (!(await call('').catch(() => undefined))?.ok) await new Promise((resolve) => setTimeout(resolve, 100))

  const putBlob = async (name: string, bytes: Buffer): Promise<string> => {
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
    const location = (await call(`${name}/blobs/uploads/`, { method: 'POST' })).headers.get('location')!
    const url = new URL(location, `http://${host}`)
    url.searchParams.set('digest', digest)
    const headers = { 'content-type': 'application/octet-stream' }
    const { status } = await call(url.href, { method: 'PUT', body: new Uint8Array(bytes), headers })
    if (status !== 201) throw new Error(`the registry answers ${status} to a blob`)
    return digest
  }
  const putManifest = async (name: string, reference: string, mediaType: string, body: string): Promise<void> => {
    const headers = { 'content-type': mediaType }
    const { status } = await call(`${name}/manifests/${reference}`, { method: 'PUT', body, headers })
    if (status !== 201) throw new Error(`the registry answers ${status} to a manifest`)
  }
  return {
    host,
    user,
    password,
    async push(name, archive, architecture) {
      const unpacked = join(folder, 'image')
      await run('mkdir', ['-p', unpacked])
      await run('tar', ['-C', unpacked, '-xf', archive])
      const [{ Config, Layers }] = JSON.parse(await readFile(join(unpacked, 'manifest.json'), 'utf8'))
      const parts = await Promise.all(
        [Config, Layers[0]].map(async (file: string) => {
          const bytes = await readFile(join(unpacked, file))
          return { digest: await putBlob(name, bytes), size: bytes.length }
        }),
      )
      const types = ['container.image.v1+json', 'image.rootfs.diff.tar']
      const [config, layer] = parts.map((part, at) => ({ mediaType: `application/vnd.docker.${types[at]}`, ...part }))
      const mediaType = 'application/vnd.docker.distribution.manifest.v2+json'
      const manifest = JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [layer] })
      const digest = digestOf(manifest)
      await putManifest(name, architecture === undefined ? '1' : digest, mediaType, manifest)
      if (architecture === undefined) return { manifest: digest, index: '' }
      const platform = { os: 'linux', architecture }
      const listType = 'application/vnd.docker.distribution.manifest.list.v2+json'
      const manifests = [{ mediaType, digest, size: manifest.length, platform }]
      const index = JSON.stringify({ schemaVersion: 2, mediaType: listType, manifests })
      await putManifest(name, '1', listType, index)
      return { manifest: digest, index: digestOf(index) }
    },
    slow: async (delay) => await delayed(host, delay),
    async [Symbol.asyncDispose]() {
      child.kill()
      await new Promise((resolve) => child.once('close', resolve))
      await rm(folder, { recursive: true })
    },
  }
}

const digestOf = (content: string) => `sha256:${createHash('sha256').update(content).digest('hex')}`

async function delayed(host: string, delay: number): Promise<SlowRegistry> {
  // layers that a node has it does not ask for: what it asks for in any case comes late
  let pause: Promise<void> | undefined
  const server = createHttpServer(async (incoming, answer) => {
    if (incoming.url?.includes('/manifests/')) {
      pause ??= sleep(delay)
      await pause
    }
    const headers = { ...incoming.headers, host }
    const onward = request(`http://${host}${incoming.url}`, { method: incoming.method, headers }, (reply) => {
      answer.writeHead(reply.statusCode ?? 502, reply.headers)
      reply.pipe(answer)
    })
    incoming.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
