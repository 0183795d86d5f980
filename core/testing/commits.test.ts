import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { tally } from '../../test/support/tally.ts';
import { commitsOf, recordedAt, toStoredEvent } from './commits.ts';

const stream = { aggregate: 'tally', id: '1' };
const added = (amount: number) => ({ type: 'Added', data: { amount } });

test('each list of events is a commit after the one before it', () => {
  const cause = (id: string) => ({ commandId: id, correlationId: id, causationId: id });
  const stored = (amount: number) => ({ ...added(amount), schema: 1 });
  expect(commitsOf(stream, [added(1), added(2)], [added(3)], [added(4)])).toEqual([
    { stream, version: 1, events: [stored(1), stored(2)], recordedAt: '2026-01-01T09:00:01.000Z', ...cause('command-1') },
    { stream, version: 3, events: [stored(3)], recordedAt: '2026-01-01T09:00:03.000Z', ...cause('command-2') },
    { stream, version: 4, events: [stored(4)], recordedAt: '2026-01-01T09:00:04.000Z', ...cause('command-3') },
  ]);
  expect(commitsOf(stream)).toEqual([]);
});

test('version n is recorded n seconds after nine', () => expect(recordedAt(61)).toBe('2026-01-01T09:01:01.000Z'));

test('the catalogue gives the schema of an event, unless the event names one', () => {
  const [commit] = commitsOf({ ...stream, events: tally.events }, [added(1), { ...added(2), schema: 7 }, { type: 'Other', data: {} }]);
  expect(commit?.stream).toEqual(stream);
  expect(commit?.events.map(({ schema }) => schema)).toEqual([1, 7, 1]);
  expect(toStoredEvent({ Added: z.object({}) }, { type: 'Added', data: {} })).toEqual({ type: 'Added', data: {}, schema: 1 });
});
