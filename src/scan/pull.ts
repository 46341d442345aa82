import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node'
import { TARGET } from '../plan/names.ts'

export type Refusal = 'ErrImagePull' | 'ImagePullBackOff'

/** Why an image cannot be pulled, and what helps. */
interface PullFailure {
  readonly why: string
  readonly hint: string
  /** The registry refused a pod that has pull secrets, or may have: the reason of the container's status. */
  readonly refused?: Refusal
}

/** What runtimes and registries say; `hopeless` is what another try will not fix. */
interface PullCause {
  readonly when: RegExp
  readonly hopeless: boolean
  /** `secrets`: the names of the pod's pull secrets, if it has any. */
  readonly hint: (input: string, secrets: string) => string
}

const CREDENTIALS: PullCause = {
  when: /unauthorized|authentication|denied|forbidden|\b40[13]\b|no basic auth/i,
  hopeless: true,
  hint: (input, secrets) =>
    secrets === ''
      ? `the registry requires credentials: name a pull secret of the namespace in \`image-pull-secrets\`, and check the spelling of \`${input}\``
      : `the registry refuses what the pull secrets of the pod hold (${secrets}): check that they are in the namespace, their credentials, and the spelling of \`${input}\``,
}

const CAUSES: readonly PullCause[] = [
  {
    // Docker Hub speaks of "unauthenticated" pulls here
    when: /too ?many ?requests|rate limit|\b429\b/i,
    hopeless: false,
    hint: (input) =>
      `the registry limits how often the nodes may pull: name a pull secret in \`image-pull-secrets\`, or give \`${input}\` from a registry of your own`,
  },
  CREDENTIALS,
  {
    when: /no match for platform|no matching manifest|exec format/i,
    hopeless: true,
    hint: (input) =>
      `\`${input}\` has no variant for the nodes’ processor architecture; choose nodes with \`pod-patch\` (nodeSelector)`,
  },
  {
    when: /x509|\btls:|HTTP response to HTTPS/i,
    hopeless: true,
    hint: (input) =>
      `the nodes do not trust the registry of \`${input}\`: its CA must be known to their container runtime, or a plain-HTTP registry allowed there`,
  },
  {
    when: /not found|manifest unknown|does not exist|\b404\b|no such image/i,
    hopeless: true,
    hint: (input) => `check the spelling and tag of \`${input}\`; the nodes must be able to pull it`,
  },
  {
    when: /no such host|timeout|refused|i\/o|lookup|unreachable/i,
    hopeless: false,
    hint: (input) =>
      `the nodes cannot reach the registry of \`${input}\`: in an air-gapped cluster, name an image in a registry they reach`,
  },
]

/**
 * The image of a container that will not come. `warnings`, the pod's events, say why: the status forgets it at the second
 * try. A pull that failed is tried again, unless it was the `last`.
 */
export function pullFailure(
  { name, image, state }: V1ContainerStatus,
  pod: V1Pod,
  warnings: readonly string[],
  last: boolean,
): PullFailure | undefined {
  const reason = state?.waiting?.reason ?? ''
  const said = (state?.waiting?.message ?? '').trim()
  const event = warnings.findLast((warning) => /\bpull/i.test(warning) && !/back-?off/i.test(warning))
  const message = /^back-?off/i.test(said) && event ? event.replace(/^Failed: /, '') : said
  // names of images and addresses are anybody's words
  const words = message.replace(/"[^"]*"/g, '').replaceAll(image, '')
  const cause = CAUSES.find(({ when }) => when.test(words))
  const final = /ImagePullBackOff|ErrImageNeverPull|InvalidImageName|RegistryUnavailable|ImageInspectError/.test(reason)
  if (!final && !(reason === 'ErrImagePull' && (last || cause?.hopeless))) return undefined

  // an image volume of the target is pulled in the scanner's name
  const mounted = pod.spec?.volumes?.find((volume) => volume.image)?.image?.reference
  const ofTarget = name === TARGET || (mounted !== undefined && mounted !== image && message.includes(mounted))
  const input = ofTarget ? 'image' : 'scanner-image'
  const whose = ofTarget ? `target’s image ${mounted ?? image}` : `scanner’s image ${image}`
  const secrets = (pod.spec?.imagePullSecrets ?? []).map((secret) => secret.name).join(', ')
  const problem = {
    why: `the cluster cannot pull the ${whose} (${reason}${message ? `: ${message}` : ''})`,
    hint:
      cause?.hint(input, secrets) ??
      `check \`${input}\`, and that the nodes can pull it (\`image-pull-secrets\`, \`image-pull-policy\`)`,
  }
  const refused = secrets !== '' && !last && (cause === CREDENTIALS || /^back-?off/i.test(message))
  return refused && (reason === 'ErrImagePull' || reason === 'ImagePullBackOff')
    ? { ...problem, refused: reason }
    : problem
}
