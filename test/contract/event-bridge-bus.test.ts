import { describe, expect, test } from '@jest/globals';
import { entryBytes, maxEntries, maxEventBytes, maxRequestBytes, toEntry } from '../../adapters/outbound/event-bridge-bus.ts';
import { Unavailable, Unwritable } from '../../core/basics/errors.ts';
import { type IntegrationEvent, integrationEvents } from '../../core/publish/publication.ts';
import { commitsOf } from '../../core/testing/commits.ts';
import { busOn, FakeBus } from '../support/bus.ts';
import { type faults, trouble } from '../support/faults.ts';
import { errorOf } from '../support/requests.ts';
import { tallyPublication } from '../support/tally-publication.ts';

const [sample] = commitsOf({ aggregate: 'tally', id: '1' }, [{ type: 'Added', data: { amount: 1 } }]).flatMap(
  integrationEvents([tallyPublication]),
);
const event = (nth: number, text = ''): IntegrationEvent => ({
  ...(sample as IntegrationEvent),
  id: `tally-${nth}@1`,
  subject: `tally-${nth}`,
  data: { text },
});
const events = (count: number, text?: string) => Array.from({ length: count }, (_, index) => event(index, text));
const ids = (all: readonly IntegrationEvent[]) => all.map(({ id }) => id);

test('events published at once are sent ten at a time, in order', async () => {
  const bus = new FakeBus();
  const all = events(25);
  const { publish } = busOn(bus.connection);
  await Promise.all(all.map(publish));
  expect(bus.requests).toEqual([maxEntries, maxEntries, 5]);
  expect(bus.events).toEqual(all);
});

test('an entry has its bus, its source, its type and its data', async () => {
  const bus = new FakeBus();
  await busOn(bus.connection).publish(event(1));
  expect(bus.entries).toEqual([{ EventBusName: 'bus', Source: 'tallies', DetailType: 'Added.v1', Detail: JSON.stringify(event(1)) }]);
});

test('every request is below the limit, and as large as possible', async () => {
  const bus = new FakeBus();
  const { publish } = busOn(bus.connection);
  await Promise.all(events(10, 'ä'.repeat(100_000)).map(publish)); // 200 KB each.
  expect(bus.requests).toEqual([4, 4, 2]);
  let at = 0;
  for (const count of bus.requests) {
    const bytes = bus.entries.slice(at, at + count).reduce((sum, entry) => sum + entryBytes(entry), 0);
    expect(bytes).toBeLessThan(maxRequestBytes);
    at += count;
  }
});

describe('an event that is too large', () => {
  const withBytes = (bytes: number): IntegrationEvent => event(1, 'x'.repeat(bytes - entryBytes(toEntry(event(1), 'bus'))));

  test('carries its data as long as it fits', () => {
    const whole = withBytes(maxEventBytes);
    expect(entryBytes(toEntry(whole, 'bus'))).toBe(maxEventBytes);
    expect(JSON.parse(toEntry(whole, 'bus').Detail ?? '')).toEqual(whole);
  });

  test('carries a reference to its data instead', () => {
    const { data: _, ...envelope } = withBytes(maxEventBytes + 1);
    const entry = toEntry(withBytes(maxEventBytes + 1), 'bus');
    expect(JSON.parse(entry.Detail ?? '')).toEqual({ ...envelope, dataref: '/streams/tally/1/published?from=1&limit=1' });
    expect(entryBytes(entry)).toBeLessThan(1000);
  });
});

describe('an entry that was refused', () => {
  const refusing = (code: string, ...which: readonly number[]) => new FakeBus((nth) => (which.includes(nth) ? code : undefined));

  test.each(['ThrottlingException', 'InternalFailure', 'SomethingNew'])(
    'for now (%s) is sent again, without the other entries',
    async (code) => {
      const bus = refusing(code, 2, 3);
      const { publish } = busOn(bus.connection);
      await Promise.all(events(3).map(publish));
      expect(bus.requests).toEqual([3, 2]);
      expect(ids(bus.events)).toEqual(ids([event(0), event(1), event(2)]));
    },
  );

  test('four times in a row fails, and no other entry fails with it', async () => {
    const bus = new FakeBus((nth) => (nth === 2 || nth > 3 ? 'ThrottlingException' : undefined));
    const { publish } = busOn(bus.connection);
    const [first, second, third] = await Promise.allSettled(events(3).map(publish));
    expect([first?.status, third?.status]).toEqual(['fulfilled', 'fulfilled']);
    expect(second).toMatchObject({ status: 'rejected', reason: expect.any(Unavailable) });
    expect(bus.requests).toEqual([3, 1, 1, 1]);
  });

  test.each(['MalformedDetail', 'InvalidArgument'])('for good (%s) is not sent again', async (code) => {
    const bus = refusing(code, 1);
    expect(await errorOf(busOn(bus.connection).publish(event(1)))).toEqual(new Unwritable(`${code}: injected`));
    expect(bus.requests).toEqual([1]);
  });
});

test('entries that an answer does not name are not counted as successes', async () => {
  const short = {
    handle: async () => ({
      response: {
        statusCode: 200,
        headers: { 'content-type': 'application/x-amz-json-1.1' },
        body: new TextEncoder().encode(JSON.stringify({ FailedEntryCount: 0, Entries: [] })),
      },
    }),
    destroy: () => {},
  };
  expect(await errorOf(busOn(short).publish(event(1)))).toBeInstanceOf(Unavailable);
});

test('many events are published with few concurrent requests', async () => {
  const bus = new FakeBus();
  let [underWay, most] = [0, 0];
  const { publish } = busOn({
    ...bus.connection,
    handle: async (request) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
      return bus.connection.handle(request);
    },
  });
  await Promise.all(events(200).map(publish));
  expect(most).toBe(4);
  expect(bus.requests).toEqual(Array(20).fill(10));
});

test('an outage fails the running requests, and the bus works again after it', async () => {
  const bus = new FakeBus();
  const told = trouble({ fault: 'nobody listens' satisfies keyof typeof faults, at: 1 });
  const { publish } = busOn(told.on(bus.connection));
  const outcomes = await Promise.allSettled(events(2).map(publish));
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  told.restart();
  await publish(event(7));
  expect(ids(bus.events)).toEqual(['tally-7@1']);
});
