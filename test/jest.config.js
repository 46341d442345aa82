export default {
  rootDir: '.',
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': ['@swc/jest', { module: { type: 'es6' }, jsc: { target: 'es2024', parser: { syntax: 'typescript' } } }],
  },
  // scans of real pods, on a machine that may be busy: a test that is stuck ends all the same
  testTimeout: 60_000,
  testMatch: ['**/*.test.ts'],
}
