import { refused } from './read.ts'

/** The inputs that name what is scanned. */
interface PodInputs {
  readonly images: readonly string[]
  readonly pods: readonly string[]
  readonly podSelector: string
  readonly container: string
  readonly scannerContainer: string
  readonly markerPath: string
  readonly resultsPath: string
  readonly engine: string
}

/** Most characters of a selector: Kubernetes would take more, and no one writes them. */
const MAX_SELECTOR = 1000
const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/
const CONTAINER = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
const REQUIREMENT =
  /^(?:!?[\w./-]+|[\w./-]+\s*(?:=|==|!=)\s*[\w.-]*|[\w./-]+\s+(?:in|notin)\s+\([\w., -]*\)|[\w./-]+\s*[<>]\s*\d+)$/

/** Whether the inputs ask for pods that run already. */
export function asksForPods({ pods, podSelector }: Pick<PodInputs, 'pods' | 'podSelector'>): boolean {
  return pods.length > 0 || podSelector !== ''
}

/**
 * Refuses what names no pod, container or file, and what contradicts itself.
 * @throws ScanError (exit 2) naming the input.
 */
export function checkPodInputs(inputs: PodInputs): void {
  for (const pod of inputs.pods) {
    if (!NAME.test(pod))
      throw refused(
        'pod',
        `is \`${pod}\``,
        'write the name of a pod, without `pod/`; a label selector goes into `pod-selector`',
      )
  }
  const { podSelector: selector } = inputs
  const parts = selector.split(/,(?![^(]*\))/).map((part) => part.trim())
  if (selector.length > MAX_SELECTOR || (selector !== '' && !parts.every((part) => REQUIREMENT.test(part))))
    throw refused(
      'pod-selector',
      `is \`${selector.slice(0, 100)}\``,
      'write a label selector such as `app=web,tier in (front, back)`',
    )
  for (const [name, value] of [
    ['container', inputs.container],
    ['scanner-container', inputs.scannerContainer],
  ] as const) {
    if (value !== '' && !CONTAINER.test(value))
      throw refused(name, `is \`${value}\``, 'a container’s name has lower-case letters, digits and `-`, 63 at most')
  }
  for (const [name, value] of [
    ['marker-path', inputs.markerPath],
    ['results-path', inputs.resultsPath],
  ] as const) {
    if (!/^\/[^\0\r\n]*[^\0\r\n/]$/.test(value))
      throw refused(name, `is \`${value}\``, 'write the path of a file in the scanner container, from `/` on')
  }
  if (!asksForPods(inputs)) return
  const both = inputs.images.length > 0 ? 'image' : inputs.pods.length > 0 && selector !== '' ? 'pod' : undefined
  if (both !== undefined)
    throw refused(
      both,
      `and \`${selector === '' ? 'pod' : 'pod-selector'}\` are both given`,
      'keep one of `image`, `pod` and `pod-selector`',
    )
  if (inputs.engine === 'podman')
    throw refused(
      'engine',
      'is `podman`, which has no pods that run already',
      'set `engine: kubernetes`, or scan an `image`',
    )
}
