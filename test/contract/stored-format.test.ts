import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { beginningOf, type CommitItem, type Content, fromItem, hashOf, toItem } from '../../adapters/event-log/commit-item.ts';
import { recallKey, snapshotOf, withSnapshot } from '../../adapters/event-log/snapshot.ts';
import { cursorsWith } from '../../adapters/read-models/cursor.ts';
import { fromReadItem, type ReadItem, toReadItem } from '../../adapters/read-models/read-item.ts';
import { executionName } from '../../adapters/sagas/step-functions-sagas.ts';
import { checkpointIn } from '../../cli/import/checkpoint.ts';
import type { Request } from '../../core/log/event-store.ts';
import { relayPositions } from '../../core/publish/relay.ts';
import { defineProjection } from '../../core/read/projection.ts';
import { progressKey, type Row, wholeVersion } from '../../core/read/read-models.ts';
import { commandOf } from '../../core/sagas/running/run.ts';
import { defineSaga } from '../../core/sagas/saga.ts';
import { foldingOf } from '../../core/write/decider.ts';
import { added } from '../support/requests.ts';
import { at, bytes, firstItem, hex } from '../support/stored.ts';
import { tally, tallyTotal } from '../support/tally.ts';

// A change here breaks stored data.
//
// Each literal is what a deployed service has in its tables, its executions and its clients' hands. Where the code makes another value, what
// is stored cannot be verified, recognised or read any more: chains break, repeated requests are refused or carried out twice, sagas start
// twice. Do not adapt a literal to the code. Keep reading the old form, and add a row for the new one.

const plain: Request = { commandId: 'k2', correlationId: 'k2', causationId: 'k2', command: { type: 'Add', data: {} } };

test('the commit that follows it, with the hash over both, and a time that does not run backwards', () => {
  const item = toItem({ ...firstItem, version: 2 }, { ...plain, causationId: 'k1' }, { events: added(3) }, '2026-01-01T08:00:00.000Z');
  const earlier = {
    ...{ stream: 'acme/tally-7', version: 3, count: 1, events: '[{"type":"Added","schema":1,"data":{"amount":3}}]', types: ['Added'] },
    ...{ at, command: 'k2', request: bytes('b7572b5d0ec93e58e6a47dfc8b554a8b'), causation: 'k1' },
    hash: bytes('7ce8b68716431d6325f9fe357aa881231c3f8ef605ff51c75ba16e3cc410e624'),
  };
  expect(hex(hashOf(firstItem.hash, earlier))).toBe(hex(earlier.hash));
  expect(item).toEqual({
    ...{ ...earlier, request: bytes('b7572b5d0ec93e58e6a47dfc8b554a') },
    hash: bytes('3ff52f4f1acba046b530198c931f118a154d1fef76e09886c9d32b0b01a3d63e'),
  });
});

/** DEFLATE has many texts for one content, and another zlib may choose another: what is stored is read, and its hash is of its bytes. */
const deflatedEvents =
  'edca310e80201004c0af98ad69b4a4f31dc6e2e44e690013b13084bf1bdfe17653ccd2509fd3e031ab9ac2e10ad192c04f0e2a55e01b24953b57f8d12197fa65d982da7ec481200882200882200882f815d0fbfa02';
const longEvents = [{ type: 'Added', schema: 2, data: { amount: 1, note: 'abcdefgh '.repeat(400) } }];

test('a compressed commit as the first release wrote it, without its inflated size', () => {
  const item: CommitItem = {
    ...{ stream: 'tally-8', version: 1, count: 1, events: bytes(deflatedEvents), types: ['Added'], at, command: 'k2' },
    ...{
      request: bytes('b7572b5d0ec93e58e6a47dfc8b554a8b'),
      hash: bytes('b4c3c8e557516a37019e220f3bb589d15fcad088915cd6b0a1d90e50f19e6b8c'),
    },
  };
  expect(fromItem(item).events).toEqual(longEvents);
  expect(hex(hashOf(beginningOf('tally-8').hash, item))).toBe(hex(item.hash));
});

const deflatedAnswer = 'edc6bb1100101445c156cc8d8522dd3cff444466f4ae1067a33d5a79d4698ac1abd8364559caa5b63e1c2184104208218490afa2fb00';
const longAnswer = { schema: 4, data: 'abcdefgh '.repeat(400) };

/** What is told, the attributes that are then stored beside those of every commit, and the commit's hash. */
const attributes: Readonly<Record<string, readonly [Partial<Request>, Partial<Content>, Partial<CommitItem>, string]>> = {
  'none of the later attributes': [{}, {}, {}, '872b8d36d41565cc3ce68e608096c918eea45a4ea7691f3df5b402ea549b2d51'],
  by: [{ by: 'saga:fulfilment' }, {}, { by: 'saga:fulfilment' }, '5a415fef02a53f56a6cbb9047538a1eb031eb649f8942bd9cddb346d495bf664'],
  depth: [{ depth: 3 }, {}, { depth: 3 }, '1e8466283f14184b2321de6e0566aab2742f0279e400121812d9c79ed46d84aa'],
  commandType: [
    { commandType: 'Add', commandSchema: 1 },
    {},
    { commandType: 'Add' },
    'd31e157eb20c89b6e2ba2f1703df10e756a414306ca1f397ffec536d7c2c2198',
  ],
  commandSchema: [
    { commandType: 'Add', commandSchema: 2 },
    {},
    { commandType: 'Add', commandSchema: 2 },
    '8a45c286752881a72c57c11c0991ab25861054592e8622c6994cff873c58c113',
  ],
  answer: [
    { commandType: 'Add' },
    { answer: { schema: 1, data: { seat: '7A' } } },
    { commandType: 'Add', answer: '{"schema":1,"data":{"seat":"7A"}}' },
    '6c503f4ca7bcd888ead3739303ba0e66b9b1a1d307791e97d203dd2c00481235',
  ],
  sealed: [{}, { sealed: 1 }, { sealed: 1 }, '3219f50e0cc57cc79525cc6e91c396e60d7b5bfc48a6327d9ef1822a9b0f44e9'],
  'inflated, of the events': [
    {},
    { events: longEvents },
    { events: bytes(deflatedEvents), inflated: 3659 },
    'c2a3e419eff74a2a3330149f356e742c7cf3096c86a3a3bfcee4c9aa8c6e07f9',
  ],
  'inflated, of the answer': [
    { commandType: 'Add' },
    { answer: longAnswer },
    { commandType: 'Add', answer: bytes(deflatedAnswer), inflated: 3622 },
    '4d4497a67e833d37aa8c5bf7220acd34db02015efd657dee1822c0f330ae4731',
  ],
  'all of them': [
    { actor: 'ada', by: 'saga:x', depth: 1, commandType: 'Add', commandSchema: 2 },
    { events: longEvents, answer: longAnswer, sealed: 2 },
    {
      ...{ actor: 'ada', by: 'saga:x', depth: 1, commandType: 'Add', commandSchema: 2, sealed: 2 },
      ...{ events: bytes(deflatedEvents), answer: bytes(deflatedAnswer), inflated: 7281 },
    },
    '7e2a381422d5194f17e167d68cd6e44457211ae45a53e4f085ca478fff5324ac',
  ],
};

test.each(Object.entries(attributes))('an attribute of a commit: %s', (_, [told, held, stored, hash]) => {
  const content = { events: added(3), ...held };
  const item: CommitItem = {
    ...{ stream: 'tally-8', version: 1, count: 1, events: '[{"type":"Added","schema":1,"data":{"amount":3}}]', types: ['Added'] },
    ...{ at, command: 'k2', request: bytes('b7572b5d0ec93e58e6a47dfc8b554a8b'), ...stored, hash: bytes(hash) },
  };
  expect(fromItem(item)).toEqual({
    ...{ stream: { aggregate: 'tally', id: '8' }, version: 1, recordedAt: at, commandId: 'k2', correlationId: 'k2', causationId: 'k2' },
    ...{ ...told, ...(told.commandSchema === 1 ? { commandSchema: undefined } : {}), ...content },
  });
  expect(hex(hashOf(beginningOf('tally-8').hash, item))).toBe(hash);
  const written = toItem(beginningOf('tally-8'), { ...plain, ...told }, content, at);
  expect(Object.keys(written).sort()).toEqual(Object.keys(item).sort());
  const differing = { events: '', answer: '', hash: '', request: '' };
  expect({ ...written, ...differing }).toEqual({ ...item, ...differing });
});

const recalls = [
  { key: 'arnx6', version: 1 },
  { key: 'AV9-a', version: 40 },
];
/** That of release 0.2; later ones add the number of event versions that the code knows. */
const fingerprint = '["tally",1,{"sum":"number","isClosed":"boolean"}]';
const due = (state: unknown) => ({ fingerprint, state: JSON.stringify(state), recalls, commitsSince: 8, bytesSince: 0 });

test('the text of a snapshot: seal, fold, recent requests, state', () => {
  const snapshot = 'kADhudhQ["w46UhkLS","arnx61,AV9-a13",{"sum":3,"isClosed":false}]';
  expect(foldingOf(tally)).toMatchObject({ fingerprint: fingerprint.replace(/]$/, ',3]'), earlier: expect.arrayContaining([fingerprint]) });
  expect([recallKey('k1'), recallKey('k2')]).toEqual(recalls.map(({ key }) => key));
  expect(withSnapshot(firstItem, due({ sum: 3, isClosed: false })).snapshot).toBe(snapshot);
  expect(snapshotOf({ ...firstItem, snapshot }, fingerprint)).toEqual({ state: { sum: 3, isClosed: false }, recalls });
});

test('the text of a snapshot of this release, which code that knows fewer event versions does not read', () => {
  const { fingerprint: today, earlier = [] } = foldingOf(tally);
  const { snapshot = '' } = withSnapshot(firstItem, { ...due({ sum: 3, isClosed: false }), fingerprint: today });
  expect(snapshot).toBe('Du_Fg8MG["FGpr7bxf","arnx61,AV9-a13",{"sum":3,"isClosed":false}]');
  const item = { ...firstItem, snapshot };
  expect(snapshotOf(item, today)).toEqual({ state: { sum: 3, isClosed: false }, recalls });
  for (const one of earlier) expect(snapshotOf(item, one)).toBeUndefined();
  expect(snapshotOf(withSnapshot(firstItem, due({ sum: 3 })), today, earlier)).toBeDefined();
});

test('a compressed snapshot', () => {
  const snapshot = Buffer.from(
    'Sll6ZzFDTVbtwTEKg0AQAMC/bH0Wohxolz6dmEYsLAIBIUU48ED8uw/JzCxx9Hn+7M8pUmy/b81teryGZmu7SGeUdy0xRgUAAAAAAAAAgD8Q13oD',
    'base64',
  );
  expect(snapshotOf({ ...firstItem, snapshot }, fingerprint)).toEqual({ state: { text: 'x'.repeat(9000) }, recalls });
});

test('the name of an execution: with another one an event that comes again starts its saga twice', () => {
  expect(executionName('fulfilment', 'order-42@1')).toBe('fulfilment-eda1f0e46bde4b9d47c7c998159879e2');
  expect(executionName('a-saga-with-a-name-that-is-longer-than-forty-characters', 'acme/order-42@1')).toBe(
    'a-saga-with-a-name-that-is-longer-than-f-c97b602d02360b8ae10b0b3d43d41a6f',
  );
});

test('the ids of the commands of a saga: with other ones a task that is tried again is carried out twice', () => {
  const send = () => ({ type: 'Add' as const, data: { amounts: [1] }, id: '7' });
  const saga = defineSaga({
    name: 'adding',
    context: z.object({ amount: z.int() }),
    startsOn: { of: tally, event: 'Added', context: ({ amount }) => ({ amount }) },
    steps: { AddMore: { to: tally, send, undo: send } },
    onAbort: { to: tally, send },
  });
  const input = { event: 'acme/tally-1@1', correlationId: 'c', context: { amount: 1 } };
  const tasks = [
    { does: 'send', step: 'AddMore', index: 0 },
    { does: 'undo', step: 'AddMore', index: 0 },
    { does: 'abort', reason: 'r' },
  ] as const;
  expect(tasks.map((task) => commandOf(saga, 'adding-4f2a', input, task).request)).toMatchObject(
    ['adding-4f2a/AddMore/0', 'adding-4f2a/AddMore/0/undo', 'adding-4f2a/abort'].map((commandId) => ({
      ...{ commandId, correlationId: 'c', causationId: 'acme/tally-1@1' },
    })),
  );
});

const list = { tenant: undefined, index: 'byParity', value: 'odd', limit: 10, descending: true };
const ofTenant = { ...list, tenant: 'acme', from: 1, to: 9, descending: false };
const cursors = cursorsWith(['a key of the tests']);
test.each([
  ['of a list', list, 'NtC79HfT2dTdMEj1Ij4dZ_Hw3gbXF6zm4SDPAJAM7QJbMSwiYSIsM10'],
  ['of a list of a tenant, in a range', ofTenant, 'KSC9W_vt_xuasbctHF4k1MoyLwVOOX8Fwlll-qMfa0BbMSwiYSIsM10'],
])('a cursor %s', (_, query, cursor) => {
  expect(cursors.ofList(tallyTotal, query, { key: 'a', sort: 3 })).toBe(cursor);
  expect(cursors.openList(tallyTotal, query, cursor)).toEqual({ key: 'a', sort: 3 });
});

test('a cursor of parked streams', () => {
  const [cursor, position] = ['MCObjrRGWOw40hlOLp7DNh_YP-bfWcOw4BHytVP_XHFbMSwidGFsbHktNyIsIiJd', { key: 'tally-7', sort: '' }];
  expect(cursors.ofParked(tallyTotal, { tenant: 'acme', limit: 10 }, position)).toBe(cursor);
  expect(cursors.openParked(tallyTotal, { tenant: 'acme', limit: 10 }, cursor)).toEqual(position);
});

// The one form that is not read any more (docs/decisions/0019-cursor-keys.md): its seal has no key, so any client can make one.
test.each([
  ['of a list', list, 'WyJ4c3pONHl4b3JBUSIsImEiLDNd'],
  ['of a list of a tenant, in a range', ofTenant, 'WyJXeFhwQXpsdFFKQyIsImEiLDNd'],
])('a cursor %s that a release up to 0.2.0 made is refused', (_, query, cursor) => {
  expect(() => cursors.openList(tallyTotal, query, cursor)).toThrow(expect.objectContaining({ code: 'InvalidCursor' }));
});
test('a cursor of parked streams that a release up to 0.2.0 made is refused', () => {
  const cursor = 'WyIyVXlpcjBjSlFSaCIsImFjbWUvdGFsbHktNyIsIngiXQ';
  expect(() => cursors.openParked(tallyTotal, { tenant: 'acme', limit: 10 }, cursor)).toThrow(
    expect.objectContaining({ code: 'InvalidCursor' }),
  );
});

const tallyStream = { tenant: 'acme', aggregate: 'tally', id: '7' };
const ofMany = defineProjection({ ...tallyTotal, key: () => 'sum' });

test('the row of a document, and of how far a stream is in documents of many streams', () => {
  const document = { sum: 3, parity: 'odd', trail: ' 3@1' };
  const row = {
    ...{ 'tenant/parity': 'acme/odd', sum: 3, key: 'acme/7', version: 2, recordedAt: at },
    document: '{"sum":3,"parity":"odd","trail":" 3@1"}',
  };
  expect([tallyTotal, ofMany].map((projection) => progressKey(projection, tallyStream))).toEqual(['acme/7', 'acme/stream#tally-7']);
  expect(toReadItem(tallyTotal, { key: 'acme/7', tenant: 'acme', next: { document, version: 2, recordedAt: at } })).toEqual(row);
  expect(fromReadItem(row)).toEqual({ document, version: 2, recordedAt: at });
});

const checkpoints: Readonly<Record<string, readonly [Partial<Row>, Partial<ReadItem>]>> = {
  'at the end of a commit, as the first release wrote it': [{}, {}],
  'at the end of a commit, parked by the first release because the commit after it changes more documents than one transaction can': [
    { parked: { stream: 'acme/tally-7', eventId: 'acme/tally-7@3', error: 'Poison: a commit changes 120 documents', parkedAt: at } },
    {
      parked: 'acme/parked',
      fault: `{"stream":"acme/tally-7","eventId":"acme/tally-7@3","error":"Poison: a commit changes 120 documents","parkedAt":"${at}"}`,
    },
  ],
  'inside a commit: up to version 101 of the commit that begins at 3': [
    { version: 101, wholeVersion: 2 },
    { version: 101, wholeVersion: 2 },
  ],
};
test.each(Object.entries(checkpoints))('a checkpoint beside documents of many streams, %s', (_, [told, stored]) => {
  const row = { key: 'acme/stream#tally-7', version: 2, recordedAt: at, ...stored };
  const next = { document: null, version: 2, recordedAt: at, ...told };
  expect(toReadItem(ofMany, { key: 'acme/stream#tally-7', tenant: 'acme', next })).toEqual(row);
  expect(fromReadItem(row)).toEqual(next);
  expect(wholeVersion(next)).toBe(2);
});

test('the position of the relay, parked', () => {
  const parked = { stream: 'acme/tally-7', eventId: 'acme/tally-7@1', error: 'e', parkedAt: at };
  const row = {
    ...{ key: 'acme/stream#tally-7', version: 2, recordedAt: at, parked: 'acme/parked' },
    fault: `{"stream":"acme/tally-7","eventId":"acme/tally-7@1","error":"e","parkedAt":"${at}"}`,
  };
  const key = progressKey(relayPositions, tallyStream);
  expect(toReadItem(relayPositions, { key, tenant: 'acme', next: { document: null, version: 2, recordedAt: at, parked } })).toEqual(row);
  expect(fromReadItem(row)).toEqual({ document: null, version: 2, recordedAt: at, parked });
});

test('the checkpoint of an import', () => {
  const folder = mkdtempSync(join(tmpdir(), 'foldstream-checkpoint-'));
  const checkpoint = checkpointIn(folder, ['history.jsonl', 'mapping.ts', 3]);
  checkpoint.save({ line: 7, offset: 512 });
  const files = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]);
  rmSync(folder, { recursive: true });
  expect(files).toEqual([['cd3d918d3ea89293.json', '{"line":7,"offset":512}']]);
});
