import { beforeEach, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { memoryEventStore } from '../../adapters/event-log/memory-event-store.ts';
import { added, appendTo, newStream, request } from '../../test/support/requests.ts';
import { add, tally, tallyTotal } from '../../test/support/tally.ts';
import type { Recorded } from '../basics/messages.ts';
import type { EventStore, StoredEvent } from '../log/event-store.ts';
import type { AnyProjection } from '../read/projection.ts';
import { withDocumentKeys } from './document-keys.ts';

const now = (): Date => new Date('2026-01-01T09:00:00.000Z');
const noted = (note: string): StoredEvent => ({ type: 'Added', schema: 1, data: { amount: 1, note } });

let seen: Recorded[];
const byNote: AnyProjection = {
  ...tallyTotal,
  name: 'by-note',
  document: z.object({}),
  key: (event: Recorded) => {
    seen.push(event);
    const { note } = event.data as { readonly note?: string };
    if (note === 'fails') throw new Error('a fault of the projection');
    return note;
  },
  evolve: { Added: () => ({}) },
};
let store: EventStore;
let checked: EventStore;
beforeEach(() => {
  seen = [];
  store = memoryEventStore(now);
  checked = withDocumentKeys(store, { domain: { deciders: [tally], projections: [tallyTotal, byNote] }, now });
});
const appended = async (tenant: string | undefined, ...events: readonly StoredEvent[]) => {
  const stream = { ...newStream(), ...(tenant === undefined ? {} : { tenant }) };
  const outcome = await appendTo(checked, checked.begin(stream), request(add(1)), events);
  return outcome.won && outcome.commit.events.length;
};

describe('an event for which a projection chooses an impossible key is not appended:', () => {
  test.each<[string, string, string | undefined]>([
    ['empty', '', undefined],
    ['like that of a checkpoint', 'stream#tally-1', undefined],
    ['too long', 'x'.repeat(1025), undefined],
    ['too long in bytes', '漢'.repeat(342), undefined],
    ['too long behind the tenant', 'x'.repeat(1020), 'acme'],
    ['half of a character', 'a\ud800', undefined],
  ])('%s', async (_, note, tenant) => {
    const stream = { ...newStream(), ...(tenant === undefined ? {} : { tenant }) };
    const outcome = appendTo(checked, checked.begin(stream), request(add(1)), [noted('fits'), noted(note)]);
    await expect(outcome).rejects.toMatchObject({
      ...{ name: 'Invalid', code: 'InvalidData' },
      message: `by-note: a document's key is text of 1 to 1024 bytes that does not begin with 'stream#': '${note.slice(0, 100).toWellFormed()}'`,
    });
    expect((await store.read(stream, { from: 1, limit: 1 })).commits).toEqual([]);
  });

  test.each<[string, string | undefined]>([
    ['x'.repeat(1024), undefined],
    ['漢'.repeat(341), undefined],
    ['x'.repeat(1019), 'acme'],
    ['a stream#', undefined],
    ['fails', undefined],
  ])('but %s is', async (note, tenant) => expect(await appended(tenant, noted(note))).toBe(1));
});

test('an event without a key, or without a row in the projection, is appended', async () => {
  expect(await appended(undefined, ...added(1, 2))).toBe(2);
  seen = [];
  expect(await appended(undefined, { type: 'Cleared', schema: 1, data: { note: '' } })).toBe(1);
  expect(seen).toEqual([]);
});

test('a projection sees the event as it will be recorded', async () => {
  const stream = { tenant: 'acme', ...newStream() };
  const asked = { ...request(add(1)), actor: 'ada' };
  const first = await appendTo(checked, checked.begin(stream), asked, [noted('a'), noted('b')]);
  if (!first.won) throw new Error('lost');
  const folded = { fingerprint: 'nobody', state: null };
  await checked.append(first.tail, request(add(1)), { events: [noted('c')], folded, recordedAt: '2027-01-01T00:00:00.000Z' });
  const { correlationId, causationId, commandId } = asked;
  const cause = { correlationId, causationId, commandId, actor: 'ada' };
  expect(seen).toMatchObject([
    { type: 'Added', data: { note: 'a' }, metadata: { ...stream, ...cause, version: 1, recordedAt: '2026-01-01T09:00:00.000Z' } },
    { data: { note: 'b' }, metadata: { version: 2 } },
    { data: { note: 'c' }, metadata: { version: 3, recordedAt: '2027-01-01T00:00:00.000Z' } },
  ]);
  const { commits } = await store.read(stream, { from: 1, limit: 1 });
  expect(seen[0]?.metadata.recordedAt).toBe(commits[0]?.recordedAt);
});

test('the projections of other aggregates are not asked, and those of an aggregate are looked up once', async () => {
  let lookups = 0;
  const projections = [byNote];
  const domain = {
    deciders: [tally],
    get projections() {
      lookups += 1;
      return projections;
    },
  };
  checked = withDocumentKeys(store, { domain, now });
  const other = newStream('other');
  expect(await appendTo(checked, checked.begin(other), request(add(1)), [noted('')])).toMatchObject({ won: true });
  for (const _ of [1, 2]) await appended(undefined, noted('a'));
  expect(lookups).toBe(2);
});

test('all else is the store itself', () => {
  const { append: _, ...rest } = checked;
  const { append: __, ...own } = store;
  expect(rest).toEqual(own);
});
