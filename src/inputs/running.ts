import { RESULT_FILES, RESULTS_DIR } from '../protocol/paths.ts'

/** Inputs about pods that run already; part of the table of all inputs. */
export const RUNNING_INPUTS = {
  pod: {
    scope: 'running',
    kind: 'lines',
    help: 'Pod that runs already, instead of `image`; one per line for several. The results of its scanner container are fetched and judged; a pod without one has the images it runs scanned at rest. The pod is never changed or deleted',
  },
  'pod-selector': {
    scope: 'running',
    kind: 'text',
    help: 'Label selector instead of `pod`, such as `app=web`: one result for each pod it matches, and one verdict',
  },
  container: {
    scope: 'running',
    kind: 'text',
    help: 'Container of the pod that is the target; default: the only one beside the scanner. Of a pod without a scanner: the container whose image is scanned; default: all, init containers too',
  },
  'scanner-container': {
    scope: 'running',
    kind: 'text',
    default: 'scanner',
    help: 'Name of the scanner container of the pod',
  },
  'marker-path': {
    scope: 'running',
    kind: 'path',
    default: `${RESULTS_DIR}/${RESULT_FILES.marker}`,
    help: 'File in the scanner container that says that the scan is complete',
  },
  'results-path': {
    scope: 'running',
    kind: 'path',
    default: `${RESULTS_DIR}/${RESULT_FILES.results}`,
    help: 'File in the scanner container with the results (InSpec JSON)',
  },
} as const
