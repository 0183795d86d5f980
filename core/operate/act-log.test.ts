import { beforeEach, expect, test } from '@jest/globals';
import { memoryEventStore } from '../../adapters/event-log/memory-event-store.ts';
import { handlerOn } from '../../test/support/handling.ts';
import { request } from '../../test/support/requests.ts';
import type { EventStore, Range } from '../log/event-store.ts';
import { type RecordedAct, recordedActs } from './act-log.ts';
import { acts, monthOf } from './acts.ts';

let now: Date;
let store: EventStore;
let reads: string[];
beforeEach(() => {
  now = new Date('2026-11-23T03:00:00.000Z');
  store = memoryEventStore(() => now);
  reads = [];
});
const at = (time: string) => {
  now = new Date(time);
};
let number = 0;
const begin = async (target: string): Promise<{ readonly id: string; readonly month: string }> => {
  const id = `act-${String(++number).padStart(4, '0')}`;
  const month = monthOf(now);
  const command = { type: 'BeginAct', data: { id, act: 'redrive', target } } as const;
  await handlerOn(store)(acts, { id: month }, { ...request(command), actor: 'ada' });
  return { id, month };
};
const end = ({ id, month }: { readonly id: string; readonly month: string }) =>
  handlerOn(store)(acts, { id: month }, request({ type: 'EndAct', data: { id, outcome: 'done', result: 'in' } } as const));
const listed = async (since = '') => {
  const counting = {
    read: (stream: { readonly id: string; readonly aggregate: string }, range: Range) => {
      reads.push(stream.id);
      return store.read(stream, range);
    },
  };
  const found: RecordedAct[] = [];
  for await (const act of recordedActs({ eventStore: counting, now: () => now }, since)) found.push(act);
  return found;
};
const targets = async (since?: string) => (await listed(since)).map(({ target, end }) => `${target} ${end?.result ?? '?'}`);

test('an act, with its end', async () => {
  const act = await begin('a');
  at('2026-11-23T03:00:05.000Z');
  await end(act);
  expect(await listed()).toEqual([
    {
      ...{ id: act.id, act: 'redrive', target: 'a', event: 'system-2026-11@1', who: 'ada', begunAt: '2026-11-23T03:00:00.000Z' },
      end: { outcome: 'done', result: 'in', endedAt: '2026-11-23T03:00:05.000Z' },
    },
  ]);
});

test('the newest first, over the months and over pages; an act without an end has none', async () => {
  const first = await begin('first');
  await begin('crashed');
  for (let index = 0; index < 120; index += 1) await end(await begin(`many ${index}`));
  at('2027-02-01T00:00:00.000Z');
  await end(await begin('later'));
  await end(first); // It took two months.
  const found = await targets();
  expect((await listed()).filter((act) => !('end' in act)).map(({ target }) => target)).toEqual(['crashed']);
  reads.splice(0);
  await listed();
  expect(found).toHaveLength(123);
  expect([...found.slice(0, 2), ...found.slice(-2)]).toEqual(['later in', 'many 119 in', 'crashed ?', 'first in']);
  expect([...new Set(reads)]).toEqual(['2027-02', '2027-01', '2026-12', '2026-11']);
});

test('since a time: no month before it is read', async () => {
  await begin('before');
  at('2026-12-05T00:00:00.000Z');
  await begin('on time');
  expect(await targets('2026-12-05T00:00:00.000Z')).toEqual(['on time ?']);
  expect(reads).toEqual(['2026-12']);
  expect(await targets('2026-12-05T00:00:00.001Z')).toEqual([]);
  expect(await targets('2026-11-23T03:00:00.000Z')).toEqual(['on time ?', 'before ?']);
});

test('the clock of the function may be a day ahead', async () => {
  at('2026-12-01T10:00:00.000Z');
  await begin('ahead');
  at('2026-11-30T12:00:00.000Z');
  expect(await targets()).toEqual(['ahead ?']);
});
