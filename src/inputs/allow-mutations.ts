import { EXIT, ScanError } from '../errors.ts'

/** One line of `allow-mutations`: what an admission policy of the cluster may change in the scan pod. */
export type AllowedMutation =
  /** Images whose name begins with `from` may come from `to` instead; the rest of the name stays. */
  | { readonly kind: 'registry'; readonly from: string; readonly to: string; readonly line: string }
  /** An image may be pinned: the same name and tag, with a digest behind it. */
  | { readonly kind: 'image-digest'; readonly line: string }
  /** A field of the pod, with everything below it; `*` in brackets stands for every name. */
  | { readonly kind: 'field'; readonly path: string; readonly line: string }

const FIELD =
  /^(containers|volumes|ephemeralContainers|annotations|securityContext|serviceAccountName|shareProcessNamespace|automountServiceAccountToken|enableServiceLinks|restartPolicy|hostPID|hostIPC|hostNetwork)(\[[^\][]+\])?(\.[A-Za-z]+(\[[^\][]+\])?)*$/
const PREFIX = /^[a-z0-9][a-z0-9._:/-]*$/i

/** @throws ScanError (exit 2) for a line that is none of the three kinds. */
export function parseAllowedMutation(line: string): AllowedMutation {
  const [from, to, ...more] = line.split(/\s*=>\s*/)
  if (to !== undefined && more.length === 0 && PREFIX.test(from!) && PREFIX.test(to)) {
    return { kind: 'registry', from: from!.replace(/\/$/, ''), to: to.replace(/\/$/, ''), line }
  }
  if (line === 'image-digest') return { kind: 'image-digest', line }
  if (FIELD.test(line)) return { kind: 'field', path: line, line }
  throw new ScanError(`input \`allow-mutations\` has the line \`${line}\`, which names no change of the pod`, {
    exitCode: EXIT.usage,
    hint: 'write `docker.io => mirror.example/docker.io` for registries that are rewritten, `image-digest` for images that are pinned, or a field as the error names it, such as `containers[scanner].env[NAME]`',
  })
}
