import { RUNNING_INPUTS } from './running.ts'
import type { InputSpec, Kind } from './spec.ts'

/** Every input of the Action and flag of the CLI, for both alike. action.yml, the README and `--help` are made from it. */
export const INPUTS = {
  image: {
    scope: 'scan',
    kind: 'lines',
    help: 'Image to scan, as the cluster would pull it; one per line to scan several',
  },
  ...RUNNING_INPUTS,
  profile: {
    scope: 'scan',
    kind: 'lines',
    default: 'container-baseline',
    help: 'InSpec profile: a folder, a .tar.gz or .zip archive, a built-in profile, `owner/repo@ref`, `git+https://host/owner/repo@ref//folder`, or `https://host/profile.tar.gz`; one per line to run several in one scan',
  },
  'inputs-file': {
    scope: 'scan',
    kind: 'lines',
    help: 'YAML file with inputs for the profiles; may hold secrets. One per line for several: later files win, and `profile-name: file` is for one profile',
  },
  controls: {
    scope: 'scan',
    kind: 'lines',
    help: 'Run only these controls: an id or a `/regular expression/` per line, as `inspec exec --controls`',
  },
  tags: {
    scope: 'scan',
    kind: 'lines',
    help: 'Run only controls with these tags: one per line, as `inspec exec --tags`',
  },
  token: {
    scope: 'scan',
    kind: 'text',
    help: 'Token for private repositories of profiles, on the server this workflow runs on; it is sent to no other',
  },
  offline: {
    scope: 'scan',
    kind: 'boolean',
    default: 'false',
    help: 'Fetch no profile and no dependency: only what is on this machine, or pinned and in the cache, is used',
  },
  'target-mode': {
    scope: 'scan',
    kind: 'choice',
    default: 'hold',
    choices: ['hold', 'run'],
    help: '`hold`: scan the image at rest, none of its code runs. `run`: start its own program, for profiles that look at processes and ports',
  },
  'target-access': {
    scope: 'scan',
    kind: 'choice',
    default: 'auto',
    choices: ['auto', 'volume', 'sidecar'],
    help: 'How the scanner reaches the image’s files: `volume`, mounted by the cluster, no process namespace shared (Kubernetes 1.33 and later); `sidecar`, through a shared process namespace; `auto`: the first where it works, else the second',
  },
  'target-command': {
    scope: 'scan',
    kind: 'words',
    help: 'With target-mode run: entrypoint instead of the image’s (JSON list or one word per line)',
  },
  'target-args': {
    scope: 'scan',
    kind: 'words',
    help: 'With target-mode run: arguments instead of the image’s (JSON list or one word per line)',
  },
  'target-env': {
    scope: 'scan',
    kind: 'lines',
    help: 'With target-mode run: environment of the target, NAME=value per line',
  },
  'target-process': {
    scope: 'scan',
    kind: 'text',
    help: 'Pattern of the target’s command line, where its marker variable cannot be read',
  },
  'container-context': {
    scope: 'scan',
    kind: 'boolean',
    default: 'true',
    help: 'Let profiles see that the target is a container, so that host-only controls become Not Applicable',
  },
  timeout: { scope: 'scan', kind: 'duration', range: [10, 86_400], default: '15m', help: 'Time limit for one scan' },
  parallel: {
    scope: 'scan',
    kind: 'integer',
    range: [1, 32],
    default: '2',
    help: 'Number of images scanned concurrently',
  },
  'waiver-file': { scope: 'judge', kind: 'path', help: 'InSpec waiver file (YAML, JSON or CSV)' },
  'threshold-file': { scope: 'judge', kind: 'path', help: 'SAF threshold file (YAML or JSON)' },
  threshold: {
    scope: 'judge',
    kind: 'text',
    help: 'Inline threshold, e.g. `compliance.min: 80, failed.critical.max: 0`; `none` reports without judging. Without either: compliance.min 70, failed.critical.max 0 and error.critical.max 0',
  },
  'min-controls': {
    scope: 'judge',
    kind: 'integer',
    range: [0, 1_000_000],
    help: 'Minimum number of controls; fewer makes the verdict inconclusive',
  },
  baseline: { scope: 'judge', kind: 'path', help: 'Earlier results (scan-results.json) to compare with' },
  'fail-on': {
    scope: 'judge',
    kind: 'choice',
    default: 'breach',
    choices: ['breach', 'error', 'never'],
    help: 'What fails the check: `breach` (a breached threshold, no trustworthy results, any error), `error` (all but a breach), `never`',
  },
  engine: {
    scope: 'cluster',
    kind: 'choice',
    default: 'auto',
    choices: ['auto', 'kubernetes', 'podman'],
    help: '`kubernetes`, `podman`, or `auto`: Kubernetes when a kubeconfig is given or found, else podman',
  },
  kubeconfig: {
    scope: 'cluster',
    kind: 'text',
    default: 'auto',
    help: 'Path or content of a kubeconfig, or `auto`: KUBECONFIG, ~/.kube/config, or the service account of the pod this runs in',
  },
  'allow-exec-plugins': {
    scope: 'cluster',
    kind: 'boolean',
    default: 'true',
    help: 'Run the credential plugin (`exec`) that the kubeconfig names, in a dry run too; `false` refuses such a kubeconfig',
  },
  context: { scope: 'cluster', kind: 'text', help: 'Context in the kubeconfig; default: its current context' },
  namespace: {
    scope: 'cluster',
    kind: 'text',
    help: 'Namespace to scan in; default: the namespace of the context, else `default`',
  },
  'create-namespace': {
    scope: 'cluster',
    kind: 'boolean',
    default: 'false',
    help: 'Create the namespace when it is missing (needs that right; it is left in place)',
  },
  'pod-security': {
    scope: 'pod',
    kind: 'choice',
    default: 'baseline',
    choices: ['baseline', 'restricted', 'privileged'],
    help: 'Pod Security level the scan pod must fit; see docs/pod-security.md for what each can see',
  },
  'run-as-user': {
    scope: 'pod',
    kind: 'integer',
    range: [0, 2_147_483_647],
    help: 'User ID of target and scanner; default: 10001 at `restricted`, otherwise by level',
  },
  'scanner-image': {
    scope: 'pod',
    kind: 'text',
    default: 'cincproject/auditor:6.8.24',
    help: 'Image with CINC Auditor or InSpec, a shell, tar and gzip',
  },
  'scanner-resources': {
    scope: 'pod',
    kind: 'yaml',
    default: '{"requests":{"cpu":"100m","memory":"256Mi"},"limits":{"memory":"512Mi"}}',
    help: 'Resource requests and limits of the scanner, as in a Pod (YAML or JSON)',
  },
  'image-pull-policy': {
    scope: 'pod',
    kind: 'choice',
    default: 'IfNotPresent',
    choices: ['IfNotPresent', 'Always', 'Never'],
    help: 'When to pull the images',
  },
  'image-pull-secrets': {
    scope: 'pod',
    kind: 'lines',
    help: 'Names of image pull secrets in the namespace, one per line',
  },
  'service-account': { scope: 'pod', kind: 'text', help: 'Service account of the scan pod (its token is not mounted)' },
  'chef-license-key': {
    scope: 'pod',
    kind: 'text',
    help: 'Licence key for a scanner image that needs one, such as chef/inspec 6 and 7; from a secret. It is masked, and travels in a Secret',
  },
  'chef-license-server': {
    scope: 'pod',
    kind: 'text',
    help: 'Address of the licensing server that checks chef-license-key, where the pod does not reach the public one',
  },
  'pod-patch': {
    scope: 'pod',
    kind: 'yaml',
    help: 'YAML or JSON merged over the Pod (lists of named items by name): node selector, tolerations, …',
  },
  'allow-mutations': {
    scope: 'pod',
    kind: 'lines',
    help: 'Changes of the scan pod by admission policies that are accepted, one per line: `docker.io => mirror.example/docker.io`, `image-digest`, or a field as the error names it',
  },
  'output-dir': {
    scope: 'results',
    kind: 'path',
    default: '.',
    help: 'Folder in which scan-results-<run-id> is written',
  },
  formats: {
    scope: 'results',
    kind: 'choices',
    choices: ['summary', 'threshold', 'verdict', 'html', 'sarif', 'junit', 'gitlab'],
    help: 'Reports to write: `html` for a page to read and search, `sarif` for code scanning, `junit` for test reports, `gitlab` for code quality; separated by commas or one per line. `summary`, `threshold` and `verdict` are always written',
  },
  'artifact-name': {
    scope: 'results',
    kind: 'text',
    only: 'action',
    help: 'Name of the uploaded artifact; default: scan-results-<run-id>',
  },
  'retention-days': {
    scope: 'results',
    kind: 'integer',
    range: [1, 400],
    only: 'action',
    help: 'Days the artifact is kept; default: the repository’s setting',
  },
  upload: {
    scope: 'results',
    kind: 'auto',
    default: 'auto',
    only: 'action',
    help: 'Upload the results folder as an artifact: `true`, `false`, or `auto`: where the runner has an artifact service; with `true` the step fails where it has none',
  },
  comment: {
    scope: 'results',
    kind: 'choice',
    default: 'off',
    choices: ['off', 'on-failure', 'always'],
    only: 'action',
    help: 'Comment on the pull request with verdict, figures and the worst controls, one comment for each job, edited in place: `off`, `on-failure` (and a comment that is there is updated when the check passes), `always`. Needs `github-token`',
  },
  'github-token': {
    scope: 'results',
    kind: 'text',
    only: 'action',
    help: 'Token for `comment`: `github.token`, in a job with `pull-requests: write`. Used for nothing else',
  },
  matrix: {
    scope: 'results',
    kind: 'text',
    // an expression of GitHub's, which the runner fills in
    // biome-ignore lint/suspicious/noTemplateCurlyInString: not one of JavaScript
    default: '${{ toJSON(matrix) }}',
    only: 'action',
    help: 'Tells the comments of a matrix’s jobs apart; leave it as it is',
  },
  summary: { scope: 'results', kind: 'boolean', default: 'true', only: 'action', help: 'Write the job summary' },
  'dry-run': {
    scope: 'results',
    kind: 'boolean',
    default: 'false',
    help: 'Check everything, print the objects, create nothing',
  },
  keep: {
    scope: 'results',
    kind: 'boolean',
    default: 'false',
    help: 'Leave the scan pod for debugging; the cluster ends it at its deadline, `sidecar-scan cleanup` removes it',
  },
} as const satisfies Record<string, InputSpec>

export type InputName = keyof typeof INPUTS

/** The table with uniform value types, for code that walks it. */
export const INPUT_SPECS: ReadonlyMap<InputName, InputSpec> = new Map(
  Object.entries(INPUTS) as [InputName, InputSpec][],
)

/** Inputs as text, before they are understood: an absent or empty value means "not given". */
export type RawInputs = Partial<Record<InputName, string>>

/** The range of an input in words, for README and `--help`. */
export function rangeText([min, max]: readonly [number, number], kind: Kind): string {
  return `${min} to ${max}${kind === 'duration' ? ' seconds' : ''}`
}
