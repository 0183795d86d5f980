/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['foldstream-source', 'node', 'node-addons'] },
  // The Lambda functions serve the domain of the tests, whatever is in domain/.
  moduleNameMapper: { '^#domain$': '<rootDir>/test/domain/index.ts' },
  testMatch: ['<rootDir>/**/*.test.ts'],
  testPathIgnorePatterns: [
    '/node_modules/',
    '/cdk.out/',
    '/dist/',
    '/.local/',
    '/bench/',
    '/docs/site/',
    '/test/soak/',
    '<rootDir>/.stryker-tmp/',
  ],
  modulePathIgnorePatterns: ['/cdk.out/', '/dist/', '/.local/', '/bench/', '/docs/site/', '<rootDir>/.stryker-tmp/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } }],
  },
  testSequencer: './test/support/longest-first.js',
  globalSetup: './test/support/engine.ts',
  testTimeout: 180_000,
};
