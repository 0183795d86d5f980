import { BatchGetCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readMeter } from '../../adapters/aws/read-meter.ts';
import { dynamoChainLog } from '../../adapters/event-log/dynamo-chain-log.ts';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { dynamoReadModels } from '../../adapters/read-models/dynamo-read-models.ts';
import { type AnchorPart, type AnchorProgress, anchorSteps } from '../../core/audit/anchor-steps.ts';
import { auditSegment, nothingAudited } from '../../core/audit/audit-totals.ts';
import { pacer } from '../../core/audit/pace.ts';
import { tableKey } from '../../core/read/projection.ts';
import { createEventsTable, createReadTable, engineClient } from '../support/dynamo.ts';
import { type FaultName, type FaultyClient, faultyClient } from '../support/faults.ts';
import { meterOf } from '../support/meter.ts';
import { storesOf } from '../support/projecting.ts';
import { filled } from '../support/requests.ts';
import { tallyTotal } from '../support/tally.ts';

// An audit and an anchor at a pace, over tables that throttle: they slow down, and what they find is the same.

let table: string;
let readTable: string;
const streams = 12;
beforeAll(async () => {
  [table, readTable] = [await createEventsTable(), await createReadTable(tallyTotal)];
  const log = dynamoEventStore({ client: engineClient(), table, now: () => new Date('2020-01-01') });
  for (let stream = 0; stream < streams; stream++) await filled(log, 1, 2, 1);
});

/** The reads of a process at a pace, on a clock that passes only while it waits. */
let faulty: FaultyClient;
let milliseconds: number;
beforeEach(() => {
  faulty = faultyClient();
  milliseconds = new Date('2026-01-01').getTime();
});
const now = () => new Date(milliseconds);
const paceOn = (client: FaultyClient['client']) => ({
  unitsPerSecond: 256,
  taken: readMeter(client),
  wait: async (longer: number) => {
    milliseconds += longer;
  },
  now,
});

const whole = { index: 0, of: 1 };
const soon = () => new Date(milliseconds + 200_000);

const audited = async (isPaced = true, client = faulty.client) => {
  const pace = isPaced ? paceOn(client) : undefined;
  const stores = {
    ...storesOf(dynamoEventStore({ client, table, now }), dynamoReadModels({ client, tables: { [tableKey(tallyTotal)]: readTable } })),
    now,
  };
  const found: string[] = [];
  const progress = await auditSegment({
    ...{ stores, projections: [tallyTotal], isListening: () => true, segment: whole, progress: nothingAudited, until: soon() },
    ...(pace === undefined ? {} : { pacer: pacer(pace, whole) }),
    onFinding: ({ stream }) => void found.push(stream),
  });
  return { progress, found: new Set(found).size, reported: found.length };
};

const anchored = async (isPaced = true, client = faulty.client) => {
  const heads: string[] = [];
  const store = {
    putPart: async (part: AnchorPart) => {
      heads.push(...part.heads.map(({ stream, version }) => `${stream}@${version}`));
      return 'part';
    },
    complete: async () => {},
  };
  const pace = isPaced ? paceOn(client) : undefined;
  const { anchor } = anchorSteps({ log: dynamoChainLog({ client, table }), store, now, pace });
  const progress: AnchorProgress = await anchor(
    { anchor: 'a', segment: whole, progress: { streams: 0, isDone: false } },
    new Date(milliseconds + 200_000),
  );
  return { progress, heads: heads.length, distinct: new Set(heads).size };
};

const complete = { progress: { streams, missing: streams, isDone: true }, found: streams, reported: streams };
const wholeAnchor = { progress: { streams, isDone: true }, heads: streams, distinct: streams };

/** More than the SDK tries for itself. */
const tries = 4;
const throttles = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({ fault: 'throttled' as FaultName, at: from + index }));

describe('a pace costs no read', () => {
  test.each([
    ['an audit', audited],
    ['an anchor', anchored],
  ])('%s takes the same units as at full speed', async (_, run) => {
    const spent = [];
    for (const isPaced of [false, true]) {
      const client = engineClient();
      const meter = meterOf(client as Parameters<typeof meterOf>[0]);
      await run(isPaced, client);
      spent.push({ ...meter.units(), ...meter.calls() });
    }
    expect(spent[1]).toEqual(spent[0]);
    expect(spent[0]?.read).toBeGreaterThan(0);
  });
});

test('the meter says what the busiest table gave, since it was last asked', async () => {
  const [client, counted] = [engineClient(), engineClient()];
  const taken = readMeter(client);
  const meter = meterOf(counted);
  await anchored(false, counted);
  await anchored(false, client);
  expect(taken()).toEqual({ units: meter.units().read, isThrottled: false });
  expect(taken()).toEqual({ units: 0, isThrottled: false });
  // Of several tables the one from which most was read.
  const other = await createEventsTable();
  await filled(dynamoEventStore({ client: engineClient(), table: other, now }), 1);
  await dynamoChainLog({ client, table: other }).scan(whole);
  await anchored(false, client);
  expect(taken().units).toBe(meter.units().read);
});

describe('a throttled read', () => {
  test.each([1, tries - 1])('that the SDK repeats (%i times) is noticed', async (count) => {
    faulty.restart(...throttles(1, count));
    const taken = readMeter(faulty.client);
    await anchored(false);
    expect(taken().isThrottled).toBe(true);
    expect(taken().isThrottled).toBe(false);
  });

  test.each([1, tries, 2 * tries + 1])('slows an anchor down, and does not fail it: %i throttled tries', async (count) => {
    faulty.restart(...throttles(1, count));
    expect(await anchored()).toMatchObject(wholeAnchor);
    expect(faulty.struck()).toBe(count);
  });

  test.each([1, 2, 3, 4, 5])('slows an audit down, and does not fail it: the %ith request, for good by the SDK', async (at) => {
    faulty.restart(...throttles(at, tries));
    expect(await audited()).toMatchObject(complete);
    expect(faulty.struck()).toBeGreaterThan(0);
  });

  test('a table that throttles to the end of the time fails the step: the machine tries again later', async () => {
    faulty.restart(...throttles(1, 10_000));
    await expect(anchored()).rejects.toMatchObject({ name: 'Unavailable' });
    expect(milliseconds - new Date('2026-01-01').getTime()).toBeLessThanOrEqual(200_000);
  });
});

test('keys that a batch left unread are noticed', async () => {
  const client = engineClient();
  const taken = readMeter(client);
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      Object.assign(result.output, { UnprocessedKeys: { [readTable]: { Keys: [{ key: 'a' }] } } });
      return result;
    },
    { step: 'build', name: 'leavesKeys' },
  );
  await client.send(new BatchGetCommand({ RequestItems: { [readTable]: { Keys: [{ key: 'a' }] } } }));
  expect(taken().isThrottled).toBe(true);
});

test.each<FaultName>(['timed out, not executed', 'timed out, executed', 'answered 500, executed'])(
  'an audit and an anchor meet other faults as throttles: %s',
  async (fault) => {
    const strikes = (at: number) => Array.from({ length: tries }, (_, index) => ({ fault, at: at + index }));
    for (const at of [1, 2, 3]) expect(await audited(true, faultyClient(...strikes(at)).client)).toMatchObject(complete);
    expect(await anchored(true, faultyClient(...strikes(1)).client)).toMatchObject(wholeAnchor);
  },
);
