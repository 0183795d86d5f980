import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { tally } from '../../test/support/tally.ts';
import { InvalidEvent } from '../basics/errors.ts';
import { commitsOf } from '../testing/commits.ts';
import { type Commit, recorded } from './event-store.ts';
import { checkEvent, fromStored, toStored } from './stored-events.ts';
import { versioned } from './upcasting.ts';

const stream = { aggregate: 'tally', id: '7' };
const [first, second] = commitsOf(
  stream,
  [{ type: 'Added', data: { amount: 1 } }],
  [
    { type: 'Added', data: { amount: 2 } },
    { type: 'Closed', data: {} },
  ],
) as [Commit, Commit];

test('a stored event says which version of its schema wrote it', () => {
  expect(toStored(tally.events, [{ type: 'Added', data: { amount: 1 } }])).toEqual([{ type: 'Added', schema: 1, data: { amount: 1 } }]);
});

test('a recorded event knows its place and its cause', () => {
  const metadata = {
    ...stream,
    recordedAt: second.recordedAt,
    commandId: 'command-2',
    correlationId: 'command-2',
    causationId: 'command-2',
  };
  expect(recorded(second)).toEqual([
    { type: 'Added', data: { amount: 2 }, metadata: { ...metadata, version: 2, eventId: 'tally-7@2' } },
    { type: 'Closed', data: {}, metadata: { ...metadata, version: 3, eventId: 'tally-7@3' } },
  ]);
});

test('an actor is there only where there was one', () => {
  expect(recorded(first)[0]?.metadata).not.toHaveProperty('actor');
  expect(recorded({ ...first, actor: 'ada' })[0]?.metadata.actor).toBe('ada');
});

test('back from the store it keeps its metadata', () => {
  expect(fromStored(tally.events, second)).toEqual(recorded(second));
});

const altered = (change: object): Commit => ({ ...second, events: second.events.map((event) => ({ ...event, ...change })) });

test.each([
  ['without a schema version', { schema: undefined }],
  ['with data that does not fit', { data: { amount: 'two' } }],
])('an event %s stops the reader, by its name', (_, change) => {
  const read = () => fromStored(tally.events, altered(change));
  expect(read).toThrow(InvalidEvent);
  expect(read).toThrow(/tally-7@2/);
});

test('a new event has 0 for -0 at every depth, and is otherwise the same', () => {
  const catalogue = { Noted: z.object({ of: z.unknown() }) };
  const checked = (of: unknown): unknown => checkEvent(catalogue, { type: 'Noted', data: { of } }, 'here').data.of;
  expect(checked(-0)).toBe(0);
  const sparse = Object.assign(new Array(3), { 0: 1, 2: -0 }); // The store refuses the hole, so it must stay.
  const odd = new (class Odd {
    zero = -0;
  })();
  expect(checked({ a: [-0, { b: -0, c: 'x' }], d: null, e: undefined })).toEqual({ a: [0, { b: 0, c: 'x' }], d: null, e: undefined });
  expect(1 in (checked(sparse) as unknown[])).toBe(false);
  for (const kept of [{ a: [1, { b: -1 }] }, odd, new Date(0)]) expect(checked(kept)).toBe(kept);
});

test('a new event that contains itself is left to the store, which refuses it', () => {
  const round: Record<string, unknown> = { zero: 0 };
  round['round'] = round;
  expect(checkEvent({ Noted: z.unknown() }, { type: 'Noted', data: round }, 'here').data).toBe(round);
});

test('an event that is recorded in the version before has that version, its data, and no -0', () => {
  const before = z.object({ euros: z.number() });
  const up = { from: before, to: ({ euros }: z.output<typeof before>) => ({ cents: euros * -100 }) };
  const Paid = versioned(z.object({ cents: z.int() }), { 1: up }, { writes: 1, back: ({ cents }) => ({ euros: cents / -100 }) });
  const paid = (cents: number) => toStored({ Paid }, [{ type: 'Paid', data: { cents } }]);
  expect(paid(100)).toEqual([{ type: 'Paid', schema: 1, data: { euros: -1 } }]);
  expect(paid(0)).toStrictEqual([{ type: 'Paid', schema: 1, data: { euros: 0 } }]);
  expect(() => paid(0.1)).toThrow(/^a new event: Paid cannot be recorded as schema version 1: /);
});
