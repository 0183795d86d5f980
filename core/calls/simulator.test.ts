import { expect, test } from '@jest/globals';
import { tally } from '../../test/support/tally.ts';
import { defineSimulator } from './simulator.ts';

test('a simulator is what its definition says', () => {
  const simulator = defineSimulator({
    name: 'bank',
    answers: tally,
    initialState: () => ({ taken: 0 }),
    take: ({ taken }) => ({ state: { taken: taken + 1 }, status: 202, body: {} }),
    tell: (state) => ({ status: 200, body: state }),
    hint: (url) => `curl ${url}/`,
  });
  const { state } = simulator.take(simulator.initialState(), { what: 'POST /', body: {} });
  expect(simulator.tell(state, '/')).toEqual({ status: 200, body: { taken: 1 } });
});
