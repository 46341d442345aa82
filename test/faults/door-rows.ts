import { type FaultKind, type FaultRow, inconclusive, refused } from './row.ts'

const PODS_TEST = 'test/cluster/pods.test.ts'
const DOORS_TEST = 'test/cluster/doors.test.ts'

/** What Helm refuses: it says so itself, and what to do is part of the sentence. */
const chart = (id: string, fault: string, says: string): FaultRow =>
  refused(`chart-${id}`, fault, 1, `…${says}…`, '', 'test/unit/chart.test.ts')

/** Faults of what is not the scan of an image in a pod of its own. */
export const DOOR_FAULTS: readonly FaultKind[] = [
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
      inconclusive(
        'pod-policy',
        'An admission policy denies commands in the pod',
        3,
        'running a command in Pod pod-policy (pods/exec) failed: forbidden',
        'grant what is missing: `sidecar-scan render --rbac --pod pod-policy --namespace …` prints the minimal Role; if it is granted, an admission policy of the cluster denies this',
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
        'add a scanner to the workload with `sidecar-scan render --patch`, name its container in `scanner-container`, or leave out `target-mode` to scan the images of the pod at rest',
      ),
    ].map((row) => ({ ...row, shownBy: PODS_TEST })),
  },
  {
    title: 'Several pods (`pod-selector`)',
    rows: [
      refused(
        'selector-syntax',
        'The selector is not one',
        2,
        'input `pod-selector` is `app: web`',
        'write a label selector such as `app=web,tier in (front, back)`',
        DOORS_TEST,
      ),
      refused(
        'selector-ended',
        'All pods that match have ended',
        2,
        'no pod in namespace … matches `pod-selector` app=ended (1 match and have ended)',
        'check the selector with `kubectl get pods --selector`, and `namespace`',
        DOORS_TEST,
      ),
      {
        ...inconclusive(
          'selector-pending',
          'One of the pods does not start; the others are judged',
          3,
          'scan timed out after 10 s while waiting for pod web-3 to start…',
          'look at the pod: `kubectl describe pod web-3`',
        ),
        shownBy: PODS_TEST,
      },
      {
        ...inconclusive(
          'selector-not-started',
          'A pod without a scanner has not started',
          3,
          'the container app of pod waits has not started: which image it runs is not known',
          '`kubectl describe pod waits` says why; run this again when it runs',
        ),
        shownBy: DOORS_TEST,
      },
      refused(
        'selector-right',
        'The user cannot list pods',
        3,
        'missing permission: this kubeconfig’s user cannot list pods in namespace … (nothing was created)',
        '…grant what is missing: `sidecar-scan render --rbac --pod-selector … --namespace …` prints the minimal Role',
        DOORS_TEST,
      ),
    ],
  },
  {
    title: 'A scanner that waits in a pod',
    rows: [
      inconclusive(
        'idle-several',
        'The pod has several containers beside the scanner, and `container` names none',
        2,
        'pod idle-several has the containers app, second: which one is the target is not known',
        'name the target in `container`',
      ),
      inconclusive(
        'idle-unshared',
        'The pod does not share its process namespace',
        2,
        'pod idle-unshared does not share its process namespace, so its container scanner cannot look into the others',
        'set `shareProcessNamespace: true` in the pod, or scan its images at rest: name a `scanner-container` that it does not have',
      ),
    ].map((row) => ({ ...row, shownBy: DOORS_TEST })),
  },
  {
    title: 'A scanner in a workload (`render --patch`)',
    rows: [
      refused('patch-pod', 'It is a Pod', 2, '--patch is `pod/web`', '…a Pod that runs cannot be given a container'),
      refused(
        'patch-job',
        'It is a Job or a CronJob',
        2,
        '--patch is `cronjob/nightly`',
        'a Job would never end with a scanner beside it: scan its image instead',
      ),
      refused(
        'patch-part',
        '`--part` is misspelt',
        2,
        'render: --part is `patches`',
        'it may be `patch`, `configmaps`, `removal`',
      ),
      refused(
        'patch-secret',
        'An inputs file is given',
        2,
        'inputs files, waivers and licence keys cannot be part of a patch: it would show them',
        'put values into the profile, give waivers to `sidecar-scan judge`, or let the scanner idle (`sleep infinity`) and run the scan in it with `--pod`',
      ),
      inconclusive(
        'patch-configmaps',
        'The ConfigMaps of the patch were not applied',
        3,
        'scan timed out after 10 s while waiting for pod … to start (ContainerCreating)',
        'look at the pod: `kubectl describe pod …`',
      ),
      inconclusive(
        'patch-container',
        'The pods have several containers, and `container` named none',
        4,
        'pod … has the containers web, other, and its scanner was not told which of them is the target',
        'render the patch again with `--container NAME`, and apply it',
      ),
      inconclusive(
        'patch-user',
        'The target runs as a user that the scanner cannot look into',
        4,
        "InSpec ended with exit code 1 and wrote no results: Transport error, can't connect to 'proc' backend: proc transport: no target process with a mount namespace of its own among …; not readable: …",
        'the target runs as a user of its own: render the patch again with `--run-as-user` and that user’s number, or with `--pod-security privileged`, and apply it',
      ),
      refused(
        'patch-misspelt',
        '`container` names no container of the workload: `kubectl patch` refuses',
        1,
        'The Deployment "…" is invalid: …image: Required value…',
        '',
      ),
    ].map((row) => ({ ...row, shownBy: 'test/cluster/patch.test.ts' })),
  },
  {
    title: 'The chart',
    rows: [
      chart('unknown', 'A value that the chart does not know', 'testPod: Additional property imgae is not allowed'),
      chart('wrong', 'A value of the wrong type', 'testPod.deploy: Invalid type. Expected: boolean, given: string'),
      chart(
        'unshared',
        'The test pod may not share its process namespace',
        'testPod.shareProcessNamespace is false: the scanner finds the target through the process namespace. Set it to true, or sidecarScanner.enabled to false',
      ),
      chart(
        'no-target',
        'A CronJob with nothing to scan',
        'cronJob.enabled is true, but nothing is named to scan: set cronJob.images, rbac.resourceNames, or rbac.useLabelSelector with rbac.podSelectorLabels',
      ),
      chart(
        'no-cli',
        'A CronJob without an image of the CLI',
        'cronJob.enabled is true, but cli.image is empty: build it with charts/cli/Containerfile',
      ),
      chart(
        'no-profile',
        'No profile is left',
        'profiles.default.enabled is false and profiles.custom is empty: there is nothing to run',
      ),
      chart(
        'empty-profile',
        'A profile has no content',
        'profiles.custom: a has neither configMap nor files: give one of them',
      ),
      {
        ...chart(
          'pod-changed',
          'An upgrade changes the test pod, and Kubernetes refuses',
          'Pod "sidecar-target" is invalid: spec: Forbidden: pod updates may not change fields',
        ),
        hint: 'upgrade with `testPod.deploy=false`, and then with `testPod.deploy=true`',
        shownBy: 'test/cluster/chart.test.ts',
      },
    ],
  },
  {
    title: 'The script',
    rows: [
      refused(
        'script-usage',
        'A word is missing',
        2,
        'Usage: …scan-with-sidecar.sh <namespace> <target-image> <profile-path> [threshold-file]',
        '',
      ),
      refused(
        'script-profile',
        'The profile is not there',
        2,
        'profile ./no-profile does not exist',
        'give a folder, an archive, or a built-in profile: container-baseline.',
      ),
      refused(
        'script-threshold',
        'The threshold file is not there',
        2,
        '`threshold-file` no-threshold.yml does not exist',
        'check the path in `threshold-file`',
      ),
      refused(
        'script-rights',
        'The user may not scan in the namespace',
        3,
        'missing permission: this kubeconfig’s user cannot create, delete, get, list configmaps in namespace …; cannot create, delete, get, list pods in namespace …; cannot create, get pods/exec in namespace … (nothing was created)',
        'check the spelling of `namespace` (the context names none) and `context`; if they are right, grant what is missing: `sidecar-scan render --rbac` prints the minimal Role',
      ),
      inconclusive(
        'script-image',
        'The image cannot be pulled',
        3,
        'the cluster cannot pull the target’s image localhost/none:1 (…)',
        'the nodes cannot reach the registry of `image`: in an air-gapped cluster, name an image in a registry they reach',
      ),
      refused(
        'script-cluster',
        'The cluster cannot be reached',
        3,
        'cannot reach the API server at https://127.0.0.1:47991: connection refused',
        'is the cluster up, and is the address in `kubeconfig` (and `context`) the one this machine reaches?',
      ),
    ].map((row) => ({ ...row, shownBy: 'test/cluster/script.test.ts' })),
  },
]
