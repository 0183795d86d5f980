import { beforeAll, expect, test } from '@jest/globals';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { dynamoReadModels } from '../../adapters/read-models/dynamo-read-models.ts';
import { tableKey } from '../../core/read/projection.ts';
import { card } from '../support/card.ts';
import { createEventsTable, createReadTable, engineClient } from '../support/dynamo.ts';
import { type OldCursor, oldCursor } from '../support/old-cursor.ts';
import { storesOf } from '../support/projecting.ts';
import { edgeOf } from '../support/read-edge.ts';
import type { Asked } from '../support/read-lambda.ts';
import { notes } from '../support/read-notes.ts';
import { tally } from '../support/tally.ts';

// What the database minds and memory does not: whatever a client asks for, it is no 500.

let edge: ReturnType<typeof edgeOf>;
beforeAll(async () => {
  const client = engineClient();
  const tables = { [tableKey(card)]: await createReadTable(card), [tableKey(notes)]: await createReadTable(notes) };
  const eventStore = dynamoEventStore({ client, table: await createEventsTable(), now: () => new Date() });
  edge = edgeOf({ deciders: [tally], projections: [card, notes] }, storesOf(eventStore, dynamoReadModels({ client, tables })));
});

test.each(['ada', '7', '漢', 'x'.repeat(1024)])('a list by the text %s', async (owner) => {
  expect(await edge.list('card', { owner })).toMatchObject({ status: 200, body: { items: [] } });
});
test.each(['0', '7', '-1', '2.5', '1e3', '9007199254740991'])('a list by the number %s', async (rank) => {
  expect(await edge.list('card', { rank })).toMatchObject({ status: 200, body: { items: [] } });
});

test.each([
  ['1025 bytes: no row has it', 'x'.repeat(1025)],
  ['2049 bytes', 'x'.repeat(2049)],
  ['3000 bytes', 'é'.repeat(1500)],
])('a list by a text that cannot be a key: %s', async (_, owner) => {
  expect((await edge.list('card', { owner })).status).toBe(400);
});
test('a list by a text in place of a number is bad input', async () => {
  for (const rank of ['x', '1_000', '', 'NaN']) expect((await edge.list('card', { rank })).status).toBe(400);
});

test.each(['Infinity', '-Infinity', '1e300', '1e-300', '9007199254740993'])('a list by a number that cannot be a key: %s', async (rank) => {
  expect((await edge.list('card', { rank })).status).toBe(400);
});
test.each([' ', '0x10', '0b1'])('a list by a text that is no JSON number is bad input: %j', async (rank) => {
  expect((await edge.list('card', { rank })).status).toBe(400);
});

test('a document at the longest key there is', async () => {
  for (const key of ['x'.repeat(2048), '漢'.repeat(682)]) expect((await edge.get('notes', key)).status).toBe(404);
});

/** Releases up to 0.2.0 accepted each of them. Where a database refuses the position, the answer was 500. */
test.each<[string, Pick<OldCursor, 'key' | 'sort'>]>([
  ['a position that exists', { key: 'a', sort: 'b' }],
  ['an empty key', { key: '', sort: 'b' }],
  ['an empty sort value', { key: 'a', sort: '' }],
  ['a key that is too long', { key: 'x'.repeat(2049), sort: 'b' }],
  ['a sort value that is too long', { key: 'a', sort: 'x'.repeat(1025) }],
  ['a sort value of another type', { key: 'a', sort: 7 }],
  ['a number that is too large', { key: 'a', sort: 1e300 }],
])('a cursor that a client made without the key is refused: %s', async (_, position) => {
  const cursor = oldCursor({ projection: card, index: 'byOwner', value: 'ada', ...position });
  const answer = await edge.list('card', { owner: 'ada', cursor });
  expect([answer.status, answer.body.code]).toEqual([400, 'InvalidCursor']);
});

test('for a tenant, too: a key that does not fit beside the tenant is bad input', async () => {
  const client = engineClient();
  const tables = { [tableKey(card)]: await createReadTable(card, { hasTenants: true }), [tableKey(notes)]: await createReadTable(notes) };
  const eventStore = dynamoEventStore({ client, table: await createEventsTable(), now: () => new Date() });
  const stores = storesOf(eventStore, dynamoReadModels({ client, tables }));
  const { ask } = edgeOf({ deciders: [tally], projections: [card, notes] }, stores, { auth: 'token', tenantClaim: 'tenant' });
  const claims = { sub: 'ada', scope: 'card:read notes:read', tenant: 'acme' };
  const room = 2048 - 'acme/'.length;
  const statusOf = async (route: string, asked: Asked) => (await ask(route, { ...asked, claims })).status;
  const list = (query: Readonly<Record<string, string>>) => statusOf('GET /{projection}', { params: { projection: 'card' }, query });
  const get = (key: string) => statusOf('GET /{projection}/{key}', { params: { projection: 'notes', key } });
  expect([await list({ owner: 'x'.repeat(1024) }), await list({ owner: 'x'.repeat(1025) })]).toEqual([200, 400]);
  expect([await list({ rank: '7' }), await list({ rank: '1e15' }), await list({ rank: 'x' })]).toEqual([200, 200, 400]);
  expect([await get('x'.repeat(room)), await get('x'.repeat(room + 1))]).toEqual([404, 400]);
});
