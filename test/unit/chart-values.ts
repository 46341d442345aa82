// biome-ignore lint/suspicious/noExplicitAny: values of any shape
type Values = Record<string, any>

const infrastructure = (values: Values, more: Values = {}): Values => ({
  'common-scanner': { 'scanner-infrastructure': values, ...more },
})
const threshold = (thresholdConfig: Values, more: Values = {}) => ({ safCli: { thresholdConfig, ...more } })
const SCRIPTS = { includeScanScript: false, includeDistrolessScanScript: false, includeSidecarScanScript: true }
const RESOURCES = { requests: { cpu: '100m', memory: '256Mi' }, limits: { cpu: '200m', memory: '512Mi' } }
const SEALED = {
  runAsNonRoot: true,
  readOnlyRootFilesystem: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
}

/** The sets of values for the sidecar approach in the documents and charts of kube-secure-scanner, by what they are for. */
export const documented: Readonly<Record<string, Values>> = {
  'a first installation': { ...infrastructure({ targetNamespace: 'inspec-test' }), testPod: { deploy: true } },
  production: {
    ...infrastructure({
      targetNamespace: 'prod-scanning',
      rbac: { useResourceNames: true, useLabelSelector: true, podSelectorLabels: { app: 'target-app' } },
    }),
    testPod: { deploy: false },
  },
  'another target': {
    ...infrastructure({ targetNamespace: 'inspec-test' }),
    testPod: { deploy: true, targetContainer: { image: 'nginx:latest', name: 'web-server' } },
  },
  'another scanner': {
    ...infrastructure({ targetNamespace: 'scanning-namespace' }),
    scanner: { image: 'registry.example.com/cinc-auditor:5.18.14', resources: RESOURCES },
    sidecarScanner: { image: 'my-registry/cinc-auditor:latest' },
  },
  hardened: {
    sidecarScanner: { securityContext: { readOnlyRootFilesystem: true, runAsUser: 1000, runAsGroup: 1000 } },
  },
  'the values file of the sidecar scanner': {
    ...infrastructure(
      { targetNamespace: 'scanning-namespace', rbac: { rules: { core: { enabled: true } } } },
      { scripts: SCRIPTS },
    ),
    testPod: { deploy: true, targetImage: 'nginx:latest', shareProcessNamespace: true },
    scanner: { image: 'chef/inspec:5.18.14', resources: RESOURCES, securityContext: { ...SEALED, runAsUser: 10000 } },
    profiles: {
      default: { enabled: true },
      custom: [{ name: 'custom-profile', configMap: 'custom-profiles', path: '/custom-profile' }],
    },
  },
  'the values file of the sidecar chart': {
    ...infrastructure({
      targetNamespace: 'inspec-test',
      serviceAccount: { create: true, name: 'inspec-scanner' },
      rbac: { create: true },
    }),
    testPod: {
      deploy: true,
      name: 'sidecar-target',
      targetContainer: { name: 'target', image: 'busybox:latest', command: ['/bin/sleep', 'infinity'] },
      labels: { app: 'sidecar-target', 'scan-target': 'true' },
    },
    sidecarScanner: {
      enabled: true,
      name: 'scanner',
      image: 'docker.io/cincproject/auditor:latest',
      resources: { limits: { cpu: '500m', memory: '512Mi' }, requests: { cpu: '100m', memory: '256Mi' } },
      securityContext: SEALED,
    },
    sharedProcessNamespace: { enabled: true },
    cincAuditor: { defaultProfile: '', inspecYml: { name: 'container-baseline', supports: [{ platform: 'linux' }] } },
    volumes: {
      results: { name: 'scan-results', emptyDir: {} },
      profiles: { name: 'inspec-profiles', configMap: { name: '' } },
      thresholds: { name: 'inspec-thresholds', configMap: { name: '' } },
    },
  },
  development: {
    ...infrastructure(
      {
        targetNamespace: 'dev-scanning',
        rbac: { useLabelSelector: true, podSelectorLabels: { environment: 'development' } },
      },
      threshold({ compliance: { min: 70 }, failed: { critical: { max: 0 }, high: { max: 5 }, medium: { max: 10 } } }),
    ),
    testPod: {
      deploy: true,
      resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { cpu: '100m', memory: '128Mi' } },
    },
  },
  'production with thresholds': {
    ...infrastructure(
      {
        targetNamespace: 'prod-scanning',
        rbac: { useLabelSelector: true, podSelectorLabels: { environment: 'production', 'scan-target': 'true' } },
        serviceAccount: { annotations: { 'iam.example.com/role': 'scanner-role' } },
      },
      threshold({ compliance: { min: 95 }, failed: { critical: { max: 0 }, high: { max: 0 }, medium: { max: 2 } } }),
    ),
    testPod: { deploy: false },
  },
  strict: infrastructure(
    {
      targetNamespace: 'inspec-secure',
      serviceAccount: {
        create: true,
        name: 'inspec-scanner-secure',
        annotations: { 'security.compliance/approved': 'true' },
        labels: { 'security-level': 'strict' },
      },
      rbac: {
        create: true,
        useResourceNames: true,
        useLabelSelector: false,
        rules: { core: { enabled: true }, ephemeralContainers: { enabled: true } },
      },
      token: { duration: 15, autoGenerate: true },
    },
    {
      scripts: { generate: true, directory: '/security/inspec-scanner', includeScanScript: true },
      ...threshold(
        {
          compliance: { min: 100 },
          failed: { critical: { max: 0 }, high: { max: 0 }, medium: { max: 0 }, low: { max: 0 } },
          skipped: { total: { max: 0 } },
          error: { total: { max: 0 } },
        },
        {
          enabled: true,
          thresholdFilePath: '',
          failOnThresholdError: true,
          reports: { generateSummary: true, generateHtmlReport: true, generateJsonSummary: true },
        },
      ),
    },
  ),
}
