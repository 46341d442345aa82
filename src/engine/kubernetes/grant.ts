/** What a run is about, as far as its rights depend on it. */
export interface Chosen {
  readonly pods: readonly string[]
  readonly podSelector: string
}

const shellWord = (text: string) => (/^[\w.,=/-]+$/.test(text) ? text : `'${text}'`)

/** What to do about a missing right: the command that prints the Role of what is to be done. */
export function grantHint({ pods, podSelector }: Chosen, namespace: string): string {
  const chosen =
    podSelector === '' ? pods.map((pod) => ` --pod ${pod}`).join('') : ` --pod-selector ${shellWord(podSelector)}`
  const where = chosen === '' ? '' : ` --namespace ${namespace}`
  return `grant what is missing: \`sidecar-scan render --rbac${chosen}${where}\` prints the minimal Role`
}
