import usual from '../../jest.config.js';

const { FINES: fines } = process.env;
if (fines === undefined)
  console.error('Without the fines: FINES=../shared/data/fines/events.jsonl.gz npm run test:soak rebuilds every projection of them, too.');

/** What takes too long for `npm test`: the laws, far more often, and the register of fines where its file is named. */
export default {
  ...usual,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/laws/**/*.test.ts', ...(fines === undefined ? [] : ['<rootDir>/test/soak/**/*.test.ts'])],
  testPathIgnorePatterns: ['/node_modules/'],
};
