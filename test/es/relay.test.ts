import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { dynamoReadModels } from '../../adapters/read-models/dynamo-read-models.ts';
import type { Commit, StoredEvent } from '../../core/log/event-store.ts';
import { integrationEvents } from '../../core/publish/publication.ts';
import { relay, relayPositions } from '../../core/publish/relay.ts';
import { tableKey } from '../../core/read/projection.ts';
import { busOn, FakeBus } from '../support/bus.ts';
import { busServer } from '../support/bus-server.ts';
import { createEventsTable, createPointersTable, createReadTable, engineClient } from '../support/dynamo.ts';
import { deliveriesOf, storesOf } from '../support/projecting.ts';
import { added, append, longAgo } from '../support/requests.ts';
import { tallyTotal } from '../support/tally.ts';
import { tallyPublication } from '../support/tally-publication.ts';
import { letActsBeRecorded, spoken, withWhy } from './spawned.ts';

// What the relay has not published, looked after from the command line; the bus is behind a port.

const folder = mkdtempSync(join(tmpdir(), 'foldstream-es-relay-'));
const client = engineClient();
let bus: FakeBus;
let server: Awaited<ReturnType<typeof busServer>>;
let stores: ReturnType<typeof storesOf>;
letActsBeRecorded();
beforeAll(async () => {
  server = await busServer(() => bus);
  Object.assign(process.env, { AWS_ENDPOINT_URL_EVENTBRIDGE: server.url, AWS_REGION: 'eu-central-1' });
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

const file = (path: string, content: unknown): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), JSON.stringify(content));
};

beforeEach(async () => {
  bus = new FakeBus();
  server.down(false);
  const [events, pointers] = [await createEventsTable(), await createPointersTable()];
  const [positions, totals] = [await createReadTable(relayPositions), await createReadTable(tallyTotal)];
  const tables = { [tableKey(relayPositions)]: positions, [tableKey(tallyTotal)]: totals };
  stores = storesOf(dynamoEventStore({ client, table: events, now: longAgo }), dynamoReadModels({ client, tables }));
  const outputs = {
    EventsTable: events,
    PointersTable: pointers,
    ReadModelTables: JSON.stringify({ [tableKey(tallyTotal)]: totals }),
    RelayPositions: JSON.stringify({ [tableKey(relayPositions)]: positions }),
    EventBus: 'bus',
    OperatorFunction: 'acts',
    DiscardedBatches: 'of-projector',
    DiscardedByRelay: 'of-relay',
  };
  file('outputs.json', { 'foldstream-test': outputs });
});

const es = (...args: readonly string[]) => {
  const at = ['--outputs', join(folder, 'outputs.json'), '--endpoint', process.env['DYNAMODB_ENDPOINT'] ?? ''];
  return spoken([...withWhy(args), ...at, '--domain', join(import.meta.dirname, 'domains', 'publishing')], folder);
};
const write = async (id: string, ...commits: readonly (readonly StoredEvent[])[]): Promise<readonly Commit[]> => {
  let tail = stores.eventStore.begin({ aggregate: 'tally', id });
  const all: Commit[] = [];
  for (const events of commits) {
    const appended = await append(stores.eventStore, tail, events);
    all.push(appended.commit);
    tail = appended.tail;
  }
  return all;
};
const publish = (commits: readonly Commit[]) =>
  relay({ ...stores, bus: busOn(bus.connection), integrationEvents: integrationEvents([tallyPublication]), isPublished: () => true })(
    deliveriesOf(commits),
  );
const ids = () => bus.events.map(({ id }) => id);
const lines = (out: string): readonly string[] => out.trim().split('\n').sort();

describe('events that were not published', () => {
  beforeEach(async () => {
    await publish(await write('a', added(1)));
    await publish((await write('b', added(1), added(2), added(3))).slice(0, 1));
    await write('c', added(4), added(5));
    await append(stores.eventStore, stores.eventStore.begin({ aggregate: 'other', id: '1' }), added(1)); // Of it nothing leaves.
  });

  test('are found, stream by stream, and counted', async () => {
    const { code, out } = await es('audit', 'relay');
    expect({ code, lines: lines(out) }).toEqual({
      code: 1,
      lines: [
        'audited 4 streams in the relay: missing = 2',
        'tally-b is missing from the relay: it has published 1 of 3 events',
        'tally-c is missing from the relay: it has published 0 of 2 events',
      ],
    });
    expect(ids()).toEqual(['tally-a@1', 'tally-b@1']); // It looked, and no more.
  });

  test('are also looked for if no name is given', async () => {
    expect((await es('audit')).out).toMatch(/audited 4 streams in the relay: missing = 2\n$/);
  });

  test('are all published by a repair, in order and once', async () => {
    expect(await es('audit', 'relay', '--repair')).toMatchObject({
      code: 0,
      out: 'audited 4 streams in the relay: missing = 0, repaired = 2\n',
    });
    for (const id of ['b', 'c'])
      expect(ids().filter((one) => one.startsWith(`tally-${id}`))).toEqual(
        Array.from({ length: id === 'b' ? 3 : 2 }, (_, index) => `tally-${id}@${index + 1}`),
      );
    expect(await es('audit', 'relay', '--repair')).toMatchObject({ code: 0 });
    expect(ids()).toHaveLength(6);
  });

  test('are not taken for published if the bus does not answer', async () => {
    server.down(true);
    expect(await es('audit', 'relay', '--repair')).toMatchObject({ code: 1, said: expect.stringMatching(/EventBridge does not answer: /) });
    server.down(false);
    expect((await es('audit', 'relay')).out).toMatch(/missing = 2\n$/);
  });

  test('are published for one stream', async () => {
    expect(await es('redrive', 'relay', 'tally-c')).toMatchObject({
      code: 0,
      out: 'tally-c is published, up to version 2\n1 stream in, 0 still parked\n',
    });
    expect(ids()).toEqual(['tally-a@1', 'tally-b@1', 'tally-c@1', 'tally-c@2']);
  });

  test('are published from the batches that Lambda gave up, as the read models are brought up to date', async () => {
    const record = (stream: string) => ({ dynamodb: { Keys: { stream: { S: stream }, version: { N: '1' } } } });
    file('discarded/1', { payload: JSON.stringify({ Records: [record('tally-b'), record('tally-c')] }) });
    expect(await es('redrive', '--discarded', '--from', 'discarded')).toMatchObject({ code: 0 });
    expect(ids().toSorted()).toEqual(['tally-a@1', 'tally-b@1', 'tally-b@2', 'tally-b@3', 'tally-c@1', 'tally-c@2']);
    expect((await stores.readModels.get(tallyTotal, 'c', 'strong')).version).toBe(2);
  });
});

describe('streams that the relay has parked', () => {
  beforeEach(async () => {
    bus = new FakeBus((nth) => (nth === 2 || nth === 3 ? 'MalformedDetail' : undefined));
    await publish(await write('a', added(1), added(2)));
    await publish(await write('b', added(1), added(2)));
  });

  test('is listed', async () => {
    const { code, out } = await es('parked');
    expect({ code, lines: lines(out) }).toEqual({
      code: 0,
      lines: [
        expect.stringMatching(/^relay {2}tally-a {2}at tally-a@2 since 20\S+Z: MalformedDetail: injected$/),
        expect.stringMatching(/^relay {2}tally-b {2}at tally-b@1 since 20\S+Z: MalformedDetail: injected$/),
      ],
    });
    expect(await es('parked', 'relay', '--json')).toMatchObject({ out: expect.stringContaining('"projection":"relay"') });
    expect((await es('parked', 'tally-total')).out).toBe('Nothing is parked.\n');
  });

  test('are named by the audit, and not published by a repair', async () => {
    const { code, out } = await es('audit', 'relay', '--repair');
    expect({ code, lines: lines(out) }).toEqual({
      code: 1,
      lines: [
        'audited 2 streams in the relay: missing = 0, parked = 2, repaired = 0',
        'tally-a is parked in the relay: it has published 1 of 2 events',
        'tally-b is parked in the relay: it has published 0 of 2 events',
      ],
    });
  });

  test('are published after the fix, in order', async () => {
    const { code, out } = await es('redrive', 'relay', '--all');
    expect({ code, out }).toEqual({
      code: 0,
      out: 'tally-a is published, up to version 2\ntally-b is published, up to version 2\n2 streams in, 0 still parked\n',
    });
    expect(ids()).toEqual(['tally-a@1', 'tally-a@2', 'tally-b@1', 'tally-b@2']);
    expect((await es('parked')).out).toBe('Nothing is parked.\n');
  });

  test('stay parked if they still cannot be published', async () => {
    await publish(await write('c', added(1001)));
    const { code, out } = await es('redrive', 'relay', 'tally-c');
    expect(code).toBe(1);
    expect(out).toMatch(/^tally-c is parked in relay at tally-c@1: .*\n0 streams in, 1 still parked\n$/);
  });

  test('and those that the log does not have are told apart: their redrive is an error, and no act', async () => {
    for (const follower of ['relay', 'tally-total'])
      expect(await es('redrive', follower, 'tally-z')).toMatchObject({
        ...{ code: 1, out: '' },
        said: expect.stringMatching(/^tally-z has no events in '.*' \(http.*\)\.\n$/),
      });
    expect((await es('log')).out).not.toContain('tally-z');
  });

  test('have no revision that serves or could serve', async () => {
    expect(await es('projections', 'flip', 'relay@1')).toMatchObject({
      code: 2,
      said: expect.stringMatching(/^no projection 'relay@1' is deployed, only tally-total;/),
    });
    expect(await es('redrive', 'relay', 'order-1')).toMatchObject({
      code: 2,
      said: expect.stringMatching(/^relay@1 does not listen to order-1\n/),
    });
  });
});
