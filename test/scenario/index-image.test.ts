import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node'
import { kubeconfig, kubernetesEngine, podmanEngine } from '../action/engines.ts'
import { packImage } from '../bed/archive.ts'
import { run } from '../bed/shell.ts'
import { type Registry, startRegistry } from '../faults/registry.ts'
import { profile } from '../faults/run.ts'
import { LIMIT, scan } from './scan.ts'

/** An image with an index, as one for several processors has: its index and its manifest have digests of their own. */
const podman = podmanEngine()
const cluster = kubernetesEngine('index-image')
const inputs = { profile: profile('steady'), threshold: 'none' }
let registry: Registry
let folder: string
let name: string
let digests: string[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'index-'))
  const root = join(folder, 'root')
  await mkdir(join(root, 'etc'), { recursive: true })
  // of this run only, so that no store knows its content by another name
  await writeFile(join(root, 'etc/unique'), randomBytes(16))
  const archive = join(folder, 'image.tar')
  await packImage('localhost/index:1', root, archive, { Entrypoint: ['/server'] })
  registry = await startRegistry()
  name = `${registry.host}/index`
  const { manifest, index } = await registry.push('index', archive, process.arch === 'arm64' ? 'arm64' : 'amd64')
  digests = [manifest, index]
  await cluster.prepare()
  const auth = Buffer.from(`${registry.user}:${registry.password}`).toString('base64')
  const stringData = { '.dockerconfigjson': JSON.stringify({ auths: { [registry.host]: { auth } } }) }
  const admin = new KubeConfig()
  admin.loadFromFile(kubeconfig)
  await admin.makeApiClient(CoreV1Api).createNamespacedSecret({
    namespace: cluster.namespace,
    body: { metadata: { name: 'registry' }, type: 'kubernetes.io/dockerconfigjson', stringData },
  })
}, LIMIT)
afterAll(async () => {
  await registry[Symbol.asyncDispose]()
  await cluster.dispose()
  await rm(folder, { recursive: true })
})

test(
  'podman knows both digests of an image by its tag, mounted and beside the scanner',
  async () => {
    const credentials = `${registry.user}:${registry.password}`
    await run('podman', ['pull', '--quiet', '--tls-verify=false', '--creds', credentials, `${name}:1`])
    try {
      for (const access of ['volume', 'sidecar']) {
        const { imageDigest, imageDigests } = await scan(podman, {
          ...inputs,
          image: `${name}:1`,
          'target-access': access,
        })
        expect([...imageDigests].sort()).toEqual([...digests].sort())
        expect(imageDigest).toBe(imageDigests[0])
      }
    } finally {
      await run('podman', ['rmi', '--force', `${name}:1`])
    }
  },
  LIMIT,
)

test(
  'a cluster knows one by the tag, and the one of the reference beside it',
  async () => {
    const on = (image: string) => scan(cluster, { ...inputs, image, 'image-pull-secrets': 'registry' })
    const byTag = await on(`${name}:1`)
    expect([byTag.imageDigest, byTag.imageDigests]).toEqual([digests[1], [digests[1]]])
    // the node then has the image by both, and its status says one of them
    const first = await on(`${name}@${digests[0]}`)
    const other = digests.find((digest) => digest !== first.imageDigest)
    const second = await on(`${name}@${other}`)
    expect([second.imageDigest, second.imageDigests]).toEqual([first.imageDigest, [first.imageDigest, other]])
  },
  LIMIT,
)
