import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** An artifact as the service keeps it. */
interface Artifact {
  readonly id: number
  readonly expiresAt: string | undefined
  /** Undefined until finalized: size and digest were right. */
  zip: Buffer | undefined
}

/** What the service is to do instead of its work: `method` names the step it refuses. */
export interface Refusal {
  readonly method: 'CreateArtifact' | 'PutBlock' | 'FinalizeArtifact'
  readonly status: number
  readonly message: string
}

/**
 * GitHub's results service as far as uploading an artifact (v4) needs it, on loopback: CreateArtifact, the blob's blocks
 * and their list, FinalizeArtifact. Messages: the Twirp service `github.actions.results.api.v1.ArtifactService`, as
 * @actions/artifact speaks it; blobs: "Put Block" and "Put Block List" of Azure's Blob service.
 */
export interface ResultsService extends AsyncDisposable {
  /** What the runner puts into the environment of a step. */
  readonly env: Readonly<Record<'ACTIONS_RESULTS_URL' | 'ACTIONS_RUNTIME_TOKEN', string>>
  readonly artifacts: ReadonlyMap<string, Artifact>
  /** Names of the calls as they came. */
  readonly calls: readonly string[]
  /** From now on this step is refused. */
  refuse(refusal: Refusal): void
}

const RUN = 'ce7f54c7-61c7-4aae-887f-30da475f5f1a'
const JOB = 'ca395085-040a-526b-2ce8-bdc85f692774'

export async function startResultsService(): Promise<ResultsService> {
  const artifacts = new Map<string, Artifact>()
  const blobs = new Map<string, { blocks: Map<string, Buffer>; content: Buffer }>()
  const calls: string[] = []
  let refusal: Refusal | undefined

  const twirp = (method: string, request: Record<string, string>): [status: number, body: object] => {
    const name = String(request['name'])
    const artifact = artifacts.get(name)
    if (request['workflow_run_backend_id'] !== RUN || request['workflow_job_run_backend_id'] !== JOB)
      return [403, { code: 'permission_denied', msg: 'the token is of another job' }]
    if (method === 'CreateArtifact') {
      if (artifact)
        return [409, { code: 'already_exists', msg: 'an artifact with this name already exists on the workflow run' }]
      artifacts.set(name, { id: artifacts.size + 101, expiresAt: request['expires_at'], zip: undefined })
      blobs.set(name, { blocks: new Map(), content: Buffer.alloc(0) })
      return [200, { ok: true, signed_upload_url: `${url}/blob/${encodeURIComponent(name)}?sig=not-a-secret` }]
    }
    if (method !== 'FinalizeArtifact') return [404, { code: 'bad_route', msg: method }]
    const content = blobs.get(name)?.content
    if (!artifact || !content) return [404, { code: 'not_found', msg: `there is no artifact ${name}` }]
    const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`
    if (request['hash'] !== digest || request['size'] !== String(content.length))
      return [400, { code: 'invalid_argument', msg: `size or hash differ from the ${content.length} bytes, ${digest}` }]
    artifact.zip = content
    return [200, { ok: true, artifact_id: String(artifact.id) }]
  }

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url!, url)
    const body = await buffer(request)
    const [, area, name = '', method = ''] = pathname.split('/')
    const call = area === 'twirp' ? method : searchParams.get('comp') === 'blocklist' ? 'PutBlockList' : 'PutBlock'
    calls.push(call)
    if (refusal?.method === call) {
      response.writeHead(refusal.status, {
        'content-type': 'application/json',
        'x-ms-error-code': 'AuthenticationFailed',
      })
      response.end(JSON.stringify({ code: 'refused', msg: refusal.message }))
      return
    }
    if (area === 'twirp') {
      const [status, message] = twirp(method, JSON.parse(body.toString('utf8')))
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(message))
      return
    }
    const blob = blobs.get(decodeURIComponent(name))
    if (!blob || request.method !== 'PUT') {
      response.writeHead(404).end()
      return
    }
    if (call === 'PutBlock') blob.blocks.set(searchParams.get('blockid')!, body)
    else {
      const ids = [...body.toString('utf8').matchAll(/<Latest>([^<]+)<\/Latest>/g)].map(([, id]) => id!)
      blob.content = Buffer.concat(ids.map((id) => blob.blocks.get(id)!))
    }
    response.writeHead(201, { 'x-ms-request-server-encrypted': 'true', etag: '"1"' }).end()
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)))
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    env: { ACTIONS_RESULTS_URL: `${url}/`, ACTIONS_RUNTIME_TOKEN: runtimeToken() },
    artifacts,
    calls,
    refuse(next) {
      refusal = next
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => void server.close(resolve))
    },
  }
}

/** A JSON Web Token, unsigned, with the scope that tells the client which run and job it is of. */
function runtimeToken(): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return [part({ alg: 'none' }), part({ scp: `Actions.Results:${RUN}:${JOB}` }), 'signature'].join('.')
}
