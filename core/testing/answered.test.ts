import { expect, test } from '@jest/globals';
import { add, close, tally } from '../../test/support/tally.ts';
import { answered } from './answered.ts';

const added = (amount: number) => ({ type: 'Added', data: { amount } }) as const;

test('the events that a command records after a history', () => {
  expect(answered(tally, [added(1)], add(2, 3))).toEqual([added(2), added(3)]);
  expect(answered(tally, [{ type: 'Closed', data: {} }], close)).toEqual([]);
});

test('a refusal records no events', () => expect(answered(tally, [{ type: 'Closed', data: {} }], add(1))).toEqual([]));

test('another error is a bug and is thrown', () => {
  const broken = {
    ...tally,
    evolve: {
      ...tally.evolve,
      Added: () =>
        Object.defineProperty({}, 'sum', {
          get: () => {
            throw new Error('a bug');
          },
        }) as never,
    },
  };
  expect(() => answered(broken, [added(1)], add(1))).toThrow('a bug');
});
