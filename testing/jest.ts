import { fileURLToPath } from 'node:url';

/**
 * The settings of jest for the tests of a service, as a preset that is upgraded with the package.
 * @example
 * // jest.config.js
 * export { default } from 'foldstream/jest';
 */
// biome-ignore lint/style/noDefaultExport: jest asks its settings for one.
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/cdk.out/', '/.local/'],
  modulePathIgnorePatterns: ['/cdk.out/', '/.local/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      fileURLToPath(import.meta.resolve('@swc/jest')),
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } },
    ],
  },
  testTimeout: 180_000,
};
