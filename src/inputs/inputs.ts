import type { V1Pod, V1ResourceRequirements } from '@kubernetes/client-node'
import { load } from 'js-yaml'
import { EXIT, ScanError } from '../errors.ts'
import { isMapping } from '../mapping.ts'
import { parseImage } from './image.ts'
import { nearest } from './nearest.ts'
import { INPUT_SPECS, type INPUTS, type InputName, type RawInputs } from './table.ts'

export type PodSecurity = (typeof INPUTS)['pod-security']['choices'][number]
export type FailOn = (typeof INPUTS)['fail-on']['choices'][number]

/** Validated inputs. Empty text means "not given"; paths are as the user wrote them. */
export interface Inputs {
  readonly images: readonly string[]
  readonly profile: string
  readonly inputsFile: string
  readonly waiverFile: string
  readonly thresholdFile: string
  readonly threshold: string
  readonly minControls: number | undefined
  readonly baseline: string
  readonly failOn: FailOn
  readonly engine: (typeof INPUTS)['engine']['choices'][number]
  readonly kubeconfig: string
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
  readonly podPatch: Partial<V1Pod>
  readonly timeoutSeconds: number
  readonly parallel: number
  readonly outputDir: string
  readonly artifactName: string
  readonly retentionDays: number | undefined
  readonly upload: boolean
  readonly summary: boolean
  readonly dryRun: boolean
  readonly keep: boolean
}

/**
 * Text → validated inputs. The first value that cannot be meant as given is refused.
 * @throws ScanError (exit 2) naming the input, what it may be and, for a misspelt choice, the nearest one.
 */
export function parseInputs(raw: RawInputs): Inputs {
  const text = (name: InputName): string => raw[name]?.trim() || (INPUT_SPECS.get(name)?.default ?? '')
  const timeoutSeconds = integer(text('timeout'), 'timeout', 10, 86_400)
  const inputs: Inputs = {
    images: lines(text('image')).map((value) => parseImage(value, 'image')),
    profile: text('profile'),
    inputsFile: text('inputs-file'),
    waiverFile: text('waiver-file'),
    thresholdFile: text('threshold-file'),
    threshold: text('threshold'),
    minControls: optional(text('min-controls'), (value) => integer(value, 'min-controls', 0, 1e6)),
    baseline: text('baseline'),
    failOn: choice('fail-on', text('fail-on')),
    engine: choice('engine', text('engine')),
    kubeconfig: text('kubeconfig'),
    context: text('context'),
    namespace: optional(text('namespace'), (value) => dnsLabel(value, 'namespace')) ?? '',
    createNamespace: boolean(text('create-namespace'), 'create-namespace'),
    targetMode: choice('target-mode', text('target-mode')),
    targetAccess: choice('target-access', text('target-access')),
    targetCommand: words(text('target-command'), 'target-command'),
    targetArgs: words(text('target-args'), 'target-args'),
    targetEnv: lines(text('target-env')).map(environmentVariable),
    targetProcess: text('target-process'),
    podSecurity: choice('pod-security', text('pod-security')),
    runAsUser: optional(text('run-as-user'), (value) => integer(value, 'run-as-user', 0, 2 ** 31 - 1)),
    containerContext: boolean(text('container-context'), 'container-context'),
    scannerImage: parseImage(text('scanner-image'), 'scanner-image'),
    scannerResources: mapping(text('scanner-resources'), 'scanner-resources'),
    imagePullPolicy: choice('image-pull-policy', text('image-pull-policy')),
    imagePullSecrets: lines(text('image-pull-secrets')),
    serviceAccount: text('service-account'),
    podPatch: mapping(text('pod-patch'), 'pod-patch'),
    timeoutSeconds,
    parallel: integer(text('parallel'), 'parallel', 1, 32),
    outputDir: text('output-dir'),
    artifactName: text('artifact-name'),
    retentionDays: optional(text('retention-days'), (value) => integer(value, 'retention-days', 1, 400)),
    upload: boolean(text('upload'), 'upload'),
    summary: boolean(text('summary'), 'summary'),
    dryRun: boolean(text('dry-run'), 'dry-run'),
    keep: boolean(text('keep'), 'keep'),
  }
  return Object.freeze(consistent(inputs))
}

/** Refuses combinations that contradict each other or would silently do nothing. */
function consistent(inputs: Inputs): Inputs {
  if (inputs.images.length === 0) {
    throw refused(
      'image',
      'is missing',
      'name the image to scan, as the cluster would pull it: `image: ghcr.io/org/app:1.2`',
    )
  }
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

function refused(name: string, why: string, hint: string): ScanError {
  return new ScanError(`input \`${name}\` ${why}`, { exitCode: EXIT.usage, hint })
}

function optional<T>(text: string, parse: (text: string) => T): T | undefined {
  return text === '' ? undefined : parse(text)
}

function lines(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

/** A JSON list of strings, or one word a line: no shell quoting to guess at. */
function words(text: string, name: InputName): string[] {
  if (!text.startsWith('[')) return lines(text)
  const value = yaml(text, name)
  if (Array.isArray(value) && value.every((word) => typeof word === 'string')) return value
  throw refused(name, 'is not a list of strings', 'write `["nginx", "-g", "daemon off;"]`, or one word per line')
}

function choice<N extends keyof typeof INPUTS>(
  name: N,
  value: string,
): (typeof INPUTS)[N] extends { choices: readonly (infer C)[] } ? C : never {
  const choices = INPUT_SPECS.get(name)?.choices ?? []
  // the table is the type: a value among the choices is one of them
  if (choices.includes(value)) return value as ReturnType<typeof choice<N>>
  const meant = nearest(value, choices)
  throw refused(
    name,
    `is \`${value}\``,
    `${meant ? `did you mean \`${meant}\`? ` : ''}It may be ${choices.map((c) => `\`${c}\``).join(', ')}`,
  )
}

function boolean(value: string, name: InputName): boolean {
  if (/^(true|yes|on)$/i.test(value)) return true
  if (/^(false|no|off)$/i.test(value)) return false
  throw refused(name, `is \`${value}\``, 'it may be `true` or `false`')
}

function integer(value: string, name: InputName, min: number, max: number): number {
  const number = Number(value)
  if (/^\d+$/.test(value) && number >= min && number <= max) return number
  throw refused(name, `is \`${value}\``, `it is a whole number from ${min} to ${max}`)
}

function dnsLabel(value: string, name: InputName): string {
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(value)) return value
  throw refused(name, `is \`${value}\``, 'Kubernetes takes lower-case letters, digits and `-`, 63 at most')
}

function environmentVariable(line: string): { name: string; value: string } {
  const match = /^([A-Za-z_][A-Za-z0-9_.-]*)=(.*)$/.exec(line)
  if (match) return { name: match[1]!, value: match[2]! }
  throw refused('target-env', `has the line \`${line.slice(0, 20)}\``, 'write one NAME=value per line')
}

function mapping<T extends object>(text: string, name: InputName): T {
  if (text === '') return {} as T
  const value = yaml(text, name)
  if (isMapping(value)) return value as T
  throw refused(name, 'is not a mapping', 'write YAML or JSON with keys, as in a Pod')
}

function yaml(text: string, name: InputName): unknown {
  try {
    return load(text)
  } catch (cause) {
    const line = (cause as { mark?: { line?: number } }).mark?.line
    const place = line === undefined ? '' : ` at line ${line + 1}`
    throw new ScanError(
      `input \`${name}\` is not valid YAML${place}: ${(cause as { reason?: string }).reason ?? 'unreadable'}`,
      {
        exitCode: EXIT.usage,
        hint: 'mend that line; JSON is YAML too',
        cause,
      },
    )
  }
}
