import { expect, test } from '@jest/globals';
import { domain } from '../../../test/domain/index.ts';
import { fulfilment } from '../../../test/domain/fulfilment/saga.ts';
import { runningSaga, stepNamed, UnknownDefinition } from './definition.ts';

const sagas = domain.sagas ?? [];

test('what an execution runs is found by its name', () => {
  expect(runningSaga(sagas, 'fulfilment')).toBe(fulfilment);
  expect(stepNamed(fulfilment, 'TakePayment')).toBe(fulfilment.steps.TakePayment);
});

test.each([
  ['a saga', () => runningSaga(sagas, 'constructor'), "this release has no saga 'constructor'"],
  ['a step', () => stepNamed(fulfilment, 'constructor'), "this release has no step 'constructor' in the saga 'fulfilment'"],
])('%s that this code does not have is unknown', (_, find, message) => {
  expect(find).toThrow(new UnknownDefinition(message));
  expect(find).toThrow(expect.objectContaining({ name: 'UnknownDefinition' }));
});
