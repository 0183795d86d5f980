import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { beginningOf, fromItem } from '../../adapters/event-log/commit-item.ts';
import { memoryEventStore } from '../../adapters/event-log/memory-event-store.ts';
import { toDeliveries } from '../../adapters/lambda/stream-batch.ts';
import { follow } from '../../cli/es/chain.ts';
import type { StoredItem } from '../../cli/es/scan.ts';
import { history, readEntry } from '../../core/import/mapping.ts';
import type { Commit } from '../../core/log/event-store.ts';
import { defineProjection } from '../../core/read/projection.ts';
import { steward } from '../../core/rebuild/steward.ts';
import { spoken } from '../es/spawned.ts';
import { storedStream } from '../es/stored-stream.ts';
import { recorderOn } from '../import/history.ts';
import { createEventsTable, engineClient, storedItems } from '../support/dynamo.ts';
import { recordOf } from '../support/read-lambda.ts';
import { domainOf, memoryWorld, rebuildOf, runRebuild, stepsOf } from '../support/rebuilding.ts';
import { added, request } from '../support/requests.ts';
import { add, tally } from '../support/tally.ts';

// The readers that stand beside the event store: each carries what a commit says beyond its events.

const ofEvents = { actor: 'ada', by: 'saga:fulfilment', depth: 2, commandType: 'Add', commandSchema: 3 };
const answer = { schema: 2, data: { words: 'It is yours. '.repeat(200) } };
const stream = { aggregate: 'tally', id: 'told' };

let stored: readonly StoredItem[];
let commits: readonly Commit[];
let table: string;
beforeAll(async () => {
  stored = await storedStream(
    [
      { events: added(1, 2), state: {}, ...ofEvents, answer, sealed: 1 },
      { events: added(3), state: {} },
    ],
    stream,
  );
  table = await createEventsTable();
  for (const Item of stored)
    await engineClient().send(new PutItemCommand({ TableName: table, Item: Item as Record<string, AttributeValue> }));
  commits = (await storedItems(table, stream)).map(fromItem);
});

test('the commits have the attributes', () => {
  expect(commits).toMatchObject([{ ...ofEvents, answer, sealed: 1 }, {}]);
  expect(Object.keys(commits[1] ?? {})).toEqual(
    Object.keys(commits[0] ?? {}).filter((name) => !['answer', 'sealed'].includes(name) && !(name in ofEvents)),
  );
});

test("records of the table's stream, as Lambda delivers them", async () => {
  const items = await storedItems(table, stream);
  expect(items[0]?.answer).toBeInstanceOf(Uint8Array);
  expect(toDeliveries(items.map((item, index) => recordOf(item, String(index))))).toEqual([{ stream, commits }]);
});

test('a projection, when it is rebuilt and audited', async () => {
  const seen = defineProjection({
    name: 'seen',
    revision: 1,
    events: tally.events,
    document: z.object({ metadata: z.record(z.string(), z.unknown()) }),
    initialState: (): { metadata: Record<string, unknown> } => ({ metadata: {} }),
    evolve: { Added: (_, __, metadata) => ({ metadata: { ...metadata } }) },
  });
  const world = memoryWorld();
  const decided = { events: added(1), folded: { fingerprint: '', state: null }, answer };
  await world.eventStore.append(world.eventStore.begin(stream), { ...request(add(1)), ...ofEvents }, decided);
  const domain = domainOf(seen);
  await steward({ ...world, domain, rebuilds: { start: async () => 'running' } });
  await runRebuild(stepsOf(domain, world), rebuildOf(seen));
  expect((await world.readModels.get(seen, 'told', 'strong')).document?.['metadata']).toMatchObject(ofEvents);
});

test('an import', async () => {
  const store = memoryEventStore(() => new Date(0));
  const happened = {
    id: 'told',
    recordedAt: '2026-01-01T09:00:00.000Z',
    commandId: 'k1',
    events: [{ type: 'Added', data: { amount: 1 } }] as const,
  };
  const mapping = { line: z.object({}), toHistory: () => history(tally, { ...happened, ...ofEvents, answer, sealed: 1 }) };
  const entry = readEntry(mapping, '{}');
  if (entry === undefined) throw new Error('no entry');
  await recorderOn(store)(entry);
  expect((await store.read(stream, { from: 1, limit: 1 })).commits).toMatchObject([{ commandId: 'k1', ...ofEvents, answer, sealed: 1 }]);
});

describe('the command line:', () => {
  const at = (name: string) => ['--table', name, '--endpoint', process.env['DYNAMODB_ENDPOINT'] ?? ''];

  test("export, with the commit's own attributes in the line of its first event", async () => {
    const { out } = await spoken(['export', ...at(table)]);
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      { metadata: { version: 1, ...ofEvents }, commit: { answer, sealed: 1 } },
      { metadata: { version: 2, ...ofEvents } },
      {},
    ]);
    expect(lines.map((line) => Object.keys(line).join())).toEqual([
      'type,schema,data,metadata,commit',
      ...Array(2).fill('type,schema,data,metadata'),
    ]);
  });

  test('show, tail and verify', async () => {
    expect((await spoken(['tail', 'tally-told', '--json', ...at(table)])).out).toContain('"by":"saga:fulfilment","depth":2');
    expect(await spoken(['verify', ...at(table)])).toMatchObject({ code: 0, out: 'verified 2 commits, 3 events of 1 stream: intact\n' });
  });

  test('restore, item by item', async () => {
    const other = await createEventsTable();
    expect(await spoken(['restore', '--from', table, ...at(other)])).toMatchObject({ code: 0 });
    expect(await storedItems(other, stream)).toEqual(await storedItems(table, stream));
  });
});

describe('an impossible size or attribute is reported as damage, and no data is inflated beyond it:', () => {
  const broken: Readonly<Record<string, readonly [StoredItem, RegExp]>> = {
    'less than there is': [{ inflated: { N: '100' } }, /more than the 100 bytes/],
    'more than there is': [{ inflated: { N: '2999999' } }, /'inflated' says 2999999 bytes, but \d+ are there/],
    'more than is possible': [{ inflated: { N: '3000001' } }, /3000000 are possible/],
    'a size that is none': [{ inflated: { N: '-1' } }, /'inflated' is not a whole number/],
    'a process that is a number': [{ by: { N: '1' } }, /'by' (is not a text|has another type)/],
    'half a depth': [{ depth: { N: '0.5' } }, /'depth' is not a whole number/],
    'an answer that is none': [{ answer: { S: '[]' } }, /'inflated' says|'answer' is no answer/],
  };
  test.each(Object.entries(broken))('%s', (_, [change, says]) => {
    const item = { ...(stored[0] as StoredItem), ...change };
    expect(follow(beginningOf('tally-told'), item)).toMatchObject({ version: 1, what: expect.stringMatching(says) });
  });

  test('an old commit without a size inflates to the limit of all commits, and no further', () => {
    const { inflated: _, ...old } = stored[0] as Record<string, AttributeValue>;
    expect(follow(beginningOf('tally-told'), old)).toMatchObject({ what: expect.stringContaining('does not match its hash') });
  });
});
