import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { tailCache } from '../../adapters/event-log/tail-cache.ts';
import { dynamoReadModels } from '../../adapters/read-models/dynamo-read-models.ts';
import type { Address } from '../../core/basics/stream.ts';
import { type EventStore, recallWindow } from '../../core/log/event-store.ts';
import { tableKey } from '../../core/read/projection.ts';
import type { ReadModels } from '../../core/read/read-models.ts';
import type { CommandOf } from '../../core/write/decider.ts';
import { createEventsTable, createReadTable, engineClient } from '../support/dynamo.ts';
import { handlerOn } from '../support/handling.ts';
import { interposed } from '../support/interposed-store.ts';
import { meterOf } from '../support/meter.ts';
import { delivering, readAtLeast } from '../support/projecting.ts';
import { filled, newStream, pageOf, request } from '../support/requests.ts';
import { add, close, tally, tallyTotal } from '../support/tally.ts';

// What each thing costs, asserted: a change that adds a round trip or a unit fails here.

const metered = engineClient();
const meter = meterOf(metered);
let eventStore: EventStore;
let readModels: ReadModels;
/** The same tables through a client that nobody counts. */
let uncounted: EventStore;
let stream: Address;

beforeAll(async () => {
  const [table, readTable] = [await createEventsTable(), await createReadTable(tallyTotal)];
  const now = () => new Date();
  eventStore = dynamoEventStore({ client: metered, table, now });
  uncounted = dynamoEventStore({ client: engineClient(), table, now });
  readModels = dynamoReadModels({ client: metered, tables: { [tableKey(tallyTotal)]: readTable } });
});
beforeEach(() => {
  stream = newStream();
  meter.reset();
});

type Command = CommandOf<typeof tally>;
const send = (over: EventStore, command: Command, commandId?: string) => handlerOn(over)(tally, stream, request(command, commandId));
const handle = (command: Command, commandId?: string, over = eventStore) => send(over, command, commandId);
const prepare = (command: Command, commandId?: string) => send(uncounted, command, commandId);

describe('a command costs', () => {
  test.each([
    ['one small event', add(1)],
    ['three small events', add(1, 2, 3)],
  ])('one Query and one PutItem of one write unit on a new stream, for %s', async (_, command) => {
    await handle(command);
    expect(meter.calls()).toEqual({ Query: 1, PutItem: 1 });
    expect(meter.units()).toMatchObject({ write: 1, indexWrite: 0 });
    expect(meter.units().read).toBeLessThanOrEqual(0.5); // DynamoDB Local asks nothing for finding nothing, DynamoDB half a unit.
  });

  test('the same on a stream that has commits', async () => {
    for (let index = 0; index < 5; index++) await prepare(add(1));
    await handle(add(1, 2, 3));
    expect(meter.calls()).toEqual({ Query: 1, PutItem: 1 });
    expect(meter.units()).toEqual({ read: 0.5, write: 1, indexWrite: 0 });
  });

  test('one PutItem more, and no other read, after a lost race', async () => {
    const { store } = interposed(eventStore, async (nth) => nth === 1 && prepare(add(2)));
    await handle(add(1), undefined, store);
    expect(meter.calls()).toEqual({ Query: 1, PutItem: 2 });
  });

  test('one Query where it came before', async () => {
    await prepare(add(1), 'the same');
    await handle(add(1), 'the same');
    expect(meter.calls()).toEqual({ Query: 1 });
    expect(meter.units()).toMatchObject({ write: 0 });
  });

  test.each([
    ['it is refused', add(1)],
    ['it finds it so already', close],
  ])('two Querys where %s: the second is strongly consistent', async (_, command) => {
    await prepare(close);
    await handle(command).catch(() => {});
    expect(meter.calls()).toEqual({ Query: 2 });
    expect(meter.units()).toEqual({ read: 1.5, write: 0, indexWrite: 0 });
  });
});

describe("a process's command costs", () => {
  const began = '2026-01-01T00:00:00.000Z';
  const triedAs = (isFirst: boolean, since = began) => ({ tries: { isFirst, since: async () => since } });
  const sent = (tries: object, commandId?: string, command: Command = add(1)) =>
    handlerOn(eventStore)(tally, stream, { ...request(command, commandId), ...tries });
  const filledWith = async (commits: number) => {
    const handle = handlerOn(uncounted, tailCache({ maxEntries: 1, maxBytes: 1_000_000 }));
    for (let index = 0; index < commits; index++) await handle(tally, stream, request(add(0)));
  };
  const spent = () => ({ calls: meter.calls(), units: meter.units() });
  /** What a request costs on a new stream of so many commits. */
  const costOf = async (commits: number, tries: object) => {
    stream = newStream();
    await filledWith(commits);
    meter.reset();
    await sent(tries);
    return spent();
  };

  test.each([0, 5, recallWindow, 2 * recallWindow])(
    'what any command costs, for its first try, on a stream of %d commits',
    async (commits) => {
      const any = await costOf(commits, {});
      expect(any).toMatchObject({ calls: { Query: 1, PutItem: 1 }, units: { write: 1 } });
      expect(await costOf(commits, triedAs(true))).toEqual(any);
    },
  );

  test('the same for a later try on a stream of up to 64 commits', async () => {
    expect(await costOf(recallWindow, triedAs(false))).toEqual(await costOf(recallWindow, {}));
  });

  test('the same for a later try whose cause is younger than the commits of the tail', async () => {
    await filledWith(recallWindow + 1);
    meter.reset();
    await sent(triedAs(false, new Date(Date.now() + 3600_000).toISOString()));
    expect(meter.calls()).toMatchObject({ PutItem: 1 });
    expect(meter.calls()['Query']).toBeLessThanOrEqual(2); // If the snapshot is the newest commit, the tail has the time of that one alone.
  });

  test('a Query of strongly consistent units for each page more, for a later try on a longer stream', async () => {
    await sent(triedAs(true), 'the first');
    await filledWith(3 * recallWindow);
    meter.reset();
    await sent(triedAs(false));
    expect(spent()).toMatchObject({ calls: { Query: 3, PutItem: 1 }, units: { write: 1 } });
    meter.reset();
    expect(await sent(triedAs(false), 'the first')).toMatchObject({ isRepeated: true });
    expect(spent()).toMatchObject({ calls: { Query: 3 }, units: { write: 0 } });
    // 129 items of up to a KB with their snapshots, 4 KB a unit, and the load.
    expect(meter.units().read).toBeGreaterThan(129 / 8);
    expect(meter.units().read).toBeLessThan(129 / 4 + 2);
  });
});

describe('a projection costs', () => {
  const project = async (sizes: readonly number[], from: number) => {
    const { commits } = await filled(uncounted, ...sizes);
    const deliver = delivering({ eventStore, readModels, projections: [tallyTotal] });
    if (from > 0) await deliver(commits.slice(0, from));
    meter.reset();
    return { commits, deliver };
  };

  test('one PutItem for the first commit of a stream', async () => {
    const { commits, deliver } = await project([1], 0);
    await deliver(commits);
    expect(meter.calls()).toEqual({ PutItem: 1 });
    expect(meter.units()).toEqual({ read: 0, write: 1, indexWrite: 1 });
  });

  test('one PutItem for ten commits of a new stream in one batch', async () => {
    const { commits, deliver } = await project(Array(10).fill(2), 0);
    await deliver(commits);
    expect(meter.calls()).toEqual({ PutItem: 1 });
    expect(meter.units()).toMatchObject({ write: 1 });
  });

  test('one GetItem and one PutItem for any number of later commits', async () => {
    const { commits, deliver } = await project(Array(10).fill(2), 3);
    await deliver(commits.slice(3));
    expect(meter.calls()).toEqual({ GetItem: 1, PutItem: 1 });
    expect(meter.units()).toMatchObject({ read: 1, write: 1 });
  });

  test('one GetItem for commits that came before', async () => {
    const { commits, deliver } = await project([1, 1, 1], 3);
    await deliver(commits.slice(1));
    expect(meter.calls()).toEqual({ GetItem: 1 });
  });

  test('one Query more where there is a gap', async () => {
    const { commits, deliver } = await project([1, 1, 1, 1], 1);
    await deliver(commits.slice(3));
    expect(meter.calls()).toEqual({ GetItem: 1, Query: 1, PutItem: 1 });
  });
});

describe('a query costs', () => {
  test('one GetItem of half a unit for a document', async () => {
    await readAtLeast({ eventStore, readModels }, tallyTotal, stream, 0);
    expect(meter.calls()).toEqual({ GetItem: 1 });
    expect(meter.units()).toEqual({ read: 0.5, write: 0, indexWrite: 0 });
  });

  test('one Query for a page of a list', async () => {
    await readModels.list(tallyTotal, { index: 'byParity', value: 'odd', limit: 5, descending: false });
    expect(meter.calls()).toEqual({ Query: 1 });
  });

  test('one Query for a page of a stream', async () => {
    const { stream } = await filled(uncounted, 1, 2, 3);
    await pageOf(eventStore, stream, 1, 10);
    expect(meter.calls()).toEqual({ Query: 1 });
  });
});
