import { beforeEach, describe, expect, test } from '@jest/globals';
import { deliveriesOf } from '../../test/support/projecting.ts';
import { memoryStores, parkedIn } from '../../test/support/read-taps.ts';
import { added, append, newStream } from '../../test/support/requests.ts';
import { tallyPublication } from '../../test/support/tally-publication.ts';
import { Unavailable, Unwritable } from '../basics/errors.ts';
import { streamName } from '../basics/stream.ts';
import type { Commit, StoredEvent, Tail } from '../log/event-store.ts';
import type { ProjectionPorts } from '../read/ports.ts';
import { progressKey } from '../read/read-models.ts';
import { type AnyPublication, type IntegrationEvent, integrationEvents } from './publication.ts';
import { relay, relayPositions } from './relay.ts';

let stores: ProjectionPorts;
let taken: IntegrationEvent[];
beforeEach(() => {
  stores = memoryStores();
  taken = [];
});

/** Appends commits to a new stream, or to the end of one. */
const write = async (commits: readonly (readonly StoredEvent[])[], from?: Tail): Promise<{ commits: Commit[]; tail: Tail }> => {
  let tail = from ?? stores.eventStore.begin(newStream());
  const all: Commit[] = [];
  for (const events of commits) {
    const appended = await append(stores.eventStore, tail, events);
    all.push(appended.commit);
    tail = appended.tail;
  }
  return { commits: all, tail };
};
interface Options {
  readonly refuse?: (event: IntegrationEvent) => Error | undefined;
  readonly publications?: readonly AnyPublication[];
  readonly retryParked?: boolean;
}
const publish = (
  commits: readonly Commit[],
  { refuse = () => undefined, publications = [tallyPublication], retryParked = false }: Options = {},
) =>
  relay(
    {
      ...stores,
      bus: {
        publish: async (event) => {
          const error = refuse(event);
          if (error !== undefined) throw error;
          taken.push(event);
        },
      },
      integrationEvents: integrationEvents(publications),
      isPublished: (aggregate) => aggregate === 'tally',
    },
    { retryParked },
  )(deliveriesOf(commits));
const position = async ({ stream }: Tail) => stores.readModels.get(relayPositions, progressKey(relayPositions, stream), 'strong');
const versions = () => taken.map(({ streamversion }) => streamversion);

test('each event goes out once, and what comes again does not', async () => {
  const { commits, tail } = await write([added(1, 2), added(3)]);
  expect(await publish(commits)).toEqual(new Map());
  expect(await publish(commits)).toEqual(new Map());
  expect(versions()).toEqual([1, 2, 3]);
  expect(await position(tail)).toEqual({ document: null, version: 3, recordedAt: commits.at(-1)?.recordedAt });
});

test('the streams of two tenants go out each by itself, though they have one name', async () => {
  const begin = (tenant: string) => stores.eventStore.begin({ tenant, aggregate: 'tally', id: '1' });
  const [one, other] = [await write([added(1), added(2)], begin('a')), await write([added(3)], begin('a-b'))];
  const refuse = ({ tenant }: IntegrationEvent) => (tenant === 'a' ? new Unwritable('no') : undefined);
  expect(await publish([...one.commits, ...other.commits], { refuse })).toEqual(new Map());
  expect(taken.map(({ subject, tenant }) => [subject, tenant])).toEqual([['a-b/tally-1', 'a-b']]);
  expect([await position(one.tail), await position(other.tail)]).toMatchObject([{ version: 0 }, { version: 1 }]);
  for (const [tenant, count] of [
    ['a', 1],
    ['a-b', 0],
  ] as const)
    expect((await stores.readModels.parked(relayPositions, { tenant, limit: 10 })).items).toHaveLength(count);
});

test('what is missing is read from the log, and goes out first', async () => {
  const { commits } = await write([added(1), added(2), added(3)]);
  await publish(commits.slice(2));
  expect(versions()).toEqual([1, 2, 3]);
});

test('a gap of more than a page is closed', async () => {
  const { commits } = await write(Array.from({ length: 1200 }, () => added(1)));
  await publish(commits.slice(-1));
  expect(versions()).toEqual(commits.map(({ version }) => version));
});

test('a stream is brought up to its end without a record of the table', async () => {
  const { commits, tail } = await write([added(1), added(2)]);
  await publish(commits.slice(0, 1));
  expect(await relayAll(tail)).toEqual(new Map());
  expect(versions()).toEqual([1, 2]);
});
const relayAll = ({ stream }: Tail) =>
  relay({
    ...stores,
    bus: { publish: async (event) => void taken.push(event) },
    integrationEvents: integrationEvents([tallyPublication]),
    isPublished: () => true,
  })([{ stream, commits: [] }]);

test('an aggregate of which nothing leaves costs nothing', async () => {
  const other = { ...newStream('other') };
  const broken = new Proxy({} as ProjectionPorts['readModels'], {
    get: () => () => {
      throw new Error('nobody asked');
    },
  });
  stores = { ...stores, readModels: broken };
  const commit = { stream: other, version: 1, events: added(1), recordedAt: '', commandId: '', correlationId: '', causationId: '' };
  expect(await publish([commit])).toEqual(new Map());
});

test('an event that was not taken holds up its stream, from there on, and no other', async () => {
  const [one, other] = [await write([added(1), added(2, 3), added(4)]), await write([added(5)])];
  const error = new Unavailable('not now');
  const refuse = ({ id }: IntegrationEvent) => (id === `${streamName(one.tail.stream)}@3` ? error : undefined);
  expect(await publish([...one.commits, ...other.commits], { refuse })).toEqual(new Map([[streamName(one.tail.stream), error]]));
  expect(taken.filter(({ subject }) => subject === streamName(one.tail.stream)).map(({ streamversion }) => streamversion)).toEqual([1, 2]);
  expect(await position(one.tail)).toMatchObject({ version: 1 }); // Version 2 goes out again: of a commit all is out, or it counts as none.
  expect(await position(other.tail)).toMatchObject({ version: 1 });
});

describe('beside other relays, which are always first,', () => {
  /** A store in which so many writes find that the position has changed. */
  const contested = (conflicts: number) => {
    let left = conflicts;
    const { write } = stores.readModels;
    stores = { ...stores, readModels: { ...stores.readModels, write: async (...args) => left-- <= 0 && write(...args) } };
  };

  test('a relay reads the position again, nine times, and publishes the commit again', async () => {
    const { commits, tail } = await write([added(1)]);
    contested(9);
    expect(await publish(commits)).toEqual(new Map());
    expect(versions()).toEqual(Array(10).fill(1));
    expect(await position(tail)).toMatchObject({ version: 1 });
  });

  test('and fails after the tenth conflict', async () => {
    const { commits, tail } = await write([added(1)]);
    contested(10);
    const name = streamName(tail.stream);
    const error = new Error(`relay: other relays changed the position of ${name} 10 times`);
    expect(await publish(commits)).toEqual(new Map([[name, error]]));
    expect(versions()).toHaveLength(10);
  });

  test('a relay does not publish what the first one has published and recorded', async () => {
    const { commits } = await write([added(1), added(2)]);
    await publish(commits.slice(0, 1));
    taken = [];
    await publish(commits);
    expect(versions()).toEqual([2]);
  });
});

test('the position of a stream has no document', () => {
  expect(relayPositions).toMatchObject({ name: 'relay', revision: 1, events: {}, evolve: {} });
  expect(relayPositions.key?.({} as never)).toBeUndefined();
});

describe('what can never go out', () => {
  const never = new Unwritable('MalformedDetail');
  const isNever = ({ streamversion }: IntegrationEvent) => (streamversion === 2 ? never : undefined);

  test('parks its stream, with the reason; nothing of it goes out any more, and nothing fails', async () => {
    const { commits, tail } = await write([added(1), added(2), added(3)]);
    expect(await publish(commits, { refuse: isNever })).toEqual(new Map());
    expect(await publish(commits)).toEqual(new Map());
    expect(versions()).toEqual([1]);
    expect(await parkedIn(stores, relayPositions)).toMatchObject([
      { stream: streamName(tail.stream), eventId: expect.stringMatching(/@2$/), error: 'MalformedDetail' },
    ]);
  });

  test('goes out after the repair, with what follows', async () => {
    const { commits, tail } = await write([added(1), added(2), added(3)]);
    await publish(commits, { refuse: isNever });
    await publish(commits, { retryParked: true });
    expect(versions()).toEqual([1, 2, 3]);
    expect(await parkedIn(stores, relayPositions)).toEqual([]);
    expect(await position(tail)).toMatchObject({ version: 3 });
  });

  test('because it cannot be made: not the half of its commit goes out', async () => {
    const { commits, tail } = await write([added(1), added(2, 1001), added(3)]);
    expect(await publish(commits)).toEqual(new Map());
    expect(versions()).toEqual([1]);
    expect(await parkedIn(stores, relayPositions)).toMatchObject([{ eventId: `${streamName(tail.stream)}@3` }]);
  });
});
