import { expect, test } from '@jest/globals';
import { reportOf } from './saga-paths.ts';

test('a walk that found nothing says how far it came', () => {
  expect(reportOf({ paths: 12_345n, situations: 1_200 })).toBe('12,345 paths through 1,200 situations');
});

test('a walk that found a broken invariant says which, and names each step to it', () => {
  const failure = { broken: 'an order ends shipped or cancelled', path: ['the saga starts', 'TakePayment is refused'] };
  expect(reportOf({ paths: 0n, situations: 2, failure })).toBe(
    'broken: an order ends shipped or cancelled\n1. the saga starts\n2. TakePayment is refused',
  );
});
