import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { itemBytes, writeUnits } from '../../adapters/aws/item-size.ts';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { tailCache } from '../../adapters/event-log/tail-cache.ts';
import { type Address, streamName } from '../../core/basics/stream.ts';
import type { EventStore } from '../../core/log/event-store.ts';
import { foldingOf } from '../../core/write/decider.ts';
import { createEventsTable, engineClient, storedItems } from '../support/dynamo.ts';
import { handlerOn } from '../support/handling.ts';
import { meterOf } from '../support/meter.ts';
import { noise } from '../support/noise.ts';
import { pile, put } from '../support/pile.ts';
import { newStream, request } from '../support/requests.ts';
import { fewer } from '../support/runs.ts';
import { add, tally } from '../support/tally.ts';

// What a load costs however long the stream is, and that the snapshots which make it so are free.

let table: string;
const metered = engineClient();
const meter = meterOf(metered);
const now = () => new Date();
const storeOn = (client = engineClient()) => dynamoEventStore({ client, table, now });
let store: EventStore;
beforeAll(async () => {
  table = await createEventsTable();
  store = storeOn(metered);
});

const warm = (over: EventStore) => handlerOn(over, tailCache({ maxEntries: 10, maxBytes: 10_000_000 }));

/** A stream of so many small commits. */
const tallied = async (commits: number): Promise<Address> => {
  const stream = newStream();
  const handle = warm(storeOn());
  for (let index = 0; index < commits; index++) await handle(tally, stream, request(add(index % 2, 0, 0)));
  return stream;
};

describe('a load of a small aggregate is one Query', () => {
  test.each([1, 2, 7, 8, 9, 10, 17, 100, fewer(200, 1000)])('after %d commits of three events', async (commits) => {
    const stream = await tallied(commits);
    for (const [consistency, most] of [
      ['eventual', 1],
      ['strong', 2],
    ] as const) {
      meter.reset();
      const { state, tail } = await store.load(stream, foldingOf(tally), consistency);
      expect({ state, version: tail.version }).toEqual({ state: { sum: Math.floor(commits / 2), isClosed: false }, version: commits * 3 });
      expect(meter.calls()).toEqual({ Query: 1 });
      expect(meter.units().read).toBeLessThanOrEqual(most);
    }
  });
});

describe('a snapshot', () => {
  test('is in every commit of a small aggregate, and costs nothing', async () => {
    const stream = newStream();
    const handle = warm(store);
    meter.reset();
    for (let index = 0; index < 100; index++) await handle(tally, stream, request(add(0)));
    expect(meter.calls()).toEqual({ Query: 1, PutItem: 100 });
    expect(meter.units().write).toBe(100);
    const items = await storedItems(table, stream);
    expect(items.filter(({ snapshot }) => snapshot === undefined)).toEqual([]);
  });

  test('that does not fit is in every eighth commit, and a load is one Query still', async () => {
    const stream = newStream('pile');
    const handle = warm(store);
    await handle(pile, stream, request(put(noise(5000))));
    meter.reset();
    for (let index = 0; index < 40; index++) await handle(pile, stream, request(put(`${index}`)));
    const items = (await storedItems(table, stream)).slice(1);
    const places = items.flatMap(({ snapshot }, index) => (snapshot === undefined ? [] : [index]));
    expect(places.slice(1).map((place, index) => place - (places[index] as number))).toEqual(Array(places.length - 1).fill(8));
    expect(places).toHaveLength(5);
    expect(meter.units().write).toBe(items.reduce((units, item) => units + writeUnits(itemBytes(item)), 0));
    meter.reset();
    const { state } = await store.load(stream, foldingOf(pile), 'eventual');
    expect(state.sheets).toHaveLength(41);
    expect(meter.calls()).toEqual({ Query: 1 });
  });

  test.each([20, 100, 300])(
    'of a state of %d KB is paid for as often as the events have outgrown it: two Querys at most',
    async (kilobytes) => {
      const stream = newStream('pile');
      const handle = warm(store);
      await handle(pile, stream, request(put(noise(kilobytes * 1000))));
      meter.reset();
      for (let index = 0; index < 60; index++) await handle(pile, stream, request(put(`${index}`)));
      expect(meter.units().write).toBeLessThanOrEqual(60 + kilobytes + 10);
      meter.reset();
      const { state, tail } = await store.load(stream, foldingOf(pile), 'strong');
      expect({ sheets: state.sheets.length, version: tail.version }).toEqual({ sheets: 61, version: 61 });
      expect(meter.calls()['Query']).toBeLessThanOrEqual(2);
    },
  );
});

test.each([1, 12, 345, 6789, 100_000])(
  'the units that we count for version %d are never fewer than the database bills, and at most 4 bytes off',
  async (version) => {
    const stream = newStream('pile');
    await handlerOn(store)(pile, stream, request(put('x', 'y')));
    const [item] = await storedItems(table, stream);
    for (const target of [1024, 2048, 10 * 1024]) {
      for (let bytes = target - 8; bytes <= target + 8; bytes++) {
        const bare = { ...item, stream: streamName(newStream('pile')), version, snapshot: '' };
        const padded = { ...bare, snapshot: 'x'.repeat(bytes - itemBytes(bare)) };
        meter.reset();
        await metered.send(new PutCommand({ TableName: table, Item: padded }));
        expect(meter.units().write).toBeLessThanOrEqual(writeUnits(bytes));
        expect(meter.units().write).toBeGreaterThanOrEqual(writeUnits(bytes - 4));
      }
    }
  },
);
