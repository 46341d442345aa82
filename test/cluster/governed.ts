import { readFile, writeFile } from 'node:fs/promises'
import { KubeConfig } from '@kubernetes/client-node'
import type { TestEngine } from '../action/engines.ts'
import { type FaultyProxy, proxyTo } from '../faults/proxy.ts'

/** A cluster with a policy in front of its API server: what the proxy's weather says. */
export interface Governed {
  readonly engine: TestEngine
  readonly proxy: FaultyProxy
}

/**
 * A mutating webhook ends the API server of the test bed: its Go is too new for the library with which it notes a patch. So a
 * policy stands in front of it, and changes or refuses pods on their way.
 */
export async function governed(engine: TestEngine): Promise<Governed> {
  const limited = new KubeConfig()
  limited.loadFromFile(engine.inputs['kubeconfig']!)
  const { name, server, caFile } = limited.getCurrentCluster()!
  const proxy = await proxyTo(server, await readFile(caFile!))
  const through = new KubeConfig()
  through.loadFromClusterAndUser(
    { name, server: proxy.url, caData: Buffer.from(proxy.ca).toString('base64'), skipTLSVerify: false },
    limited.getCurrentUser()!,
  )
  const path = `${engine.inputs['kubeconfig']}.governed`
  await writeFile(path, through.exportConfig(), { mode: 0o600 })
  return { engine: { ...engine, inputs: { ...engine.inputs, kubeconfig: path } }, proxy }
}
