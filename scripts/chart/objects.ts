import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { V1Container, V1PodSpec, V1SecurityContext } from '@kubernetes/client-node'
import type { Inputs } from '../../src/inputs/inputs.ts'
import type { Payload } from '../../src/plan/plan.ts'
import { type Door, doorRights, podRbacObjects, rbacObjects } from '../../src/plan/rights.ts'
import { scannerAddition } from '../../src/plan/workload.ts'
import { fill, fillFlag, item, line, template } from './template.ts'

const NAMESPACE = fill('include "sidecar-scanner.namespace" .')
const LABELS = fill('include "sidecar-scanner.labels" . | fromJson | toJson')
const POD_LABELS = fill('include "sidecar-scanner.testPodLabels" . | fromJson | toJson')
const read = (...path: string[]) =>
  `(include "sidecar-scanner.get" (list . ${path.map((key) => `"${key}"`).join(' ')}) | fromJson).v`
const ACCOUNT = fill(`${read('serviceAccount', 'name')}`)
const when = (condition: string, text: string) => `{{- if ${condition} }}\n${text}{{- end }}\n`
const metadata = (name: string) => ({ name, namespace: NAMESPACE, labels: LABELS })

/** A mapping of the plan, key by key under values of the chart; `mergeOverwrite` would keep what a value sets to false. */
const over = (planned: object, ...values: string[]) =>
  `include "sidecar-scanner.over" (list (${JSON.stringify(JSON.stringify(planned))} | fromJson) ${values.join(' ')}) | fromJson | toJson`

type Named = { readonly kind: string; readonly [key: string]: unknown }
const ofKind = (objects: readonly object[], kind: string) =>
  (objects as Named[]).find((object) => object.kind === kind)!

/** ServiceAccount, Role, RoleBinding, Namespace and NetworkPolicies: those of `render --rbac`. */
export function accessTemplates(inputs: Inputs): Record<string, string> {
  const objects = rbacObjects('scan', 'account', inputs.podSecurity)
  const binding = ofKind(objects, 'RoleBinding') as Named & { roleRef: object; subjects: object[] }
  const namespace = ofKind(objects, 'Namespace') as Named & { metadata: { labels: Record<string, string> } }
  const enforce = 'pod-security.kubernetes.io/enforce'
  const policy = ofKind(objects, 'NetworkPolicy') as Named & { spec: object }
  const roleName = fill(`${read('rbac', 'roleName')}`)
  return {
    'namespace.yaml': when(
      'include "sidecar-scanner.ownsNamespace" .',
      template({
        ...namespace,
        metadata: {
          name: NAMESPACE,
          labels: fill(
            `merge (dict "${enforce}" "${namespace.metadata.labels[enforce]}") (include "sidecar-scanner.labels" . | fromJson) | toJson`,
          ),
        },
      }),
    ),
    'serviceaccount.yaml': when(
      read('serviceAccount', 'create'),
      template({
        ...ofKind(objects, 'ServiceAccount'),
        metadata: {
          ...metadata(ACCOUNT),
          labels: fill(
            `merge (include "sidecar-scanner.strings" ${read('serviceAccount', 'labels')} | fromJson) (include "sidecar-scanner.labels" . | fromJson) | toJson`,
          ),
          annotations: fill(
            `include "sidecar-scanner.strings" ${read('serviceAccount', 'annotations')} | fromJson | toJson`,
          ),
        },
        automountServiceAccountToken: fillFlag(read('serviceAccount', 'automountToken')),
      }),
    ),
    'role.yaml': when(
      read('rbac', 'create'),
      template(
        { ...ofKind(objects, 'Role'), metadata: metadata(roleName), rules: rules() },
        {
          ...binding,
          metadata: metadata(fill(`${read('rbac', 'roleBindingName')}`)),
          roleRef: { ...binding.roleRef, name: roleName },
          subjects: binding.subjects.map((subject) => ({ ...subject, name: ACCOUNT, namespace: NAMESPACE })),
        },
      ),
    ),
    'networkpolicy.yaml': when(
      '.Values.networkPolicy.create',
      template({ ...policy, metadata: metadata(fill('printf "%s-scans" .Release.Name')) }) +
        when(
          '.Values.testPod.deploy',
          `---\n${template({
            ...policy,
            metadata: metadata(fill('printf "%s-test-pod" .Release.Name')),
            spec: {
              ...policy.spec,
              podSelector: { matchLabels: fill('include "sidecar-scanner.ownPodLabels" . | fromJson | toJson') },
            },
          })}`,
        ),
    ),
  }
}

/** The rules of each door, of which Helm takes one. */
function rules(): unknown[] {
  const names = fill('include "sidecar-scanner.names" . | fromJsonArray | toJson')
  const role = (door: Door, pods: string[] = []) =>
    (ofKind(podRbacObjects('scan', 'account', door, pods), 'Role') as Named & { rules: object[] }).rules
  const image = doorRights('image').map(({ resource, verbs }) => ({
    apiGroups: [''],
    resources: [resource],
    verbs: [...verbs],
  }))
  const named = role('pod', ['pod']).map((rule) => ({ ...rule, resourceNames: names }))
  const core = read('rbac', 'rules', 'core', 'enabled')
  const extra = read('rbac', 'extraRules')
  return [
    item('{{- $door := include "sidecar-scanner.door" . }}'),
    item(`{{- if and ${core} (eq $door "image") }}`),
    ...image,
    item(`{{- else if and ${core} (eq $door "pod") }}`),
    ...named,
    item(`{{- else if and ${core} (eq $door "pod-selector") }}`),
    ...role('pod-selector'),
    item('{{- end }}'),
    item(`{{- range ${extra} }}`),
    fill('toJson .'),
    item('{{- end }}'),
    item(`{{- if not (or (and ${core} (ne $door "none")) ${extra}) }}`),
    item('  []'),
    item('{{- end }}'),
  ]
}

/** Takes the profiles of ConfigMaps in before the scan starts; without the comments. */
const TAKE_PROFILES = readFileSync(join(import.meta.dirname, 'take-profiles.sh'), 'utf8')
  .split('\n')
  .filter((text) => text !== '' && !text.startsWith('#'))

/** The test pod: a target of the user's, and the scanner as a patch adds it. */
export function podTemplates(
  inputs: Inputs,
  payload: Payload,
): { templates: Record<string, string>; payload: string[] } {
  const added = scannerAddition({ ...inputs, container: 'target' }, payload, { name: 'NAME' }, 'NAMESPACE')
  const [scanner, target] = added.spec.containers as [V1Container, V1Container]
  const profiles = added.configMaps.map((_, index) =>
    fill(`include "sidecar-scanner.profiles" .${index === 0 ? '' : ` | printf "%s-${index}"`}`),
  )
  const maps = added.configMaps.map((map, index) => ({
    ...map,
    metadata: metadata(profiles[index]!),
    data: { payload: fill(`.Files.Get "files/payload-${index}" | trim`) },
  }))
  const marker = fill('printf "sidecar-scan-%s" .Values.testPod.name')
  const volumeOf = (name: string) => {
    if (name === 'sidecar-scan-results') return fill('.Values.volumes.results.name')
    return name === 'sidecar-scan-in-0' ? fill('.Values.volumes.profiles.name') : name
  }
  const containers = [
    item('{{- if .Values.sidecarScanner.enabled }}'),
    {
      ...scanner,
      name: fill('.Values.sidecarScanner.name'),
      image: fill('include "sidecar-scanner.scannerImage" .'),
      imagePullPolicy: fill('.Values.imagePullPolicy'),
      command: fill(`.Values.scanner.command | default (list "sh" "-c" (include "sidecar-scanner.boot" .)) | toJson`),
      ...line('{{- with .Values.scanner.args }}'),
      args: fill('toJson .'),
      ...line('{{- end }}'),
      env: environment(scanner, marker),
      resources: fill('include "sidecar-scanner.scannerResources" . | fromJson | toJson'),
      volumeMounts: [
        ...scanner.volumeMounts!.map((mount) => ({
          ...mount,
          name: volumeOf(mount.name),
          ...(mount.mountPath === '/results' ? { mountPath: fill('.Values.results.directory') } : {}),
        })),
        item('{{- range $index, $profile := .Values.profiles.custom }}'),
        {
          name: fill('printf "custom-%d" $index'),
          mountPath: fill('include "sidecar-scanner.customPath" (list $index $profile)'),
          readOnly: true,
        },
        item('{{- end }}'),
      ],
      securityContext: fill('include "sidecar-scanner.scannerContext" . | fromJson | toJson'),
    },
    item('{{- end }}'),
    {
      name: fill('.Values.testPod.targetContainer.name'),
      image: fill('.Values.testPod.targetContainer.image | default .Values.testPod.targetImage'),
      imagePullPolicy: fill('.Values.imagePullPolicy'),
      ...line('{{- with .Values.testPod.targetContainer.command | default .Values.testPod.command }}'),
      command: fill('toJson .'),
      ...line('{{- end }}'),
      env: target.env!.map((one) => ({ ...one, value: marker })),
      resources: fill('.Values.testPod.resources | toJson'),
    },
  ]
  const spec: Omit<
    V1PodSpec,
    'containers' | 'volumes' | 'imagePullSecrets' | 'shareProcessNamespace' | 'securityContext'
  > = {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 0,
    restartPolicy: 'Never',
  }
  const unprivileged = scannerAddition({ ...inputs, podSecurity: 'restricted' }, payload, { name: 'NAME' }, 'NAMESPACE')
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...metadata(fill('.Values.testPod.name')),
      labels: POD_LABELS,
    },
    spec: {
      ...spec,
      securityContext: fill(
        'merge (dict "seccompProfile" (dict "type" "RuntimeDefault")) (include "sidecar-scanner.podUser" . | fromJson) | toJson',
      ),
      shareProcessNamespace: fillFlag('include "sidecar-scanner.shared" .'),
      ...line('{{- with .Values.imagePullSecrets }}'),
      imagePullSecrets: fill('include "sidecar-scanner.nameList" . | fromJsonArray | toJson'),
      ...line('{{- end }}'),
      containers,
      volumes: [
        ...added.spec.volumes!.map((volume) => ({
          ...volume,
          name: volumeOf(volume.name),
          ...(volume.name === 'sidecar-scan-results'
            ? { emptyDir: fill(over(volume.emptyDir!, '.Values.volumes.results.emptyDir')) }
            : {}),
          ...(volume.configMap ? { configMap: { name: profiles[Number(volume.name.split('-').at(-1))]! } } : {}),
        })),
        item('{{- range $index, $profile := .Values.profiles.custom }}'),
        {
          name: fill('printf "custom-%d" $index'),
          configMap: { name: fill('include "sidecar-scanner.customMap" (list $ $index $profile)') },
        },
        item('{{- end }}'),
      ],
    },
  }
  const templates = {
    'configmap-profiles.yaml': when('.Values.testPod.deploy', template(...maps)),
    'test-pod.yaml': when('.Values.testPod.deploy', template(pod)),
    '_boot.tpl': bootTemplate(scanner.command!.at(-1)!) + digestTemplate(maps.length),
    '_scanner.tpl': contextTemplate(
      scanner.securityContext!,
      unprivileged.spec.containers.find(({ name }) => name === scanner.name)!.securityContext!,
    ),
  }
  return { templates, payload: added.configMaps.map(({ data }) => data!['payload']!) }
}

/** Variables of the scanner; paths below /results follow `results.directory`. */
function environment(scanner: V1Container, marker: string): unknown[] {
  const filled = scanner.env!.map(({ name, value = '' }) => {
    if (name === 'SCAN_PAYLOAD') return { name, value: fill('include "sidecar-scanner.payloadDigest" .') }
    if (name === 'SCAN_TARGET_NONCE') return { name, value: marker }
    if (!value.startsWith('/results/')) return { name, value }
    return { name, value: fill(`printf "%s${value.slice('/results'.length)}" .Values.results.directory`) }
  })
  return [...filled, { name: 'SCAN_RESULTS', value: fill('.Values.results.directory') }]
}

/** The security context of the scanner: the plan's for root or for another user, under what the values give. */
function contextTemplate(root: V1SecurityContext, unprivileged: V1SecurityContext): string {
  const values = ['.Values.scanner.securityContext', '.Values.sidecarScanner.securityContext']
  const define = (planned: V1SecurityContext) => `{{- ${over(planned, ...values)} -}}`
  return `{{- define "sidecar-scanner.scannerContext" -}}
{{- if include "sidecar-scanner.unprivileged" . -}}
${define(unprivileged)}
{{- else -}}
${define(root)}
{{- end -}}
{{- end -}}
`
}

/** SHA-256 of the archive the chart carries, as the scanner checks it. */
function digestTemplate(parts: number): string {
  const texts = Array.from({ length: parts }, (_, index) => `(.Files.Get "files/payload-${index}" | trim)`)
  return `
{{- define "sidecar-scanner.payloadDigest" -}}
{{- print ${texts.join(' ')} | b64dec | sha256sum -}}
{{- end -}}
`
}

/** The command of the scanner, with the chart's own profiles taken in and the carried one left out where it is not wanted. */
function bootTemplate(boot: string): string {
  const [unpack, start] = boot.split(/(?=exec sh )/) as [string, string | undefined]
  if (start === undefined) throw new Error('the command of the scanner ends with no `exec sh`')
  return [
    '{{- define "sidecar-scanner.boot" -}}',
    unpack.trimEnd(),
    '{{- if not .Values.profiles.default.enabled }}',
    'rm -rf /scan/profile',
    '{{- end }}',
    '{{- if .Values.profiles.custom }}',
    ...TAKE_PROFILES,
    '{{- end }}',
    '{{- if not .Values.profiles.default.enabled }}',
    '{{- if not .Values.profiles.custom }}{{ fail "profiles.default.enabled is false and profiles.custom is empty: there is nothing to run" }}{{ end }}',
    // the scanner counts the controls of the first profile by this name
    'mv /scan/profile-02 /scan/profile || exit 90',
    '{{- end }}',
    start,
    '{{- end -}}',
    '',
  ].join('\n')
}
