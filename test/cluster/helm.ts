import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { kubeconfig } from '../action/engines.ts'
import { helm, kubectl } from '../bed/gems.ts'

const run = promisify(execFile)
const options = { maxBuffer: 1 << 26 }

/** Helm on the cluster of the test bed; releases are kept in the namespace `default`. */
export async function helmOn(...args: string[]): Promise<string> {
  return (await run(await helm(), [...args, '--kubeconfig', kubeconfig, '--namespace', 'default'], options)).stdout
}

/** kubectl with the rights of an administrator. */
export async function kube(...args: string[]): Promise<string> {
  return (await run(await kubectl(), ['--kubeconfig', kubeconfig, ...args], options)).stdout
}

const KINDS = [
  'pods,configmaps,secrets,serviceaccounts,roles,rolebindings,networkpolicies,jobs,cronjobs',
  'namespaces,clusterroles,clusterrolebindings',
].join(',')

/** Kind and name of everything of these releases, wherever it is, and what Helm itself keeps of them. */
export async function ofReleases(...releases: string[]): Promise<string[]> {
  const among = `in (${releases.join(', ')})`
  const ours = await kube('get', KINDS, '-A', '-l', `app.kubernetes.io/instance ${among}`, '-o', 'name')
  const kept = await kube('get', 'secrets', '-n', 'default', '-l', `owner=helm,name ${among}`, '-o', 'name')
  return `${ours}\n${kept}`.split('\n').filter(Boolean).sort()
}
