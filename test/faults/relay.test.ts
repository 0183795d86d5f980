import { beforeAll, describe, expect, test } from '@jest/globals';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { dynamoReadModels } from '../../adapters/read-models/dynamo-read-models.ts';
import { type Address, streamName } from '../../core/basics/stream.ts';
import type { Commit, StoredEvent } from '../../core/log/event-store.ts';
import { type IntegrationEvent, integrationEvents } from '../../core/publish/publication.ts';
import { relay, relayPositions } from '../../core/publish/relay.ts';
import { tableKey } from '../../core/read/projection.ts';
import { progressKey } from '../../core/read/read-models.ts';
import { bringUp } from '../../core/registry/followers.ts';
import { domain as publishing } from '../es/domains/publishing/index.ts';
import { busOn, FakeBus } from '../support/bus.ts';
import { createEventsTable, createReadTable } from '../support/dynamo.ts';
import { eachFault } from '../support/each-fault.ts';
import { type Strike, trouble, troubled } from '../support/faults.ts';
import { deliveriesOf, storesOf } from '../support/projecting.ts';
import { added, append, newStream } from '../support/requests.ts';
import { tallyPublication } from '../support/tally-publication.ts';

let events: string;
let tables: Readonly<Record<string, string>>;
beforeAll(async () => {
  events = await createEventsTable();
  tables = { [tableKey(relayPositions)]: await createReadTable(relayPositions) };
});

const leaving = integrationEvents([tallyPublication]);

/** A relay as a new process has it: both of its connections have the same trouble. */
const relayOn = (bus: FakeBus, { on } = trouble()) => {
  const client = troubled(on);
  const stores = storesOf(dynamoEventStore({ client, table: events, now: () => new Date() }), dynamoReadModels({ client, tables }));
  const connected = busOn(on(bus.connection));
  const publish = relay({ ...stores, bus: connected, integrationEvents: leaving, isPublished: () => true });
  return { stores, bus: connected, publish: (commits: readonly Commit[]) => publish(deliveriesOf(commits)) };
};

interface Trial {
  /** How many commits of each stream were published before. */
  readonly published: number;
  /** Which commits of each stream are delivered. */
  readonly delivered: readonly number[];
  readonly streams: number;
  /** What goes out when all is well. */
  readonly requests: readonly string[];
}

const cleared: StoredEvent = { type: 'Cleared', schema: 1, data: {} };
const history = [added(1), added(2, 3), [cleared], [...added(4), cleared, ...added(5)]];

const trials: Readonly<Record<string, Trial>> = {
  'a new stream': { published: 0, delivered: [0, 1], streams: 1, requests: ['GetItem', 'PutEvents', 'PutEvents', 'PutEvents', 'PutItem'] },
  'two streams at once': {
    published: 0,
    delivered: [0, 1],
    streams: 2,
    requests: ['GetItem', 'GetItem', 'PutEvents', 'PutEvents', 'PutEvents', 'PutItem', 'PutItem'],
  },
  'a commit of which nothing leaves': { published: 2, delivered: [2], streams: 1, requests: ['GetItem', 'PutItem'] },
  'a gap': { published: 1, delivered: [3], streams: 1, requests: ['GetItem', 'Query', ...Array(4).fill('PutEvents'), 'PutItem'] },
  'what came before': { published: 4, delivered: [0, 3], streams: 1, requests: ['GetItem'] },
};

const write = async (): Promise<readonly Commit[]> => {
  const { eventStore } = relayOn(new FakeBus()).stores;
  let tail = eventStore.begin(newStream());
  const commits: Commit[] = [];
  for (const one of history) {
    const appended = await append(eventStore, tail, one);
    commits.push(appended.commit);
    tail = appended.tail;
  }
  return commits;
};

/** Nothing comes before what precedes it; nothing is there that is not stored; what the position is past is there. */
const check = async (bus: FakeBus, commits: readonly Commit[], { readModels } = relayOn(bus).stores): Promise<number> => {
  const { stream } = commits[0] as Commit;
  const expected = commits.flatMap(leaving);
  const taken = ofStream(bus.events, stream);
  for (const one of taken) expect(expected).toContainEqual(one);
  const first = [...new Set(taken.map(({ id }) => id))];
  expect(first).toEqual(expected.slice(0, first.length).map(({ id }) => id));
  const { version } = await readModels.get(relayPositions, progressKey(relayPositions, stream), 'strong');
  expect(first.length).toBeGreaterThanOrEqual(expected.filter(({ streamversion }) => streamversion <= version).length);
  return version;
};

const ofStream = (events: readonly IntegrationEvent[], stream: Address): readonly IntegrationEvent[] =>
  events.filter(({ subject }) => subject === streamName(stream));

/** Publishes a batch while something goes wrong, then again as another process: the law holds at both times, and in the end all is out. */
const tryBatch = async (trial: Trial, bus: FakeBus, ...strikes: readonly Strike[]): Promise<readonly string[]> => {
  const histories = await Promise.all(Array.from({ length: trial.streams }, write));
  const pick = (which: readonly number[]) => histories.flatMap((commits) => which.map((index) => commits[index] as Commit));
  const before = new FakeBus();
  await relayOn(before).publish(pick(history.map((_, index) => index).slice(0, trial.published)));
  bus.entries.push(...before.entries);

  const told = trouble(...strikes);
  const failed = await relayOn(bus, told).publish(pick(trial.delivered));
  const seen = [...told.requests];
  for (const commits of histories) {
    const { version } = commits[Math.max(...trial.delivered)] as Commit;
    const reached = await check(bus, commits);
    if (!failed.has(streamName((commits[0] as Commit).stream))) expect(reached).toBeGreaterThanOrEqual(version);
  }
  bus.mend();
  expect(await relayOn(bus).publish(pick(trial.delivered))).toEqual(new Map());
  for (const commits of histories) {
    await check(bus, commits);
    const expected = commits.slice(0, Math.max(trial.published, ...trial.delivered.map((index) => index + 1))).flatMap(leaving);
    expect(new Set(ofStream(bus.events, (commits[0] as Commit).stream).map(({ id }) => id))).toEqual(new Set(expected.map(({ id }) => id)));
  }
  return seen;
};

const putsOf = (requests: readonly string[]): number => requests.filter((one) => one === 'PutEvents').length;
const othersOf = (requests: readonly string[]): readonly string[] => requests.filter((one) => one !== 'PutEvents').toSorted();

describe.each(Object.entries(trials))('%s', (_, trial) => {
  test('sends the expected requests, and each event once', async () => {
    const bus = new FakeBus();
    const seen = await tryBatch(trial, bus);
    expect(othersOf(seen)).toEqual(othersOf(trial.requests));
    expect(putsOf(seen)).toBeGreaterThanOrEqual(putsOf(trial.requests));
    expect(putsOf(seen)).toBeLessThanOrEqual(putsOf(trial.requests) * trial.streams); // Streams that come at once share them.
    const ids = bus.events.map(({ id }) => id);
    expect(ids).toHaveLength(new Set(ids).size);
  });

  eachFault('is published in order, whichever of its requests is met by: %s', (fault) =>
    Promise.all(trial.requests.map((_, index) => tryBatch(trial, new FakeBus(), { fault, at: index + 1 }))),
  );
});

describe('a repair from the command line, beside a relay that runs', () => {
  const requests = [1, 2, 3, 4, 5, 6, 7, 8];

  eachFault('leaves the order as it is, whichever of its requests is met by: %s', async (fault) => {
    for (const at of requests) {
      const [commits, bus] = [await write(), new FakeBus()];
      const { stream } = commits[0] as Commit;
      const repairing = relayOn(bus, trouble({ fault, at }));
      const repair = bringUp(repairing.stores, { domain: publishing, bus: repairing.bus });
      const [, failed] = await Promise.all([
        repair(relayPositions, [{ stream, commits: [] }]),
        relayOn(bus).publish(commits.slice(1, 3)), // Out of order, and not to the end.
      ]);
      expect(failed).toEqual(new Map());
      expect(await check(bus, commits)).toBeGreaterThanOrEqual((commits[2] as Commit).version);
      expect(
        await bringUp(relayOn(bus).stores, { domain: publishing, bus: relayOn(bus).bus })(relayPositions, [{ stream, commits: [] }]),
      ).toEqual(new Map());
      await check(bus, commits);
      expect(new Set(ofStream(bus.events, stream).map(({ id }) => id))).toEqual(new Set(commits.flatMap(leaving).map(({ id }) => id)));
    }
  });
});

describe('entries fail alone', () => {
  const trial = trials['two streams at once'] as Trial;
  const entries = [1, 2, 3, 4, 5, 6];

  test.each(entries)('entry %d, once: it is sent again before the entries after it', async (nth) => {
    const bus = new FakeBus((seen) => (seen === nth ? 'ThrottlingException' : undefined));
    await tryBatch(trial, bus);
    const ids = bus.events.map(({ id }) => id);
    expect(ids).toHaveLength(new Set(ids).size); // Nobody was told that the batch failed.
  });

  test.each(entries)('all from entry %d on: the streams wait for another try', (nth) =>
    tryBatch(trial, new FakeBus((seen) => (seen >= nth ? 'InternalFailure' : undefined))),
  );
});
