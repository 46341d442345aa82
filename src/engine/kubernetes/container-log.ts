/** What the kubelet writes in place of a log that it cannot read, or no longer: a message of the node, not of the container. */
const KUBELET =
  /^(?:failed to try resolving symlinks in path "|unable to retrieve container logs for \w+:\/\/|failed to (?:watch|open|create fsnotify watch|reopen) (?:log )?file\b.*\/var\/log\/(?:pods|containers)\/|rpc error: code = \w+ desc = )/

/** The log of a container as the container wrote it. Pure. */
export function withoutKubeletMessages(log: string): string {
  const lines = log.split('\n')
  const own = lines.filter((line) => !KUBELET.test(line))
  if (own.length === lines.length) return log
  return own.every((line) => line === '') ? '' : own.join('\n')
}
