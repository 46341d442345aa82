import type { V1Pod, V1ResourceRequirements } from '@kubernetes/client-node'
import { type AllowedMutation, parseAllowedMutation } from './allow-mutations.ts'
import { parseImage } from './image.ts'
import { licenceKey, licenceServer } from './licence.ts'
import { asksForPods, checkPodInputs } from './pods.ts'
import { refused, type ValueOf, value } from './read.ts'
import { INPUT_SPECS, type INPUTS, type InputName, type RawInputs } from './table.ts'

export type PodSecurity = (typeof INPUTS)['pod-security']['choices'][number]
export type FailOn = (typeof INPUTS)['fail-on']['choices'][number]

/** Validated inputs. Empty text means "not given"; paths are as the user wrote them. */
export interface Inputs {
  readonly images: readonly string[]
  readonly pods: readonly string[]
  readonly podSelector: string
  readonly container: string
  readonly scannerContainer: string
  readonly markerPath: string
  readonly resultsPath: string
  readonly profiles: readonly string[]
  readonly controls: readonly string[]
  readonly tags: readonly string[]
  readonly token: string
  readonly offline: boolean
  readonly inputsFiles: readonly string[]
  readonly waiverFile: string
  readonly thresholdFile: string
  readonly threshold: string
  readonly minControls: number | undefined
  readonly baseline: string
  readonly failOn: FailOn
  readonly engine: (typeof INPUTS)['engine']['choices'][number]
  /** Empty for `auto`. */
  readonly kubeconfig: string
  /** The input was given and is empty, as a secret that is not set is. */
  readonly kubeconfigEmpty: boolean
  readonly allowExecPlugins: boolean
  readonly context: string
  readonly namespace: string
  readonly createNamespace: boolean
  readonly targetMode: (typeof INPUTS)['target-mode']['choices'][number]
  readonly targetAccess: (typeof INPUTS)['target-access']['choices'][number]
  readonly targetCommand: readonly string[]
  readonly targetArgs: readonly string[]
  readonly targetEnv: readonly { readonly name: string; readonly value: string }[]
  readonly targetProcess: string
  readonly podSecurity: PodSecurity
  readonly runAsUser: number | undefined
  readonly containerContext: boolean
  readonly scannerImage: string
  readonly scannerResources: V1ResourceRequirements
  readonly imagePullPolicy: (typeof INPUTS)['image-pull-policy']['choices'][number]
  readonly imagePullSecrets: readonly string[]
  readonly serviceAccount: string
  readonly chefLicenseKey: string
  readonly chefLicenseServer: string
  readonly podPatch: Partial<V1Pod>
  readonly allowMutations: readonly AllowedMutation[]
  readonly timeoutSeconds: number
  readonly parallel: number
  readonly outputDir: string
  readonly formats: readonly (typeof INPUTS)['formats']['choices'][number][]
  readonly artifactName: string
  readonly retentionDays: number | undefined
  /** `auto`: where there is an artifact service. */
  readonly upload: boolean | 'auto'
  readonly comment: (typeof INPUTS)['comment']['choices'][number]
  readonly githubToken: string
  /** The matrix of this job as JSON. */
  readonly matrix: string
  readonly summary: boolean
  readonly dryRun: boolean
  readonly keep: boolean
}

/**
 * Text → validated inputs. The first value that is not allowed is refused. `given` names the inputs a command takes: where `image` is
 * not among them, it may be missing.
 * @throws ScanError (exit 2) naming the input, what it may be and, for a misspelt choice, the nearest one.
 */
export function parseInputs(raw: RawInputs, given?: readonly InputName[]): Inputs {
  const read = <N extends InputName>(name: N): ValueOf<N> => value(name, textOf(raw, name))
  const inputs: Inputs = {
    images: read('image').map((image) => parseImage(image, 'image')),
    pods: [...new Set(read('pod'))],
    podSelector: read('pod-selector'),
    container: read('container'),
    scannerContainer: read('scanner-container'),
    markerPath: read('marker-path'),
    resultsPath: read('results-path'),
    profiles: read('profile'),
    controls: read('controls'),
    tags: read('tags'),
    token: read('token'),
    offline: read('offline'),
    inputsFiles: read('inputs-file'),
    waiverFile: read('waiver-file'),
    thresholdFile: read('threshold-file'),
    threshold: read('threshold'),
    minControls: read('min-controls'),
    baseline: read('baseline'),
    failOn: read('fail-on'),
    engine: read('engine'),
    kubeconfig: read('kubeconfig') === 'auto' ? '' : read('kubeconfig'),
    kubeconfigEmpty: raw.kubeconfig?.trim() === '',
    allowExecPlugins: read('allow-exec-plugins'),
    context: read('context'),
    namespace: namespace(read('namespace')),
    createNamespace: read('create-namespace'),
    targetMode: read('target-mode'),
    targetAccess: read('target-access'),
    targetCommand: read('target-command'),
    targetArgs: read('target-args'),
    targetEnv: read('target-env').map(environmentVariable),
    targetProcess: read('target-process'),
    podSecurity: read('pod-security'),
    runAsUser: read('run-as-user'),
    containerContext: read('container-context'),
    scannerImage: parseImage(read('scanner-image'), 'scanner-image'),
    scannerResources: read('scanner-resources'),
    imagePullPolicy: read('image-pull-policy'),
    imagePullSecrets: read('image-pull-secrets'),
    serviceAccount: read('service-account'),
    chefLicenseKey: licenceKey(read('chef-license-key')),
    chefLicenseServer: licenceServer(read('chef-license-server')),
    podPatch: read('pod-patch'),
    allowMutations: read('allow-mutations').map(parseAllowedMutation),
    timeoutSeconds: read('timeout'),
    parallel: read('parallel'),
    outputDir: read('output-dir'),
    formats: read('formats'),
    artifactName: read('artifact-name'),
    retentionDays: read('retention-days'),
    upload: read('upload'),
    comment: read('comment'),
    githubToken: read('github-token'),
    matrix: read('matrix'),
    summary: read('summary'),
    dryRun: read('dry-run'),
    keep: read('keep'),
  }
  checkPodInputs(inputs)
  const imageMissing = inputs.images.length === 0 && !asksForPods(inputs)
  if (imageMissing && (given === undefined || given.includes('image'))) {
    throw refused(
      'image',
      'is missing',
      'name the image to scan, as the cluster would pull it: `image: ghcr.io/org/app:1.2`; or pods that run already with `pod` or `pod-selector`',
    )
  }
  return Object.freeze(consistent(inputs))
}

/** Refuses combinations that contradict each other or would silently do nothing. */
function consistent(inputs: Inputs): Inputs {
  if (inputs.threshold !== '' && inputs.thresholdFile !== '') {
    throw refused('threshold', 'and `threshold-file` are both given', 'keep one of the two')
  }
  if (inputs.targetMode === 'hold') {
    const running = {
      'target-command': inputs.targetCommand,
      'target-args': inputs.targetArgs,
      'target-env': inputs.targetEnv,
    }
    for (const [name, value] of Object.entries(running)) {
      if (value.length > 0) {
        throw refused(
          name,
          'is given, but `target-mode: hold` starts nothing of the image',
          'set `target-mode: run`, or leave it out',
        )
      }
    }
  }
  if (inputs.targetMode === 'run' && inputs.targetAccess === 'volume') {
    throw refused(
      'target-access',
      'is `volume`, where nothing of the image runs',
      'set `target-mode: hold`, or `target-access: sidecar`',
    )
  }
  if (inputs.podSecurity === 'restricted' && inputs.runAsUser === 0) {
    throw refused(
      'run-as-user',
      'is 0, which `pod-security: restricted` forbids',
      'use a user ID above 0, or `pod-security: baseline`',
    )
  }
  return inputs
}

function namespace(value: string): string {
  if (value === '' || /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(value)) return value
  throw refused('namespace', `is \`${value}\``, 'Kubernetes takes lower-case letters, digits and `-`, 63 at most')
}

function environmentVariable(line: string): { name: string; value: string } {
  const match = /^([A-Za-z_][A-Za-z0-9_.-]*)=(.*)$/.exec(line)
  if (match) return { name: match[1]!, value: match[2]! }
  throw refused('target-env', `has the line \`${line.slice(0, 20)}\``, 'write one NAME=value per line')
}

function textOf(raw: RawInputs, name: InputName): string {
  return raw[name]?.trim() || (INPUT_SPECS.get(name)?.default ?? '')
}
