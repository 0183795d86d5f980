import { beforeAll, expect, test } from '@jest/globals';
import * as z from 'zod';
import { definePublication } from '../../core/publish/publication.ts';
import { defineDomain } from '../../core/registry/domain.ts';
import { edgeOf } from '../support/read-edge.ts';
import { memoryStores } from '../support/read-taps.ts';
import { append } from '../support/requests.ts';
import { tally } from '../support/tally.ts';

// A commit may be compressed, so that a page of the log is far more text than what Lambda and API Gateway let through.

const noted = definePublication({
  name: 'notes',
  events: tally.events,
  publishes: { 'Noted.v1': z.object({ note: z.string() }) },
  map: { Added: ({ note = '' }) => ({ type: 'Noted.v1', data: { note } }) },
});
const stores = memoryStores();
const edge = edgeOf(defineDomain({ deciders: [tally], projections: [], publications: [noted] }), stores);

const note = '"'.repeat(500_000); // Two bytes each in an answer, and four in what a function answers.
const mostBytes = 6_291_556;

beforeAll(async () => {
  let tail = stores.eventStore.begin({ aggregate: 'tally', id: 'a' });
  for (const count of [1, 1, 2, 1, 1])
    ({ tail } = await append(
      stores.eventStore,
      tail,
      Array.from({ length: count }, () => ({ type: 'Added', schema: 1, data: { amount: 1, note } })),
    ));
});

test('what was published of large commits comes whole, though the published data is small', async () => {
  const counted = definePublication({
    name: 'counts',
    events: tally.events,
    publishes: { 'Counted.v1': z.object({ amount: z.int() }) },
    map: { Added: ({ amount }) => ({ type: 'Counted.v1', data: { amount } }) },
  });
  const large = memoryStores();
  const { ask } = edgeOf(defineDomain({ deciders: [tally], projections: [], publications: [counted] }), large);
  let tail = large.eventStore.begin({ aggregate: 'tally', id: 'b' });
  for (let amount = 1; amount <= 20; amount++)
    ({ tail } = await append(large.eventStore, tail, [{ type: 'Added', schema: 1, data: { amount, note: 'x'.repeat(1_000_000) } }]));
  const amounts: number[] = [];
  for (let query: string | undefined = 'limit=100'; query !== undefined; ) {
    const options = { params: { aggregate: 'tally', id: 'b' }, query: Object.fromEntries(new URLSearchParams(query)) };
    const { body } = await ask('GET /streams/{aggregate}/{id}/published', options);
    amounts.push(...body.items.map(({ data }: { readonly data: { readonly amount: number } }) => data.amount));
    query = body.next?.split('?')[1];
  }
  expect(amounts).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
});

interface Item {
  readonly metadata?: { readonly version: number };
  readonly streamversion?: number;
}

test.each([
  ['the events', 'GET /streams/{aggregate}/{id}', 'order=asc', [1, 2, 3, 4, 5, 6]],
  ['the events, newest first', 'GET /streams/{aggregate}/{id}', 'order=desc', [6, 5, 4, 3, 2, 1]],
  ['what was published', 'GET /streams/{aggregate}/{id}/published', '', [1, 2, 3, 4, 5, 6]],
])('%s of a stream come in pages that fit into an answer, and none is missing', async (_, route, asked, versions) => {
  const pages: number[][] = [];
  for (let query: string | undefined = asked; query !== undefined; ) {
    const options = { params: { aggregate: 'tally', id: 'a' }, query: Object.fromEntries(new URLSearchParams(query)) };
    const { status, body } = await edge.ask(route, options);
    expect(status).toBe(200);
    expect(Buffer.byteLength(JSON.stringify(JSON.stringify(body)))).toBeLessThan(mostBytes - 2000);
    pages.push(body.items.map(({ metadata, streamversion }: Item) => metadata?.version ?? streamversion));
    query = body.next?.split('?')[1];
  }
  expect(pages.flat()).toEqual(versions);
  expect(pages).toHaveLength(3);
});
