import type { V1Container, V1Pod, V1PodSpec, V1Volume, V1VolumeMount } from '@kubernetes/client-node'
import { EXIT, ScanError } from '../errors.ts'
import type { AllowedMutation } from '../inputs/allow-mutations.ts'
import { WITNESS } from '../plan/names.ts'
import { canonicalImage } from './image-name.ts'
import { securityDifferences } from './mutated-security.ts'
import { brief, contains, type Difference, unplannedKeys } from './mutation.ts'

/** What the cluster made of the planned pod. */
interface Mutations {
  /** What is not as planned, and could change what the scan proves. */
  readonly differences: readonly Difference[]
  /** What was added and cannot: for the log. */
  readonly additions: readonly string[]
}

/** Environment variables that policies add everywhere and that neither Ruby, InSpec nor the shell reads. */
const HARMLESS_ENV =
  /^(https?_proxy|no_proxy|all_proxy|KUBERNETES_\w+|(NODE|POD|HOST)_(NAME|NAMESPACE|IP)|AWS_\w+|AZURE_\w+|DD_\w+|OTEL_\w+)$/i
/** Where tokens of service accounts are mounted; no image and no scanner has files of its own there. */
const HARMLESS_MOUNT = /^\/(var\/)?run\/secrets\/[^.]/
/** Fields of a container that do not decide what runs in it. */
const HARMLESS_FIELDS = ['resources', 'imagePullPolicy', 'ports', 'resizePolicy']
const COMPARED_FIELDS = [
  'name',
  'image',
  'env',
  'volumeMounts',
  'securityContext',
  'terminationMessagePath',
  'terminationMessagePolicy',
]
/** What the API server fills in within a volume or a mount. */
const VOLUME_DEFAULTS = ['defaultMode', 'pullPolicy', 'medium', 'sizeLimit', 'optional', 'type']
const MOUNT_DEFAULTS = ['mountPropagation', 'recursiveReadOnly', 'readOnly']
const POD_FIELDS = [
  'shareProcessNamespace',
  'automountServiceAccountToken',
  'enableServiceLinks',
  'restartPolicy',
  'hostPID',
  'hostIPC',
  'hostNetwork',
] as const satisfies (keyof V1PodSpec)[]

/** Compares a pod, as it was created or read later, with its plan. Pure; what is allowed is not asked here. */
export function findMutations(planned: V1Pod, created: V1Pod): Mutations {
  const differences: Difference[] = []
  const additions: string[] = []
  const [plan, spec] = [planned.spec!, created.spec ?? { containers: [] }]
  for (const field of POD_FIELDS) {
    if (!contains(plan[field] ?? false, spec[field] ?? false))
      differences.push({ path: field, said: `is ${brief(spec[field])} instead of ${brief(plan[field])}` })
  }
  if (plan.serviceAccountName && plan.serviceAccountName !== spec.serviceAccountName)
    differences.push({ path: 'serviceAccountName', said: `is ${brief(spec.serviceAccountName)}` })
  for (const [key, value] of Object.entries(created.metadata?.annotations ?? {})) {
    if (/apparmor|seccomp/.test(key) && /unconfined/i.test(value) && planned.metadata?.annotations?.[key] !== value)
      differences.push({ path: `annotations[${key}]`, said: `is ${brief(value)}` })
  }
  const volumes = new Map((spec.volumes ?? []).map((volume) => [volume.name, volume]))
  for (const volume of plan.volumes ?? []) differences.push(...volumeDifferences(volume, volumes.get(volume.name)))
  for (const container of plan.containers) {
    const found = spec.containers.find(({ name }) => name === container.name)
    if (!found) differences.push({ path: `containers[${container.name}]`, said: 'is missing' })
    else compareContainer(container, found, differences, additions)
  }
  differences.push(...securityDifferences(plan, spec))
  addedContainers(plan, spec, differences, additions)
  return { differences, additions }
}

function volumeDifferences(planned: V1Volume, created: V1Volume | undefined): Difference[] {
  const path = `volumes[${planned.name}]`
  if (!created) return [{ path, said: 'is missing' }]
  if (planned.image) {
    const reference = created.image?.reference ?? ''
    return imageDifference(`${path}.image.reference`, planned.image.reference!, reference)
  }
  const { name: _, ...source } = planned
  const type = Object.keys(source)[0] as keyof V1Volume
  const { sizeLimit: __, ...wanted } = (planned[type] ?? {}) as Record<string, unknown>
  const has = created[type] as Record<string, unknown> | undefined
  const same = has && Object.entries(wanted).every(([key, value]) => contains(value, has[key]))
  const extra = has ? unplannedKeys(wanted, has).filter((key) => !VOLUME_DEFAULTS.includes(key)) : []
  if (same && extra.length === 0 && unplannedKeys(planned, created).length === 0) return []
  return [{ path, said: 'has another source' }]
}

function imageDifference(path: string, planned: string, created: string): Difference[] {
  const image = { planned: canonicalImage(planned), created: canonicalImage(created) }
  if (image.planned === image.created) return []
  return [{ path, said: `is ${brief(created)} instead of ${brief(planned)}`, image }]
}

function compareContainer(
  planned: V1Container,
  created: V1Container,
  differences: Difference[],
  additions: string[],
): void {
  const path = `containers[${planned.name}]`
  const changed = (field: string, said = 'is not as planned') => differences.push({ path: `${path}.${field}`, said })
  // a witness of another image is not believed, and the scan does not depend on it
  if (planned.name !== WITNESS)
    differences.push(...imageDifference(`${path}.image`, planned.image!, created.image ?? ''))
  const fields = [...new Set([...Object.keys(planned), ...unplannedKeys(planned, created)])]
  for (const field of fields) {
    if (COMPARED_FIELDS.includes(field)) continue
    const [wanted, has]: [unknown, unknown] = [planned[field as keyof V1Container], created[field as keyof V1Container]]
    if (contains(wanted, has) && (wanted !== undefined || !has)) continue
    if (HARMLESS_FIELDS.includes(field)) additions.push(`${path}.${field}`)
    else changed(field)
  }
  const log = created.terminationMessagePath ?? '/dev/termination-log'
  if (log !== (planned.terminationMessagePath ?? '/dev/termination-log')) changed('terminationMessagePath')
  compareEnv(planned, created, path, differences, additions)
  compareMounts(planned.volumeMounts ?? [], created.volumeMounts ?? [], path, differences, additions)
}

function compareEnv(
  planned: V1Container,
  created: V1Container,
  path: string,
  differences: Difference[],
  additions: string[],
): void {
  const wanted = new Map((planned.env ?? []).map((one) => [one.name, one]))
  // of two variables of one name the last counts
  const has = new Map((created.env ?? []).map((one) => [one.name, one]))
  for (const [name, one] of wanted) {
    const other = has.get(name)
    const same =
      other && contains(one, other) && unplannedKeys(one, other).every((key) => key === 'value' && !other.value)
    if (!same) differences.push({ path: `${path}.env[${name}]`, said: other ? 'is changed' : 'is missing' })
  }
  for (const name of has.keys()) {
    if (wanted.has(name)) continue
    const at = `${path}.env[${name}]`
    // the program of an image at rest reads none, and the witness tells which ones were added
    if (planned.name !== 'scanner' || HARMLESS_ENV.test(name)) additions.push(at)
    else differences.push({ path: at, said: 'was added' })
  }
}

function compareMounts(
  planned: readonly V1VolumeMount[],
  created: readonly V1VolumeMount[],
  path: string,
  differences: Difference[],
  additions: string[],
): void {
  for (const mount of planned) {
    const at = `${path}.volumeMounts[${mount.mountPath}]`
    const has = created.find(({ mountPath }) => mountPath === mount.mountPath)
    if (!has) differences.push({ path: at, said: 'is missing' })
    else if (
      !contains(mount, has) ||
      unplannedKeys(mount, has).some((key) => !MOUNT_DEFAULTS.includes(key)) ||
      (has.readOnly ?? false) !== (mount.readOnly ?? false)
    )
      differences.push({ path: at, said: 'is not as planned' })
  }
  for (const { mountPath } of created) {
    if (planned.some((mount) => mount.mountPath === mountPath)) continue
    const at = `${path}.volumeMounts[${mountPath}]`
    if (HARMLESS_MOUNT.test(mountPath) && !mountPath.includes('..')) additions.push(at)
    else differences.push({ path: at, said: 'was added' })
  }
}

/** Containers beside ours are nobody's business, unless they can reach our volumes or were added to the running pod. */
function addedContainers(plan: V1PodSpec, spec: V1PodSpec, differences: Difference[], additions: string[]): void {
  const ours = new Set((plan.volumes ?? []).map(({ name }) => name))
  const known = new Set([...plan.containers, ...(plan.initContainers ?? [])].map(({ name }) => name))
  for (const [kind, list] of Object.entries({ container: spec.containers, initContainer: spec.initContainers ?? [] })) {
    for (const { name, volumeMounts } of list) {
      if (known.has(name)) continue
      const shared = (volumeMounts ?? []).find((mount) => ours.has(mount.name))
      if (shared)
        differences.push({
          path: `containers[${name}].volumeMounts[${shared.mountPath}]`,
          said: `reaches ${shared.name}`,
        })
      else additions.push(`${kind} ${name}`)
    }
  }
  for (const { name } of spec.ephemeralContainers ?? [])
    differences.push({ path: `ephemeralContainers[${name}]`, said: 'was added to the pod' })
}

/**
 * What is allowed of the differences, as sentences for the report.
 * @throws ScanError (exit 4) for a difference that is not: nothing is proven about what was to be scanned.
 */
export function assertPlanned({ differences }: Mutations, allowed: readonly AllowedMutation[]): string[] {
  const isAllowed = (one: Difference) => allowed.some((rule) => allows(rule, one))
  const wrong = differences.filter((one) => !isAllowed(one))
  if (wrong.length === 0) return differences.map(({ path, said }) => `${path} ${said}`)
  const shown = wrong.slice(0, 5).map(({ path, said }) => `${path} ${said}`)
  const more = wrong.length > shown.length ? `, and ${wrong.length - shown.length} more` : ''
  throw new ScanError(`the scan pod is not the one that was planned: ${shown.join(', ')}${more}`, {
    exitCode: EXIT.results,
    hint: `a policy of the cluster, or somebody in the namespace, changed the pod: exempt pods labelled app.kubernetes.io/name=sidecar-scan, or, if this is meant, name it in \`allow-mutations\` (\`${wrong[0]!.path}\`)`,
  })
}

function allows(rule: AllowedMutation, { path, image }: Difference): boolean {
  if (rule.kind === 'field') {
    const pattern = rule.path
      .split('*')
      .map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'))
      .join('[^\\]]*')
    return new RegExp(`^${pattern}(?:$|[.[])`).test(path)
  }
  if (!image) return false
  if (rule.kind === 'image-digest') {
    return (
      !image.planned.includes('@') &&
      /@sha256:[0-9a-f]{64}$/.test(image.created) &&
      image.created.slice(0, image.created.indexOf('@')) === image.planned
    )
  }
  return (
    image.planned.startsWith(`${rule.from}/`) && image.created === `${rule.to}${image.planned.slice(rule.from.length)}`
  )
}
