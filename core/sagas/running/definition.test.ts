import { expect, test } from '@jest/globals';
import { fulfilment } from '../../../test/domain/fulfilment/saga.ts';
import { domain } from '../../../test/domain/index.ts';
import type { AnySaga } from '../saga.ts';
import { runningSaga, stepNamed, UnknownDefinition } from './definition.ts';

const sagas = domain.sagas ?? [];

test('what an execution runs is found by its name', () => {
  expect(runningSaga(sagas, { saga: 'fulfilment' })).toBe(fulfilment);
  expect(stepNamed(fulfilment, 'TakePayment')).toBe(fulfilment.steps.TakePayment);
});

test('each execution runs the revision that it began with: the first, if it does not say one', () => {
  const second: AnySaga = { ...fulfilment, revision: 2, before: [fulfilment] };
  const third: AnySaga = { ...fulfilment, revision: 3, before: [second] };
  const run = (revision?: number) =>
    runningSaga([{ ...fulfilment, name: 'other' }, third], { saga: 'fulfilment', ...(revision === undefined ? {} : { revision }) });
  expect([run(), run(1), run(2), run(3)]).toEqual([fulfilment, fulfilment, second, third]);
  expect(() => run(4)).toThrow(new UnknownDefinition("this release has no revision 4 of the saga 'fulfilment'"));
  expect(() => runningSaga([{ ...fulfilment, revision: 2 }], { saga: 'fulfilment' })).toThrow(
    new UnknownDefinition("this release has no revision 1 of the saga 'fulfilment'"),
  );
});

test('what an execution runs is found by the name that its saga had when it began', () => {
  const renamed: AnySaga = { ...fulfilment, name: 'shipping', formerly: 'fulfilment' };
  for (const saga of ['shipping', 'fulfilment']) expect(runningSaga([renamed], { saga })).toBe(renamed);
});

test.each([
  ['a saga', () => runningSaga(sagas, { saga: 'constructor' }), "this release has no saga 'constructor'"],
  ['a step', () => stepNamed(fulfilment, 'constructor'), "this release has no step 'constructor' in the saga 'fulfilment'"],
])('%s that this code does not have is unknown', (_, find, message) => {
  expect(find).toThrow(new UnknownDefinition(message));
  expect(find).toThrow(expect.objectContaining({ name: 'UnknownDefinition' }));
});
