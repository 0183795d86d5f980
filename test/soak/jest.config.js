import usual from '../../jest.config.js';

const { FINES: fines } = process.env;
if (fines === undefined)
  console.error('Without the fines: FINES=../shared/data/fines/events.jsonl.gz npm run test:soak rebuilds every projection of them, too.');

const sampledTests = ['contract/dynamo-event-store', 'faults/rebuild', 'faults/sagas', 'sagas/definition'].map(
  (name) => `<rootDir>/test/${name}.test.ts`,
);

/** What takes too long for `npm test`: the laws far more often, all cases of the tests that sample theirs, and the register of fines. */
export default {
  ...usual,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/laws/**/*.test.ts', ...sampledTests, ...(fines === undefined ? [] : ['<rootDir>/test/soak/**/*.test.ts'])],
  testPathIgnorePatterns: ['/node_modules/'],
};
