/** What users meet, what the software says, and which test shows it. `…` in a sentence stands for what differs each time. */
export interface FaultRow {
  readonly id: string
  readonly fault: string
  /** `-`: the run ends before there is a verdict to give. */
  readonly verdict: 'passed' | 'failed' | 'inconclusive' | '-'
  readonly exitCode: number
  readonly says: string
  readonly hint: string
  /** The test that shows it, where it is not one of this folder; or why no test can. */
  readonly shownBy?: string
  readonly notHere?: string
}

export interface FaultKind {
  readonly title: string
  readonly rows: readonly FaultRow[]
}

const inconclusive = (id: string, fault: string, exitCode: number, says: string, hint: string): FaultRow => ({
  id,
  fault,
  verdict: 'inconclusive',
  exitCode,
  says,
  hint,
})
const refused = (
  id: string,
  fault: string,
  exitCode: number,
  says: string,
  hint: string,
  shownBy?: string,
): FaultRow => ({
  id,
  fault,
  verdict: '-',
  exitCode,
  says,
  hint,
  ...(shownBy === undefined ? {} : { shownBy }),
})
const survived = (id: string, fault: string): FaultRow => ({
  id,
  fault,
  verdict: 'passed',
  exitCode: 0,
  says: '',
  hint: '',
})

const RIGHTS_TEST = 'test/cluster/rights.test.ts'
const INPUT_TEST = 'test/action/bad-input.test.ts'
const INTERRUPT_TEST = 'test/action/interrupt.test.ts'
const MARKER_TEST = 'test/scan/marker.test.ts'
const PODS_TEST = 'test/cluster/pods.test.ts'
const STATE_TEST = 'test/scan/podstate.test.ts'

const VERBS = [
  ...['create', 'delete', 'get', 'list'].map((verb) => `${verb} configmaps`),
  ...['create', 'delete', 'get', 'list'].map((verb) => `${verb} pods`),
  'create pods/exec',
  'get pods/exec',
  'create secrets',
  'delete secrets',
]

export const FAULTS: readonly FaultKind[] = [
  {
    title: 'The cluster',
    rows: [
      refused(
        'unreachable',
        'The API server cannot be reached',
        3,
        'cannot reach the API server at …: connection refused',
        'is the cluster up, and is the address in `kubeconfig` (and `context`) the one this machine reaches?',
      ),
      refused(
        'silent',
        'The API server takes connections and answers none',
        3,
        'cannot reach the API server at …: the API server does not answer',
        'check the network between this machine and the cluster (VPN, firewall, proxy), and the server address in `kubeconfig`',
      ),
      refused(
        'certificate',
        'Its certificate is not the one the kubeconfig trusts',
        3,
        'cannot reach the API server at …: the certificate of the API server is not trusted',
        '`certificate-authority-data` in `kubeconfig` must hold the CA that signed the API server’s certificate',
      ),
      refused(
        'token',
        'The token is wrong or has expired',
        3,
        'cannot reach the API server at …: the cluster does not accept the credentials',
        'the token or certificate in `kubeconfig` is wrong or has expired: renew it',
      ),
      refused(
        'context',
        'The context is not in the kubeconfig',
        2,
        '… has no context `…`',
        'set `context` to one of: …',
        'test/action/kubeconfig.test.ts',
      ),
      refused(
        'namespace',
        'The namespace does not exist',
        2,
        'namespace … does not exist (nothing was created)',
        'check …, or set `create-namespace: true`',
        RIGHTS_TEST,
      ),
      ...VERBS.map((right) =>
        refused(
          `right-${right.replace(/\W/g, '-')}`,
          `The user cannot ${right}`,
          3,
          `missing permission: this kubeconfig’s user cannot ${right} in namespace … (nothing was created)`,
          '…grant what is missing: `sidecar-scan render --rbac` prints the minimal Role',
          RIGHTS_TEST,
        ),
      ),
      refused(
        'pod-security',
        'The namespace enforces a stricter Pod Security level',
        2,
        'Pod Security of namespace … enforces …, which `pod-security: …` does not fit (nothing was created)',
        'set `pod-security: …`, or scan in another `namespace`',
        'test/engine/pod-security.test.ts',
      ),
      refused(
        'namespace-ends',
        'The namespace is being deleted',
        2,
        'namespace … is being deleted (nothing was created)',
        'scan in another `namespace`, or wait until it is gone and create it again',
      ),
      inconclusive(
        'webhook-denies',
        'An admission webhook rejects the pod',
        3,
        'creating Pod … failed: admission webhook "…" denied the request: …',
        'an admission policy of the cluster says no: follow its message with `pod-patch`, or ask for an exception for pods labelled app.kubernetes.io/name=sidecar-scan',
      ),
      inconclusive(
        'webhook-silent',
        'An admission webhook does not answer',
        3,
        'creating Pod … failed: Internal error occurred: failed calling webhook "…": …',
        'an admission policy of the cluster says no: follow its message with `pod-patch`, or ask for an exception for pods labelled app.kubernetes.io/name=sidecar-scan',
      ),
      inconclusive(
        'quota',
        'A ResourceQuota is used up',
        3,
        'creating Pod … failed: pods "…" is forbidden: exceeded quota: …',
        'raise the ResourceQuota of the namespace, or fit it: `scanner-resources` sets the scanner’s requests and limits, `pod-patch` the target’s (…)',
      ),
      inconclusive(
        'limit-range',
        'A LimitRange allows less memory',
        3,
        'creating Pod … failed: pods "…" is forbidden: maximum memory usage per Container is …',
        'raise the LimitRange of the namespace, or fit it: `scanner-resources` sets the scanner’s requests and limits, `pod-patch` the target’s (…)',
      ),
      refused(
        'overloaded',
        'The API server answers 429 to everything',
        3,
        'cannot reach the API server at …: the API server is overloaded (429)',
        'run it again later, or lower `parallel`',
      ),
      refused(
        'broken-server',
        'The API server answers 500 to everything',
        3,
        'cannot reach the API server at …: answer 500',
        'the trouble is the cluster’s own: look at the API server',
      ),
      survived('some-429', 'Every third request is answered 429'),
      survived('some-500', 'Every third request is answered 503'),
      survived('dropped', 'Every third request is cut without an answer'),
      survived('slow', 'Every request takes half a second longer'),
      survived('exec-cut', 'The connection is cut while InSpec works'),
      survived('results-cut', 'The connection is cut in the middle of the results, time and again'),
      survived('server-restart', 'The API server is killed and started again during the scan'),
      inconclusive(
        'node-gone',
        'The node’s kubelet stops during the scan; when it is back, it ends the containers',
        3,
        'scan timed out after … s while waiting for InSpec',
        'raise `timeout`, or see above in which phase the time went',
      ),
      survived('exec-silent', 'The connection falls silent while InSpec works, and nobody closes it'),
      ...[
        ['create', 'while the objects are created'],
        ['start', 'while the pod starts'],
        ['scan', 'while InSpec works'],
        ['clean', 'while the objects are deleted'],
      ].map(([id, when]) => survived(`outage-${id}`, `The API server goes away for eight seconds ${when}`)),
    ],
  },
  {
    title: 'Pods that run already',
    rows: [
      inconclusive(
        'pod-marker-size',
        'The results have another size than the marker of the pod says',
        4,
        'the results cannot be trusted: /results/scan-results.json has 2 bytes, the marker says 7',
        'the scanner may have begun another scan: run this again when it is done',
      ),
      inconclusive(
        'pod-lies',
        'The results of the pod are others than its marker says',
        4,
        'the results cannot be trusted: the digest of /results/scan-results.json differs from the marker’s',
        'the scanner may have begun another scan: run this again when it is done',
      ),
      inconclusive(
        'pod-no-results',
        'The scanner of the pod left a marker and no results',
        4,
        'the scanner container has finished and left no results in /results/scan-results.json',
        'its log says why; where the results are elsewhere, name the file in `results-path`',
      ),
      inconclusive(
        'pod-no-marker',
        'The scanner of the pod never finishes',
        3,
        'scan timed out after 12 s while waiting for the marker /results/scan-complete of pod pod-no-marker',
        'look at the pod: `kubectl describe pod pod-no-marker`',
      ),
      inconclusive(
        'pod-ended',
        'The scanner container of the pod has ended',
        3,
        'the container scanner of pod pod-ended has ended (Completed, exit code 0)',
        'results can be fetched only while the container runs: let its command end with `sleep infinity`',
      ),
      inconclusive(
        'pod-away',
        'The pod goes away while its scanner is waited for',
        3,
        'pod pod-away went away',
        'scan the pod that replaced it; `pod-selector` finds it by its labels',
      ),
      inconclusive(
        'pod-restarts',
        'The scanner of the pod restarts',
        3,
        'the container scanner of pod pod-restarts …',
        '…',
      ),
      refused(
        'pod-missing',
        'There is no such pod',
        2,
        'there is no pod no-such-pod in namespace …',
        'check the spelling of `pod` and `namespace`; pods of a Deployment change their names, and `pod-selector` finds them by label',
      ),
      refused(
        'pod-selector-empty',
        'No pod matches the selector',
        2,
        'no pod in namespace … matches `pod-selector` app=nothing',
        'check the selector with `kubectl get pods --selector`, and `namespace`',
      ),
      refused(
        'pod-run-without-scanner',
        'A pod without a scanner is to be scanned with `target-mode: run`',
        2,
        'pod plain-run has no container scanner, and `target-mode: run` cannot look into a pod that runs already without one',
        'add a scanner to the workload with `sidecar-scan render --patch`, …',
      ),
    ].map((row) => ({ ...row, shownBy: PODS_TEST })),
  },
  {
    title: 'The pod',
    rows: [
      inconclusive(
        'image-missing',
        'The image does not exist in its registry',
        3,
        'the cluster cannot pull the target’s image …/none:1 (…)',
        'check the spelling and tag of `image`; the nodes must be able to pull it',
      ),
      inconclusive(
        'image-private',
        'The registry wants credentials',
        3,
        'the cluster cannot pull the target’s image …/private:1 (…)',
        'the registry wants credentials: name a pull secret of the namespace in `image-pull-secrets`, and check the spelling of `image`',
      ),
      inconclusive(
        'image-secret-wrong',
        'The secret of `image-pull-secrets` has wrong credentials, or is not there',
        3,
        'the cluster cannot pull the target’s image …/wrong:1 (…)',
        'the registry refuses what the pull secrets of the pod hold (…): check that they are in the namespace, their credentials, and the spelling of `image`',
      ),
      survived('image-secret', 'The registry wants credentials, and `image-pull-secrets` has them'),
      survived('image-secret-late', 'The node has the secret of `image-pull-secrets` only at the second pull'),
      inconclusive(
        'image-unreachable',
        'The nodes do not reach the registry',
        3,
        'the cluster cannot pull the target’s image …/app:1 (…)',
        'the nodes cannot reach the registry of `image`: in an air-gapped cluster, name an image in a registry they reach',
      ),
      inconclusive(
        'scanner-unreachable',
        'The nodes do not reach the registry of the scanner image',
        3,
        'the cluster cannot pull the scanner’s image …/auditor:1 (…)',
        'the nodes cannot reach the registry of `scanner-image`: in an air-gapped cluster, name an image in a registry they reach',
      ),
      survived('image-slow', 'The target’s image takes twenty seconds to pull, longer than InSpec to start'),
      inconclusive(
        'image-never',
        'The image is not on the node and may not be pulled',
        3,
        'the cluster cannot pull the target’s image localhost/none:1 (ErrImageNeverPull: …)',
        'check `image`, and that the nodes can pull it (`image-pull-secrets`, `image-pull-policy`)',
      ),
      inconclusive(
        'config-error',
        'The container’s configuration names a Secret that is not there',
        3,
        'the target’s container cannot be started (CreateContainerConfigError: secret "none" not found)',
        'check `image`, `target-command` and `pod-patch`',
      ),
      inconclusive(
        'unschedulable',
        'No node fits the pod',
        3,
        'scan timed out after 10 s while waiting for 0/1 nodes are available: …',
        'lower the requests in `scanner-resources`, or correct nodeSelector and tolerations in `pod-patch`',
      ),
      inconclusive(
        'deleted',
        'Somebody deletes the pod during the scan',
        3,
        'the scan pod was deleted by somebody else',
        'look for whoever cleans up the namespace, then run the scan again',
      ),
      inconclusive(
        'scanner-memory',
        'The scanner runs out of memory',
        4,
        'InSpec was killed (exit code 137), most likely because its memory limit was too low',
        'raise the memory limit in `scanner-resources`',
      ),
      inconclusive(
        'scanner-without-shell',
        'The scanner image has no shell',
        3,
        '…the scanner…',
        '`scanner-image` needs a shell, tar, gzip and InSpec, as cincproject/auditor has them',
      ),
      inconclusive(
        'scanner-without-inspec',
        'The scanner image has no InSpec',
        4,
        'the scanner image has neither `cinc-auditor` nor `inspec`',
        'set `scanner-image` to one that has, such as cincproject/auditor',
      ),
      inconclusive(
        'target-command',
        'The target’s program cannot be found',
        3,
        'the target’s …',
        'the image’s program cannot be found: check `target-command`, or scan at rest with `target-mode: hold`',
      ),
      inconclusive(
        'podman-registry',
        'podman: the registry cannot be reached',
        3,
        'pulling the target’s image … failed: …',
        'podman cannot reach the image’s registry: check the spelling of `image` and `scanner-image`, and the network; without one, bring the image with `podman load`',
      ),
      inconclusive(
        'podman-removed',
        'podman: somebody removes the pod during the scan',
        3,
        'the scan pod was deleted by somebody else',
        'look for whoever cleans up the namespace, then run the scan again',
      ),
      survived('podman-stop', 'podman: stopping the pod never ends'),
      inconclusive('podman-killed', 'podman: the scanner is killed', 3, 'the scanner ended with exit code 137', '…'),
      inconclusive(
        'podman-target-killed',
        'podman: the target’s container is killed',
        3,
        'the target’s program ended with exit code 137 before the scan was done',
        '…',
      ),
      {
        ...inconclusive(
          'target-exits',
          'The target’s program ends',
          3,
          'the target’s program ended with exit code 7 before the scan was done',
          'scan at rest with `target-mode: hold`, or keep it running with `target-command` and `target-args`',
        ),
        shownBy: 'test/scenario/running.test.ts',
      },
      {
        ...inconclusive(
          'target-unreadable',
          'The running target has a user of its own',
          4,
          'InSpec ended with exit code 1 and wrote no results: …no target process…not readable: …',
          'the image runs as a user of its own: set `pod-security: privileged`, or `run-as-user` to that user’s number, or scan at rest with `target-mode: hold`',
        ),
        shownBy: 'test/scenario/running.test.ts',
      },
      {
        ...inconclusive(
          'volume-unknown',
          'The cluster has no image volumes, and `target-access: volume` asks for one',
          3,
          'the cluster cannot mount the image as a volume: …',
          'image volumes need Kubernetes 1.33 and containerd 2.1 or later and must be allowed by policy; set `target-access: sidecar`, or `auto` to choose by itself',
        ),
        shownBy: 'test/scenario/access.test.ts',
      },
      {
        ...inconclusive(
          'evicted',
          'The node evicts the pod',
          3,
          'the node evicted the scan pod (Evicted: …)',
          'the node is short of memory or disk: raise the requests in `scanner-resources`, or choose other nodes with `pod-patch`',
        ),
        shownBy: STATE_TEST,
      },
      inconclusive(
        'architecture',
        'The image is for another processor architecture',
        3,
        'the cluster cannot pull the target’s image …/foreign:1 (…no match for platform…)',
        '`image` has no variant for the nodes’ processor architecture; choose nodes with `pod-patch` (nodeSelector)',
      ),
      inconclusive(
        'evicted-volume',
        'The node evicts the pod for a volume above its limit',
        3,
        'the node evicted the scan pod (Evicted: …exceeds the limit…)',
        'raise the limit that its message names with `pod-patch` or `scanner-resources`, or the LimitRange of the namespace',
      ),
      inconclusive(
        'drained',
        'The node is drained during the scan',
        3,
        'the scan pod was deleted by somebody else',
        'look for whoever cleans up the namespace, then run the scan again',
      ),
      inconclusive(
        'results-full',
        'There is no room for the results',
        3,
        'the results do not fit into the scan pod’s volume `results`',
        'free disk space on the node, or give the volume `results` more room with `pod-patch`',
      ),
      inconclusive(
        'target-memory',
        'The running target runs out of memory',
        3,
        'the target ran out of memory and was killed',
        'raise the target’s memory limit with `pod-patch`',
      ),
      inconclusive(
        'crash-loop',
        'The target’s program ends, and is started again and again',
        3,
        'the target’s program ended with exit code 3 before the scan was done',
        'scan at rest with `target-mode: hold`, or keep it running with `target-command` and `target-args`',
      ),
      survived('forks', 'The running target starts processes without end'),
      inconclusive(
        'service-account',
        'The service account does not exist',
        3,
        'creating Pod … failed: pods "…" is forbidden: error looking up service account …',
        'check `service-account`; every namespace has `default`, some seconds after its creation',
      ),
      inconclusive(
        'deadline',
        'The cluster ends the pod at its deadline',
        3,
        'the cluster ended the scan pod at its deadline',
        'raise `timeout`',
      ),
      {
        ...inconclusive(
          'root-refused',
          'The image’s user is root, and the level forbids it',
          3,
          'the target’s container cannot be started (CreateContainerConfigError: …runAsNonRoot…)',
          'the image’s user is root or not a number: set `run-as-user` to a user ID above 0',
        ),
        shownBy: STATE_TEST,
      },
    ],
  },
  {
    title: 'The scan',
    rows: [
      inconclusive(
        'profile-broken',
        'The profile has an error in its Ruby',
        4,
        'the profile has an error: controls/c.rb:4: syntax error, …',
        'fix it: `inspec check` finds such errors before the scan',
      ),
      inconclusive(
        'log-in-pieces',
        'InSpec crashes, and writes why bit by bit',
        4,
        'InSpec ended with exit code 1 and wrote no results: an error told in pieces',
        'see the scanner’s log above',
      ),
      inconclusive('platform', 'The profile is for another platform', 4, 'the profile faults was skipped: …', ''),
      refused(
        'dependency',
        'The profile depends on one that would have to be downloaded',
        2,
        'the profile depends on `…`, which would have to be downloaded',
        'run `inspec vendor --overwrite` in the profile before the scan; nothing is downloaded at run time',
        INPUT_TEST,
      ),
      refused(
        'no-metadata',
        'The profile has no inspec.yml',
        2,
        'the profile has no inspec.yml',
        'give the folder that holds inspec.yml as `profile`',
        INPUT_TEST,
      ),
      inconclusive(
        'crash',
        'InSpec crashes',
        4,
        'InSpec ended with exit code 3 and wrote no results…',
        'see the scanner’s log above',
      ),
      inconclusive(
        'licence',
        'InSpec wants its licence accepted',
        4,
        'InSpec wants its licence accepted',
        'set `chef-license-key` if you hold one, or use cincproject/auditor as `scanner-image`, which needs no licence',
      ),
      inconclusive(
        'hang',
        'A control never ends',
        3,
        'scan timed out after 12 s while waiting for InSpec',
        'raise `timeout`, or see above in which phase the time went',
      ),
      inconclusive(
        'foreign-marker',
        'A marker of another scan lies there',
        4,
        'the results cannot be trusted: the marker file is another scan’s (its nonce differs)',
        'run the scan again; if it happens again, somebody changes files in the scan pod',
      ),
      inconclusive(
        'results-cut-short',
        'InSpec’s report ends in the middle',
        4,
        'scan-results.json is not JSON: it ends too early, at line …',
        'give the file as InSpec wrote it with --reporter json; a cut-off file usually means a full disk or a killed scanner',
      ),
      inconclusive(
        'controls-missing',
        'Controls that fail are not in the report',
        4,
        'the results hold 1 of the 3 controls of the profile',
        '',
      ),
      survived('results-large', 'The results have more than 200 MB'),
      inconclusive('no-controls', 'The profile’s controls all vanish', 4, '…', ''),
      ...(
        [
          ['marker-broken', 'The marker is damaged', 'the results cannot be trusted: the marker file is …'],
          ['results-short', 'The results arrive truncated', 'the results cannot be trusted: … of … bytes arrived'],
          [
            'results-swapped',
            'The results were swapped',
            'the results cannot be trusted: their digest differs from the marker’s',
          ],
        ] as const
      ).map(([id, fault, says]) => ({
        ...inconclusive(
          id,
          fault,
          4,
          says,
          'run the scan again; if it happens again, somebody changes files in the scan pod',
        ),
        shownBy: MARKER_TEST,
      })),
      {
        ...inconclusive(
          'results-huge',
          'The results have more than 400 MiB',
          4,
          'the results cannot be trusted: they have … MiB, more than the 400 MiB that can be judged',
          'split the profile, or keep long command output out of its messages',
        ),
        shownBy: MARKER_TEST,
      },
    ],
  },
  {
    title: 'This side',
    rows: [
      ...['create', 'start', 'scan', 'verify', 'clean'].map((phase) =>
        refused(`sigint-${phase}`, `SIGINT in the phase ${phase}`, 130, 'interrupted by SIGINT', '', INTERRUPT_TEST),
      ),
      refused('sigterm', 'SIGTERM during the scan', 143, 'interrupted by SIGTERM', '', INTERRUPT_TEST),
      refused('sigkill', 'SIGKILL: `post` alone cleans up', 137, '', '', INTERRUPT_TEST),
      refused(
        'read-only',
        'The folder for the results is read-only',
        2,
        'cannot write to …: the file system is read-only',
        'mount it writable, or set `output-dir` to a folder that can be written to',
      ),
      {
        ...survived('disk-full', 'The disk is full when the results come'),
        exitCode: 3,
        says: 'cannot write to …: the disk is full',
        hint: 'free space on that disk, or set `output-dir` to a folder on another one',
      },
      survived('stdout-closed', 'Standard output is closed before the document is written'),
      survived('two-at-once', 'Two runs in one namespace at the same time'),
      survived('cleanup-run', 'A kept pod is removed by `cleanup --run-id`'),
      survived('cleanup-age', 'Kept pods are removed by `cleanup --older-than`, younger ones are not'),
      refused(
        'pod-outlives',
        'The runner dies for good: the cluster ends the pod at its deadline, `cleanup --run-id` removes the rest',
        137,
        '',
        '',
      ),
      survived('outputs-closed', 'Whoever reads standard output and error goes away during the scan'),
      survived('clock', 'The clock of this machine is months ahead'),
      survived('cleanup-clock', 'It is ahead for `cleanup --older-than`: a scan that runs is not taken for an old one'),
    ],
  },
]
