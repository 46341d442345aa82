/** One value of the chart: where it stands, its default, what it may be, what it does. */
export interface Value {
  readonly path: string
  readonly default: unknown
  readonly schema: object
  readonly help: string
}

const text = { type: 'string' }
const name = { type: 'string', pattern: '^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$' }
const label = { type: 'string', pattern: '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$' }
const optionalName = { type: 'string', pattern: '^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?)?$' }
const flag = { type: 'boolean' }
const texts = { type: 'array', items: { type: 'string' } }
const optionalTexts = { type: ['array', 'null'], items: { type: 'string' } }
const map = { type: 'object', additionalProperties: { type: ['string', 'boolean', 'number'] } }
const LABEL_VALUE = '^(([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9])?$'
const labels = {
  type: 'object',
  propertyNames: { pattern: '^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$' },
  additionalProperties: { type: ['string', 'boolean', 'number'], pattern: LABEL_VALUE },
}
const quantities = { type: 'object', additionalProperties: { type: ['string', 'number'] } }
const free = { type: 'object' }
const count = { type: 'integer', minimum: 0 }
const resources = {
  type: 'object',
  additionalProperties: false,
  properties: { requests: quantities, limits: quantities, claims: { type: 'array' } },
}
const level = (first: string) => ({
  type: 'object',
  additionalProperties: false,
  properties: { min: count, max: count },
  description: first,
})
const levels = {
  type: 'object',
  additionalProperties: false,
  properties: Object.fromEntries(
    ['total', 'critical', 'high', 'medium', 'low'].map((one) => [one, level(`Controls of impact ${one}`)]),
  ),
}
const percent = { type: 'number', minimum: 0, maximum: 100 }

const value = (path: string, initial: unknown, schema: object, help: string): Value => ({
  path,
  default: initial,
  schema,
  help,
})
const without = (path: string, initial: unknown, schema: object, why: string) =>
  value(path, initial, schema, `Accepted, without effect: ${why}`)

/** Who may do what where. Each of them may stand at the top level too, and then comes first. */
const INFRASTRUCTURE: readonly Value[] = [
  value(
    'targetNamespace',
    'inspec-test',
    { type: 'string', pattern: '^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)?$' },
    'Namespace of all objects; empty: the namespace of the release',
  ),
  value(
    'createNamespace',
    true,
    flag,
    'Create that namespace, where it is neither the namespace of the release nor there already. `helm uninstall` deletes a namespace that the chart created',
  ),
  value('serviceAccount.create', true, flag, 'Create the ServiceAccount'),
  value('serviceAccount.name', 'inspec-scanner', name, 'Name of the ServiceAccount'),
  value('serviceAccount.annotations', {}, map, 'Annotations of the ServiceAccount'),
  value(
    'serviceAccount.automountToken',
    false,
    flag,
    'Whether pods that run as the ServiceAccount get its token by default; the CronJob always does',
  ),
  without('serviceAccount.ttl', '', text, 'use `kubectl create token --duration`'),
  value('serviceAccount.labels', {}, labels, 'Labels of the ServiceAccount'),
  value('rbac.create', true, flag, 'Create the Role and the RoleBinding'),
  value('rbac.roleName', 'scanner-role', name, 'Name of the Role'),
  value('rbac.roleBindingName', 'scanner-rolebinding', name, 'Name of the RoleBinding'),
  value('rbac.clusterWide', false, { enum: [false] }, 'Only `false`: the chart grants nothing outside the namespace'),
  value('rbac.useResourceNames', false, flag, 'Grant `get` and `exec` for the pods of `rbac.resourceNames` only'),
  value(
    'rbac.resourceNames',
    [],
    { type: 'array', items: name },
    'Names of those pods; the test pod is always one of them',
  ),
  value(
    'rbac.useLabelSelector',
    false,
    flag,
    'Choose pods by `rbac.podSelectorLabels`, unless names restrict the Role. RBAC knows no labels: they become the selector of the CronJob and, where the cluster has ValidatingAdmissionPolicy, a policy that denies the ServiceAccount `exec` in other pods, except the test pod and the pods that scans create',
  ),
  value('rbac.podSelectorLabels', {}, labels, 'Labels of the pods to be scanned'),
  value('rbac.rules.core.enabled', true, flag, 'Grant the rights on pods'),
  without('rbac.rules.ephemeralContainers.enabled', false, flag, 'no scan uses ephemeral containers'),
  value('rbac.extraRules', [], { type: 'array', items: free }, 'More rules of the Role'),
  without('token.duration', 60, { type: 'number' }, 'use `kubectl create token --duration`'),
  without('token.autoGenerate', true, flag, 'use `kubectl create token`'),
  without('token.path', '', text, 'use `kubectl create token`'),
  without('kubectl.generateConfig', true, flag, 'a chart cannot write files on your machine'),
  without('kubectl.configPath', '', text, 'a chart cannot write files on your machine'),
  without('kubectl.contextName', '', text, 'a chart cannot write files on your machine'),
]

/** What a scan is judged by. Each of them may stand at the top level too, and then comes first. */
const SAF_CLI: readonly Value[] = [
  value('safCli.enabled', true, flag, 'Judge the results; `false`: no threshold'),
  value(
    'safCli.thresholdFilePath',
    '',
    text,
    'A threshold file in the image `cli.image` that replaces `thresholdConfig`',
  ),
  value(
    'safCli.thresholdConfig.compliance',
    { min: 70 },
    { type: 'object', additionalProperties: false, properties: { min: percent, max: percent } },
    'Least (and largest) compliance in percent',
  ),
  value(
    'safCli.thresholdConfig.failed',
    { critical: { max: 0 }, high: { max: 2 }, medium: { max: 5 }, low: { max: 10 } },
    levels,
    'How many controls may fail',
  ),
  value('safCli.thresholdConfig.skipped', { total: { max: 5 } }, levels, 'How many controls may be skipped'),
  value('safCli.thresholdConfig.error', { total: { max: 0 } }, levels, 'How many controls may end with an error'),
  value('safCli.thresholdConfig.passed', {}, levels, 'How many controls must pass'),
  value('safCli.thresholdConfig.no_impact', {}, levels, 'How many controls may have no impact'),
  value('safCli.failOnThresholdError', false, flag, 'Whether a breached threshold fails the Job of the CronJob'),
  without('safCli.reports', {}, free, 'use `cronJob.args`, such as `--formats=html`'),
]

const UNUSED_SCRIPTS: readonly Value[] = [
  'generate',
  'directory',
  'includeScanScript',
  'includeDistrolessScanScript',
  'includeSidecarScanScript',
].map((one) =>
  without(
    `common-scanner.scripts.${one}`,
    one === 'directory' ? '' : true,
    one === 'directory' ? text : flag,
    'the script is `scripts/scan-with-sidecar.sh`',
  ),
)

const CUSTOM = {
  type: 'array',
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    properties: { name: label, configMap: name, path: text, files: { type: 'object', additionalProperties: text } },
  },
}

const within = (prefix: string, values: readonly Value[]): Value[] =>
  values.map((one) => ({ ...one, path: `${prefix}.${one.path}` }))

/** Every value of the chart, in the order of the table. */
export function chartValues(scannerResources: object): readonly Value[] {
  return [
    ...within('common-scanner.scanner-infrastructure', INFRASTRUCTURE),
    ...within('common-scanner', SAF_CLI),
    ...UNUSED_SCRIPTS,
    without('common-scanner.enabled', true, flag, 'the chart has no dependencies'),
    without('common-scanner.scanner-infrastructure.enabled', true, flag, 'the chart has no dependencies'),
    value('testPod.deploy', false, flag, 'Run a pod with a target and a scanner, for a demonstration'),
    value('testPod.name', 'sidecar-target', label, 'Name of that pod'),
    value('testPod.targetImage', 'nginx:latest', text, 'Image of the target'),
    value(
      'testPod.shareProcessNamespace',
      true,
      flag,
      'Must be `true` while a scanner is in the pod: it finds the target through the process namespace',
    ),
    value('testPod.labels', { app: 'sidecar-target', 'scan-target': 'true' }, labels, 'Labels of the pod'),
    value('testPod.command', null, optionalTexts, 'Command of the target; empty: that of the image'),
    value('testPod.resources', {}, resources, 'Resources of the target'),
    value('testPod.targetContainer.name', 'target', label, 'Name of the target container'),
    value('testPod.targetContainer.image', '', text, 'Comes before `testPod.targetImage`'),
    value('testPod.targetContainer.command', null, optionalTexts, 'Comes before `testPod.command`'),
    value('sharedProcessNamespace.enabled', true, flag, 'As `testPod.shareProcessNamespace`'),
    value('scanner.image', 'chef/inspec:5.18.14', text, 'Image of the scanner, with InSpec or CINC Auditor'),
    value('scanner.command', null, optionalTexts, 'Command of the scanner, in place of the scan'),
    value('scanner.args', null, optionalTexts, 'Arguments of that command'),
    value('scanner.resources', scannerResources, resources, 'Resources of the scanner'),
    value(
      'scanner.securityContext',
      {},
      free,
      'Merged over the security context of the scanner; with a user other than root, the target runs as that user too',
    ),
    value('sidecarScanner.enabled', true, flag, 'Whether the test pod has a scanner'),
    value('sidecarScanner.name', 'scanner', label, 'Name of the scanner container'),
    value('sidecarScanner.image', '', text, 'Comes before `scanner.image`'),
    value('sidecarScanner.resources', {}, resources, 'Comes before `scanner.resources`'),
    value('sidecarScanner.securityContext', {}, free, 'Merged over `scanner.securityContext`'),
    value('profiles.default.enabled', true, flag, 'Run the profile `container-baseline`, which the chart carries'),
    value(
      'profiles.default.path',
      '/profiles/container-baseline',
      { enum: ['/profiles/container-baseline'] },
      'Only the default: the profile is unpacked by the scanner',
    ),
    value(
      'profiles.custom',
      [],
      CUSTOM,
      'More profiles: `name`, and either `files` (name of a file: content) or `configMap` (name of one that is there). `inspec.yml` may be missing; `.rb` files are the controls, and `__` in a key of the ConfigMap is a slash. `path` is accepted, without effect: the scanner copies them',
    ),
    value('cincAuditor', {}, free, 'Accepted, without effect: the profile has its own inspec.yml'),
    value(
      'results.directory',
      '/results',
      { type: 'string', pattern: '^(/[A-Za-z0-9._-]+)+$' },
      'Where the scanner writes results and marker',
    ),
    value(
      'results.format',
      'json',
      { enum: ['json'] },
      'Only `json`: other formats are made by `sidecar-scan run --formats`',
    ),
    value('results.thresholdEnabled', true, flag, 'Judge by `safCli.thresholdConfig`; `false`: no threshold'),
    value('volumes.results.name', 'scan-results', label, 'Name of the volume for results'),
    value('volumes.results.emptyDir', {}, free, 'Its `emptyDir`, over that of the chart'),
    value('volumes.profiles.name', 'inspec-profiles', label, 'Name of the volume with the profile'),
    value('volumes.profiles.configMap.name', '', optionalName, 'Name of its ConfigMap; empty: RELEASE-profiles'),
    value('volumes.thresholds.name', 'inspec-thresholds', label, 'Name of the volume with the threshold'),
    value('volumes.thresholds.configMap.name', '', optionalName, 'Name of its ConfigMap; empty: RELEASE-thresholds'),
    value('networkPolicy.create', true, flag, 'Deny the pods of scans and the test pod all traffic'),
    value('imagePullPolicy', 'IfNotPresent', { enum: ['IfNotPresent', 'Always', 'Never'] }, 'When to pull the images'),
    value('imagePullSecrets', [], { type: 'array', items: name }, 'Names of image pull secrets'),
    value('cli.image', '', text, 'Image with the CLI for the CronJob, built with `charts/cli/Containerfile`'),
    value('cronJob.enabled', false, flag, 'Run the CLI in the cluster on a schedule'),
    value('cronJob.schedule', '0 3 * * *', text, 'When, as in a CronJob'),
    value(
      'cronJob.images',
      [],
      texts,
      'Images to scan. Empty: pods of `rbac.podSelectorLabels`, or of `rbac.resourceNames`',
    ),
    value('cronJob.profiles', ['container-baseline'], texts, 'Profiles for these images, as `--profile`'),
    value('cronJob.args', [], texts, 'More arguments of `sidecar-scan run`'),
    value('cronJob.resources', {}, resources, 'Resources of the CLI'),
  ]
}

/** The values that may stand at the top level too. */
export const ALIASES: readonly Value[] = [...INFRASTRUCTURE, ...SAF_CLI]
