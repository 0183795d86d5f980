import { expect, test } from '@jest/globals';
import { reasonOf } from './reason.ts';

test('why a saga came to nothing, in words', () => {
  expect(reasonOf({ TakePayment: { Error: 'Aborted', Cause: 'no money' } })).toBe('no money');
  expect(reasonOf({ ReserveStock: { Error: 'Refused', Cause: 'OutOfStock' } })).toBe('OutOfStock');
  expect(reasonOf({ ReserveStock: { Error: 'RefusedOnRetry', Cause: 'OutOfStock' } })).toBe('OutOfStock');
  expect(reasonOf({ TakePayment: { Error: 'GivenUp', Cause: 'An operator has given it up.' } })).toBe('An operator has given it up.');
  expect(reasonOf({ TakePayment: { Error: 'States.Timeout' } })).toBe('TakePayment was not answered in time');
  expect(reasonOf({ TakePayment: { Error: 'TimedOut', Cause: 'TakePayment was not answered in time' } })).toBe(
    'TakePayment was not answered in time',
  );
  expect(reasonOf([{ ReserveStock: { Error: 'Aborted', Cause: 'first' } }, { ReserveStock: { Error: 'Aborted', Cause: 'second' } }])).toBe(
    'first',
  );
  expect(reasonOf({ TakePayment: { Error: 'Lambda.Unknown', Cause: '' } })).toBe('TakePayment failed');
  expect(reasonOf({ TakePayment: { Error: 'GivenUp' } })).toBe('');
  expect(reasonOf({})).toBe('The saga failed');
  expect(reasonOf([])).toBe('The saga failed');
});
