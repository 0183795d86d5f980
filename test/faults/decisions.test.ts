import { beforeAll, describe, expect, test } from '@jest/globals';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { noCache, tailCache } from '../../adapters/event-log/tail-cache.ts';
import { Refusal, Unavailable } from '../../core/basics/errors.ts';
import type { Address } from '../../core/basics/stream.ts';
import type { Answer } from '../../core/write/command-handler.ts';
import { giveUp, lesson, note, offer, pupil, take, want } from '../support/campus.ts';
import { createEventsTable, engineClient, storedItems } from '../support/dynamo.ts';
import { eachFault } from '../support/each-fault.ts';
import { Crash, type FaultName, faultyClient } from '../support/faults.ts';
import { handlerOn } from '../support/handling.ts';
import { interposed } from '../support/interposed-store.ts';
import { meterOf } from '../support/meter.ts';
import { errorOf, newStream, request } from '../support/requests.ts';
import { answering, type Problem } from '../support/scripted-client.ts';

// Decisions over several streams: each request of each of them is struck by each fault, and what each of them costs.

let table = '';
beforeAll(async () => {
  table = await createEventsTable();
});
const sane = engineClient();
const storeOn = (client = sane) => dynamoEventStore({ client, table, now: () => new Date() });
const cacheOf = () => tailCache({ maxEntries: 9, maxBytes: 9_000_000 });

interface World {
  readonly lesson: Address;
  readonly pupil: Address;
}
const worldOf = async (seats = 1): Promise<World> => {
  const world = { lesson: newStream('lesson'), pupil: newStream('pupil') };
  await handlerOn(storeOn())(lesson, world.lesson, request(offer(seats)));
  await handlerOn(storeOn())(pupil, world.pupil, request(want(world.lesson.id)));
  return world;
};
const noted = (world: World) => handlerOn(storeOn())(pupil, world.pupil, request(note));

interface Trial {
  /** The instance remembers both streams. */
  readonly isWarm?: boolean;
  /** The other stream moves after the instance has remembered it. */
  readonly isOutdated?: boolean;
  /** The other stream moves before each of the first so many appends. */
  readonly races?: number;
  readonly seats?: number;
  readonly requests: readonly string[];
  readonly then: 'Taken' | 'LessonFull';
}
const [read, write] = [['Query', 'Query'], 'TransactWriteItems'];
const trials: Readonly<Record<string, Trial>> = {
  'a cold instance': { requests: [...read, write], then: 'Taken' },
  'a warm instance': { isWarm: true, requests: [write], then: 'Taken' },
  'a warm instance that remembers an old state': { isWarm: true, isOutdated: true, requests: [write, write], then: 'Taken' },
  'a stream that moves once': { races: 1, requests: [...read, write, write], then: 'Taken' },
  'a stream that moves twice': { races: 2, requests: [...read, write, write, 'Query', write], then: 'Taken' },
  'a refusal': { seats: 0, requests: [...read, ...read], then: 'LessonFull' },
  'a refusal of a warm instance': { seats: 0, isWarm: true, requests: read, then: 'LessonFull' },
};

const outcomeOf = async (answer: Promise<Answer>): Promise<object | string | undefined> => {
  try {
    const { version, events } = await answer;
    return { version, events };
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    if (error instanceof Unavailable || error instanceof Crash) return undefined;
    throw error;
  }
};

const play = async ({ isWarm, isOutdated, races = 0, seats, then }: Trial, fault?: FaultName, at = 0): Promise<readonly string[]> => {
  const world = await worldOf(seats);
  const faulty = faultyClient();
  let isOn = false;
  let appends = 0;
  const { store } = interposed(storeOn(faulty.client), async () => {
    if (isOn && ++appends <= races) await noted(world);
  });
  const instance = handlerOn(store, isWarm ? cacheOf() : noCache);
  if (isWarm) {
    await instance(lesson, world.lesson, request(offer(seats ?? 1)));
    await instance(pupil, world.pupil, request(note));
  }
  if (isOutdated) await noted(world);
  const before = { lesson: (await storedItems(table, world.lesson)).length, pupil: (await storedItems(table, world.pupil)).length };
  const asked = request(take(world.pupil.id));
  isOn = true;
  faulty.restart(...(fault === undefined ? [] : [{ fault, at }]));
  const first = await outcomeOf(instance(lesson, world.lesson, asked));
  const seen = [...faulty.requests];
  if (fault !== undefined) expect(faulty.struck()).toBe(1);
  const again = await outcomeOf(handlerOn(storeOn())(lesson, world.lesson, asked));
  faulty.restart();
  const survivor = fault?.startsWith('a crash') ? again : await outcomeOf(instance(lesson, world.lesson, asked));

  const version = before.lesson + 1;
  expect(again).toEqual(then === 'LessonFull' ? then : { version, events: [{ type: then, version }] });
  expect([first ?? again, survivor]).toEqual([again, again]);
  const own = (await storedItems(table, world.lesson)).filter(({ command }) => command === asked.commandId);
  expect(own).toHaveLength(then === 'Taken' ? 1 : 0);
  expect(await storedItems(table, world.pupil)).toHaveLength(before.pupil + Math.min(appends, races));
  return seen;
};

describe.each(Object.entries(trials))('%s', (title, trial) => {
  test('sends the expected requests', async () => {
    expect({ title, requests: await play(trial) }).toEqual({ title, requests: trial.requests });
  });
  eachFault('at each request: %s', (fault) => Promise.all(trial.requests.map((_, index) => play(trial, fault, index + 1))));
});

describe('a transaction that is cancelled', () => {
  const cancelled = (...codes: string[]): Problem => ({
    type: 'TransactionCanceledException',
    body: { CancellationReasons: codes.map((Code) => ({ Code })) },
    times: 3,
  });

  test.each([
    ['on its own stream', cancelled('TransactionConflict', 'None')],
    ['on the stream that it reads', cancelled('None', 'TransactionConflict')],
    ['on both', cancelled('TransactionConflict', 'TransactionConflict')],
  ])('because another one is under way %s is sent again', async (_, problem) => {
    const world = await worldOf();
    const { client, requests } = answering({ TransactWriteItems: problem });
    expect(await handlerOn(storeOn(client))(lesson, world.lesson, request(take(world.pupil.id)))).toMatchObject({ version: 2 });
    // Nothing is known to have moved. After the second conflict all streams are read, because they may be far ahead.
    expect(requests()).toEqual([...read, write, write, ...read, write, ...read, write]);
  });

  test.each([
    ['throttled', cancelled('None', 'ThrottlingError')],
    ['without enough capacity', cancelled('ProvisionedThroughputExceeded', 'None')],
    ['for a reason that it does not say', cancelled()],
  ])('%s has written nothing, and the same request may be sent again', async (_, problem) => {
    const world = await worldOf();
    const { client } = answering({ TransactWriteItems: { ...problem, times: 1 } });
    const [handle, asked] = [handlerOn(storeOn(client)), request(take(world.pupil.id))];
    expect(await errorOf(handle(lesson, world.lesson, asked))).toBeInstanceOf(Unavailable);
    expect(await storedItems(table, world.lesson)).toHaveLength(1);
    expect(await handle(lesson, world.lesson, asked)).toMatchObject({ version: 2, isRepeated: false });
  });

  test('a plain commit that meets a transaction is sent again, without a read', async () => {
    const world = await worldOf();
    const { client, requests } = answering({ PutItem: { type: 'TransactionConflictException', body: {}, times: 1 } });
    expect(await handlerOn(storeOn(client))(pupil, world.pupil, request(note))).toMatchObject({ version: 2 });
    expect(requests()).toEqual(['Query', 'PutItem', 'PutItem']);
  });
});

describe('a decision over two streams costs', () => {
  const metered = engineClient();
  const meter = meterOf(metered);
  const spent = async (world: World, handle = handlerOn(storeOn(metered))) => {
    meter.reset();
    await handle(lesson, world.lesson, request(take(world.pupil.id))).catch(() => {});
    return { calls: meter.calls(), ...meter.units() };
  };

  test('one eventual Query for each stream, and one transaction: two write units for the commit and two for the condition', async () => {
    expect(await spent(await worldOf())).toEqual({ calls: { Query: 2, TransactWriteItems: 1 }, read: 1, write: 4, indexWrite: 0 });
  });

  test('exactly the transaction in a warm instance', async () => {
    const [world, handle] = [await worldOf(2), handlerOn(storeOn(metered), cacheOf())];
    await spent(world, handle);
    const other = newStream('pupil');
    await handle(pupil, other, request(want(world.lesson.id)));
    expect(await spent({ ...world, pupil: other }, handle)).toEqual({ calls: { TransactWriteItems: 1 }, read: 0, write: 4, indexWrite: 0 });
  });

  test('a strongly consistent Query for each stream more, and no write, where it is refused', async () => {
    expect(await spent(await worldOf(0))).toEqual({ calls: { Query: 4 }, read: 3, write: 0, indexWrite: 0 });
  });

  test('nothing for the commands of the same aggregate that read no other', async () => {
    const world = await worldOf();
    meter.reset();
    await handlerOn(storeOn(metered))(lesson, world.lesson, request(offer(2)));
    expect({ calls: meter.calls(), ...meter.units() }).toEqual({ calls: { Query: 1, PutItem: 1 }, read: 0.5, write: 1, indexWrite: 0 });
  });
});

test('a refusal on states of different moments is not answered: the streams are read until one moment has all of them', async () => {
  const world = await worldOf(1);
  const asked = request(giveUp(world.lesson.id));
  await handlerOn(storeOn())(lesson, world.lesson, request(take(world.pupil.id)));
  const { store, calls } = interposed(storeOn());
  let reads = 0;
  const moving = {
    ...store,
    load: async (...args: Parameters<typeof store.load>) => {
      const found = await store.load(...args);
      if (++reads === 2) await noted(world); // After the first reads of both streams.
      return found;
    },
  };
  expect(await errorOf(handlerOn(moving as typeof store)(pupil, world.pupil, asked))).toMatchObject({ code: 'TakenAlready' });
  expect(calls).toEqual([...Array(2).fill('load eventual'), ...Array(4).fill('load strong')]);
});
