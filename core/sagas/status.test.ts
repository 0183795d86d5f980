import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { order } from '../../test/domain/order/decider.ts';
import type { AnySaga } from './saga.ts';
import { type SagaExecution, type SagaMoment, sagaStatus } from './status.ts';

const send = () => ({ id: '1', type: 'ShipOrder', data: {} }) as const;
const saga: AnySaga = {
  name: 'shipping',
  context: z.object({}),
  startsOn: { of: order, event: 'OrderPlaced', context: () => undefined },
  steps: {
    Pay: { to: order, send, undo: send },
    Pack: { to: order, send, undo: send },
    Ship: { to: order, send },
  },
  onAbort: { to: order, send },
};

const entered = (state: string): SagaMoment => ({ state, is: 'entered' });
const left = (state: string, output: unknown = {}): SagaMoment => ({ state, is: 'left', output });
const passed = (state: string, output: unknown = {}): readonly SagaMoment[] => [entered(state), left(state, output)];
const statusOf = (moments: readonly SagaMoment[], more: Partial<SagaExecution> = {}) =>
  sagaStatus(saga, {
    ...{ name: 'e', status: 'RUNNING', startedAt: '2026-01-01T09:00:00.000Z', moments },
    input: { event: 'order-1@1', correlationId: 'c', context: {} },
    ...more,
  });
const failed = { Pack: { Error: 'Refused', Cause: 'OutOfStock' } };

describe('a saga that runs', () => {
  test('is in the steps that it entered and has not left, and counts those that it did', () => {
    expect(statusOf([...passed('Pay'), entered('Pack'), entered('Ship')])).toEqual({
      ...{ status: 'running', current: ['Pack', 'Ship'], done: { Pay: 1 }, undone: {} },
    });
  });

  test('counts a step once for each item, and is in it while an item is open', () => {
    const items = [entered('Pack'), entered('Pack'), entered('Pack'), left('Pack'), left('Pack')];
    expect(statusOf(items)).toMatchObject({ current: ['Pack'], done: { Pack: 2 } });
    expect(statusOf([...items, left('Pack')])).toMatchObject({ current: [], done: { Pack: 3 } });
  });

  test('is in no state that only contains others', () => {
    expect(statusOf([entered('Each Pack'), entered('Pack')]).current).toEqual(['Pack']);
    expect(statusOf([entered('Frame'), entered('Undo Pay'), entered('Abort')]).current).toEqual(['Undo Pay', 'Abort']);
  });

  test('does not count a step that failed, and says why it aborts', () => {
    expect(statusOf([...passed('Pay'), ...passed('Pack', { failed }), entered('Undo Pay')])).toEqual({
      ...{ status: 'running', current: ['Undo Pay'], done: { Pay: 1 }, undone: {}, reason: 'OutOfStock' },
    });
  });

  test('counts a step whose time was up if the look for its answer found it', () => {
    const late = 'Pack: no answer in time';
    expect(statusOf([...passed('Pay'), ...passed('Pack'), entered(late)])).toMatchObject({ current: [], done: { Pay: 1 } });
    expect(statusOf([...passed('Pack'), ...passed(late), ...passed('Ship')])).toMatchObject({ done: { Pack: 1, Ship: 1 } });
    expect(statusOf([...passed('Pack'), ...passed(late, { failed })])).toMatchObject({ done: {}, reason: 'OutOfStock' });
    const asked = [...passed('Pack'), ...passed(late), entered('Pack waits for an operator')];
    expect(statusOf(asked)).toMatchObject({ status: 'stuck', done: {} });
    expect(statusOf([...asked, left('Pack waits for an operator'), ...passed('Pack')])).toMatchObject({ done: { Pack: 1 } });
  });

  test('counts a step that was done beside one that failed', () => {
    expect(statusOf([...passed('Pay', { failed })])).toMatchObject({ done: { Pay: 1 }, reason: 'OutOfStock' });
    expect(statusOf([...passed('Pack', { failed: [{}, failed] })])).toMatchObject({ done: {}, reason: 'OutOfStock' });
  });

  test('waits for an operator: it is stuck, and the step is not undone before the operator has answered', () => {
    const asked = [...passed('Undo Pay'), entered('Undo Pay waits for an operator')];
    expect(statusOf(asked)).toMatchObject({ status: 'stuck', current: ['Undo Pay waits for an operator'], undone: {} });
    expect(Object.keys(statusOf(asked).undone)).toEqual([]);
    const again = [...asked, left('Undo Pay waits for an operator'), ...passed('Undo Pay')];
    expect(statusOf(again)).toMatchObject({ status: 'running', current: [], undone: { Pay: 1 } });
  });

  test('waits for an operator at a step, which is not done before the operator has had it tried again', () => {
    const asked = [...passed('Pay'), ...passed('Pack'), entered('Pack waits for an operator')];
    expect(statusOf(asked)).toMatchObject({ status: 'stuck', current: ['Pack waits for an operator'], done: { Pay: 1 } });
    expect(Object.keys(statusOf(asked).done)).toEqual(['Pay']);
    const again = [...asked, left('Pack waits for an operator'), ...passed('Pack')];
    expect(statusOf(again)).toMatchObject({ status: 'running', current: [], done: { Pay: 1, Pack: 1 } });
  });
});

test('an execution has the steps of the revision that it runs; those of the newest if the code no longer has that revision', () => {
  const second: AnySaga = { ...saga, revision: 2, before: [saga], steps: { Charge: { to: order, send } } };
  const of = (revision?: number) =>
    sagaStatus(second, {
      ...{ name: 'e', status: 'RUNNING', startedAt: '', moments: [...passed('Pay'), entered('Pack'), ...passed('Charge')] },
      input: { event: 'order-1@1', correlationId: 'c', context: {}, ...(revision === undefined ? {} : { revision }) },
    });
  expect(of()).toMatchObject({ current: ['Pack'], done: { Pay: 1 } });
  expect(of(1)).toEqual(of());
  expect(of(2)).toMatchObject({ current: [], done: { Charge: 1 } });
  expect(of(3)).toEqual(of(2));
});

describe('a saga that has ended', () => {
  test('is completed', () => {
    expect(statusOf([...passed('Pay'), ...passed('Ship')], { status: 'SUCCEEDED', output: {} })).toEqual({
      ...{ status: 'completed', current: [], done: { Pay: 1, Ship: 1 }, undone: {} },
    });
  });

  test('is aborted where it came to its last command, with the reason in its output', () => {
    const moments = [...passed('Pay'), ...passed('Undo Pay'), ...passed('Abort'), ...passed('Aborted')];
    const output = { failed: { Pay: { Error: 'States.Timeout' } } };
    expect(statusOf(moments, { status: 'SUCCEEDED', output })).toEqual({
      ...{ status: 'aborted', current: [], done: { Pay: 1 }, undone: { Pay: 1 }, reason: 'Pay was not answered in time' },
    });
  });

  test.each(['FAILED', 'TIMED_OUT', 'ABORTED', 'PENDING_REDRIVE'] as const)(
    'is failed as %s, with the error, and is in no state',
    (status) => {
      const moments = [entered('Undo Pay waits for an operator')];
      expect(statusOf(moments, { status, error: 'States.Runtime' })).toEqual({
        ...{ status: 'failed', current: [], done: {}, undone: {}, reason: 'States.Runtime' },
      });
    },
  );
});

test.each([
  ['no data', undefined],
  ['null', null],
  ['a text', 'text'],
  ['no failures', {}],
  ['an empty table', { failed: {} }],
  ['empty tables', { failed: [{}, {}] }],
])('a state leaves with %s: there is no failure', (_, output) => {
  expect(statusOf(passed('Pay', output), { status: 'SUCCEEDED', output })).toEqual({
    ...{ status: 'completed', current: [], done: { Pay: 1 }, undone: {} },
  });
});

test('the reason is the failure that came last, and the output’s before those of the states', () => {
  const moments = [
    ...passed('Pay', { failed: { Pay: { Error: 'Aborted', Cause: 'first' } } }),
    ...passed('Pack', { failed }),
    ...passed('X'),
  ];
  expect(statusOf(moments).reason).toBe('OutOfStock');
  expect(statusOf(moments, { output: { failed: { Ship: { Error: 'Aborted', Cause: 'at the end' } } } }).reason).toBe('at the end');
});
