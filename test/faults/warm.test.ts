import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { tailCache } from '../../adapters/event-log/tail-cache.ts';
import type { Address } from '../../core/basics/stream.ts';
import type { EventStore } from '../../core/log/event-store.ts';
import type { CommandOf } from '../../core/write/decider.ts';
import { badge, hold, show } from '../support/badge.ts';
import { createEventsTable, createNamesTable, engineClient } from '../support/dynamo.ts';
import { handlerOn } from '../support/handling.ts';
import { interposed } from '../support/interposed-store.ts';
import { meterOf } from '../support/meter.ts';
import { newStream, request } from '../support/requests.ts';
import { add, clear, close, tally } from '../support/tally.ts';

// What a command costs an instance that remembers the stream. `reads`: how each Query was made, in order.

const metered = engineClient();
const meter = meterOf(metered);
let eventStore: EventStore;
/** The same tables through a client that nobody counts: other instances. */
let uncounted: EventStore;
let stream: Address;
let warm: ReturnType<typeof handlerOn>;
let loads: readonly string[];

beforeAll(async () => {
  const [table, names, now] = [await createEventsTable(), await createNamesTable(), () => new Date()];
  eventStore = dynamoEventStore({ client: metered, table, names, now });
  uncounted = dynamoEventStore({ client: engineClient(), table, names, now });
});
beforeEach(() => {
  stream = newStream();
  const { store, calls } = interposed(eventStore);
  loads = calls;
  warm = handlerOn(store, tailCache({ maxEntries: 100, maxBytes: 10_000_000 }));
});
type Command = CommandOf<typeof tally>;
const send = (command: Command) => warm(tally, stream, request(command));
const others = async (...commands: readonly Command[]) => {
  for (const command of commands) await handlerOn(uncounted)(tally, stream, request(command));
};
const spent = () => ({ calls: meter.calls(), ...meter.units() });
const cost = (calls: Readonly<Record<string, number>>, write: number, read = 0) => ({ calls, write, read, indexWrite: 0 });

describe('a command on a stream that the instance remembers costs one PutItem of one unit', () => {
  test.each([
    ['one event', add(1)],
    ['three events', add(1, 2, 3)],
  ])('for %s, time after time', async (_, command) => {
    await send(add(0));
    for (let index = 0; index < 70; index++) {
      meter.reset();
      await send(command.data.amounts.length > 0 && index % 10 === 9 ? clear : command);
      expect(spent()).toEqual(cost({ PutItem: 1 }, 1));
    }
  });

  test('after a refusal and after a no-op, too', async () => {
    await send(add(1000));
    await send(add(1)).catch(() => {});
    await send(add());
    meter.reset();
    await send(clear);
    expect(spent()).toEqual(cost({ PutItem: 1 }, 1));
  });

  test('nothing for a repeated request', async () => {
    const asked = request(add(1));
    const first = await warm(tally, stream, asked);
    await send(add(2));
    meter.reset();
    expect(await warm(tally, stream, asked)).toEqual({ ...first, isRepeated: true });
    expect(spent()).toEqual(cost({}, 0));
  });
});

describe('where another instance has moved the stream', () => {
  const calls: Readonly<Record<number, Readonly<Record<string, number>>>> = {
    1: { PutItem: 2 },
    2: { PutItem: 3, Query: 1 },
    3: { PutItem: 3, Query: 1 },
    50: { PutItem: 3, Query: 1 },
  };
  test.each([1, 2, 3, 50])('by %d commits, the command is carried out behind them', async (commits) => {
    await send(add(1));
    await others(...Array.from({ length: commits }, () => add(1, 1)));
    meter.reset();
    expect(await send(add(5))).toMatchObject({ version: 2 + 2 * commits, events: [{ version: 2 + 2 * commits }] });
    expect(meter.calls()).toEqual(calls[commits]);
    meter.reset();
    await send(add(1));
    expect(spent()).toEqual(cost({ PutItem: 1 }, 1));
  });

  test.each<[string, Command, readonly Command[], Command]>([
    ['a refusal', add(1000), [clear], add(1)],
    ['that it is so already', add(0), [add(1)], clear],
  ])(
    '%s, remembered by the instance, is not answered: one strongly consistent Query corrects it',
    async (_, before, meanwhile, command) => {
      await send(before);
      await others(...meanwhile);
      meter.reset();
      expect((await send(command)).events).toHaveLength(1);
      expect(spent()).toEqual(cost({ Query: 1, PutItem: 1 }, 1, 1));
      expect(loads.slice(-2)).toEqual(['load strong', 'append']);
    },
  );

  test.each<[string, Command, readonly Command[], Command]>([
    ['refused', add(1), [close], add(1)],
    ['so already', add(1), [clear], clear],
  ])('a command that is now %s writes nothing', async (_, before, meanwhile, command) => {
    await send(before);
    await others(...meanwhile);
    meter.reset();
    const answer = await send(command).catch((error) => error.code);
    expect(typeof answer === 'string' ? answer : answer.events).toEqual(command.type === 'Add' ? 'TallyClosed' : []);
    expect(meter.calls()).toEqual({ PutItem: 1, Query: 1 });
    expect(loads.slice(-2)).toEqual(['append', 'load strong']);
  });
});

test.each<[string, Command]>([
  ['a refusal', add(1)],
  ['a no-op', close],
])('%s is confirmed by a strongly consistent Query, and by nothing else', async (_, command) => {
  await send(close);
  meter.reset();
  await send(command).catch(() => {});
  expect(spent()).toEqual(cost({ Query: 1 }, 0, 1));
  expect(loads.at(-1)).toBe('load strong');
});

test('an instance that is new to the stream reads it once, with half a unit', async () => {
  await others(add(1), add(2, 3));
  meter.reset();
  await send(add(1, 2, 3));
  expect(spent()).toEqual(cost({ Query: 1, PutItem: 1 }, 1, 0.5));
});

describe('names', () => {
  test('cost a transaction where they change, and nothing where they stay', async () => {
    const badges = newStream('badge');
    const wear = (command: CommandOf<typeof badge>) => warm(badge, badges, request(command));
    const costs: Record<string, unknown>[] = [];
    for (const command of [hold(`${badges.id}`), show, hold(`${badges.id}`), hold('b', `${badges.id}`), hold(), show]) {
      meter.reset();
      await wear(command);
      costs.push(meter.calls());
    }
    const [plain, transaction] = [{ PutItem: 1 }, { TransactWriteItems: 1 }];
    expect(costs).toEqual([{ Query: 1, ...transaction }, plain, plain, transaction, transaction, plain]);
  });
});
