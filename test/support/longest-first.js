import TestSequencer from '@jest/test-sequencer';

/** The folders whose tests take longest: a minute of waiting at the end, with one core idle, is a minute of everybody's. */
const longest = ['e2e', 'contract', 'import', 'faults', 'local', 'laws', 'stack', 'edge', 'es', 'sagas'].map(
  (folder) => `/test/${folder}/`,
);

/** Begins with the files of these folders, the largest first; Jest's own order is by size alone as long as it remembers no times. */
export default class LongestFirst extends TestSequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const place = longest.findIndex((folder) => path.includes(folder));
      return place === -1 ? longest.length : place;
    };
    return super.sort(tests).toSorted((one, other) => rank(one) - rank(other));
  }
}
