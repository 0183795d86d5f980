import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { type AnySaga, defineSaga, maxItems } from '../../core/sagas/saga.ts';
import { maxHistoryEvents, worstHistory } from '../../lib/execution-history.ts';
import { type Definition, sagaDefinition } from '../../lib/saga-definition.ts';
import { type Patience, pausesOf } from '../../lib/saga-patience.ts';
import { fulfilment } from '../domain/fulfilment/saga.ts';
import { order } from '../domain/order/decider.ts';

const ship = () => ({ id: '1', type: 'ShipOrder', data: {} }) as const;
const cancel = () => ({ id: '1', type: 'CancelOrder', data: { reason: 'r' } }) as const;
const once = { to: order, send: ship, undo: cancel };
const each = { ...once, forEach: 'items' };
const named = (count: number, step: object) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`S${index}`, step]));
const sagaOf = (steps: object, most = 10_000): AnySaga =>
  defineSaga({
    name: 'long',
    context: z.object({ items: z.array(z.string()).max(most) }),
    startsOn: { of: order, event: 'OrderPlaced', context: () => ({ items: [] }) },
    steps: steps as { S: typeof once },
    onAbort: { to: order, send: cancel },
  });

interface Retrier extends Patience {
  readonly ErrorEquals: readonly string[];
}

/** How each task that is no operator's is tried again, those of maps and branches too. */
const retriersIn = ({ States }: Definition): readonly (readonly [string, Retrier])[] =>
  Object.entries(States).flatMap(([name, { Type, Retry, ItemProcessor, Branches }]) => {
    const inner = [ItemProcessor ?? [], Branches ?? []].flat() as unknown as readonly Definition[];
    const retriers = name.includes('operator') || Type !== 'Task' ? [] : (Retry as readonly Retrier[]).slice(1);
    return [...retriers.map((one) => [name, one] as const), ...inner.flatMap(retriersIn)];
  });
const attemptsOf = (saga: AnySaga) => [...new Set(retriersIn(sagaDefinition(saga, 'arn')).map(([, { MaxAttempts }]) => MaxAttempts))];

const sagas: Readonly<Record<string, AnySaga>> = {
  'the example': fulfilment,
  'one step': sagaOf({ S: once }),
  'twenty steps': sagaOf(named(20, once)),
  'a hundred steps': sagaOf(named(100, once)),
  'a list': sagaOf({ S: each }),
  'two lists': sagaOf(named(2, each)),
  'three lists': sagaOf(named(3, each)),
  'lists of twenty items': sagaOf(named(3, each), 20),
};

describe.each(Object.entries(sagas))('a saga of %s', (_, saga) => {
  const definition = sagaDefinition(saga, 'arn');
  const retriers = retriersIn(definition);

  test('tries each task for a day at least, at growing pauses that begin with a second, before it undoes a step', () => {
    expect(retriers.length).toBeGreaterThan(0);
    for (const [, retrier] of retriers) {
      const pauses = pausesOf(retrier);
      expect(retrier).toMatchObject({ ErrorEquals: ['States.ALL'], IntervalSeconds: 1 });
      expect(retrier).not.toHaveProperty('JitterStrategy');
      expect(pauses[0]).toBe(1);
      expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
      expect(pauses.reduce((sum, one) => sum + one, 0)).toBeGreaterThanOrEqual(24 * 3600);
    }
  });

  test('has room for all tries in the history of an execution, and for an operator', () => {
    expect(worstHistory(definition as never)).toBeLessThanOrEqual(maxHistoryEvents - 500);
  });
});

test('the more tasks a saga has, the fewer tries each of them has', () => {
  const counts = ['one step', 'twenty steps', 'a hundred steps'].map((name) => Math.max(...attemptsOf(sagas[name] as AnySaga)));
  expect(counts).toEqual(counts.toSorted((a, b) => b - a));
  expect(counts[0]).toBe(153); // A try each ten minutes, in the end.
  expect(attemptsOf(sagas['lists of twenty items'] as AnySaga).at(-1)).toBeGreaterThan(
    attemptsOf(sagas['three lists'] as AnySaga).at(-1) ?? 0,
  );
});

describe('the worst history', () => {
  const task = {
    Type: 'Task',
    Retry: [
      { ErrorEquals: ['Refused'], MaxAttempts: 0 },
      { ErrorEquals: ['States.ALL'], MaxAttempts: 4 },
    ],
  };
  const ofTask = 2 + 5 * 3 + 1;
  const machine = (States: object) => ({ StartAt: Object.keys(States)[0], States }) as never;
  const inner = machine({ task });

  test.each<[string, object, number]>([
    ['each try of a task', { task }, ofTask],
    ['the three tries of a retrier that does not say', { task: { Type: 'Task', Retry: [{ ErrorEquals: ['States.ALL'] }] } }, 2 + 4 * 3 + 1],
    ['one state after the other', { task: { ...task, Next: 'end' }, end: { Type: 'Succeed' } }, ofTask + 2],
    ['the longer way of a choice', { or: { Type: 'Choice', Choices: [{ Next: 'task' }], Default: 'end' }, end: {}, task }, 2 + ofTask],
    ['its default', { or: { Type: 'Choice', Choices: [{ Next: 'end' }], Default: 'task' }, end: {}, task }, 2 + ofTask],
    ['the way after an error', { first: { ...task, Next: 'end', Catch: [{ Next: 'task' }] }, end: {}, task }, 2 * ofTask],
    ['all branches', { both: { Type: 'Parallel', Branches: [inner, inner] } }, 4 + 2 * ofTask],
    ['all rounds of a map', { map: { Type: 'Map', Comment: 'At most 7 items', ItemProcessor: inner } }, 4 + 7 * (2 + ofTask)],
    ['200 rounds of a map that does not say', { map: { Type: 'Map', ItemProcessor: inner } }, 4 + maxItems * (2 + ofTask)],
  ])('counts %s', (_, states, events) => expect(worstHistory(machine(states))).toBe(2 + events));

  test('leaves out an operator, who leads back', () => {
    const wait = { Type: 'Task', Parameters: { Payload: { does: 'wait' } }, Retry: [], Next: 'task' };
    expect(worstHistory(machine({ task: { ...task, Catch: [{ Next: 'wait' }] }, wait }))).toBe(2 + ofTask);
  });
});

test('the width of a map is that of the list in the context, and 200 at most', () => {
  const comments = (saga: AnySaga) =>
    Object.values(sagaDefinition(saga, 'arn').States).flatMap(({ Type, Comment }) => (Type === 'Map' ? [Comment] : []));
  expect(comments(sagaOf({ S: each }, 20))).toEqual(['At most 20 items', 'At most 20 items']);
  expect(comments(sagaOf({ S: each }))).toEqual(['At most 200 items', 'At most 200 items']);
});

test('a saga whose tries have no room for a day has no definition, and the error says what to do', () => {
  expect(() => sagaDefinition(sagaOf(named(4, each)), 'arn')).toThrow(
    /^long: the history of an execution has no room to try each step for a day: \d{5} events, and AWS accepts 25000\. Bound its lists in the context/,
  );
  expect(() => sagaDefinition(sagaOf(named(4, each), 100), 'arn')).not.toThrow();
});
