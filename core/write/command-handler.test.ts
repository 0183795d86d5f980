import { beforeEach, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { memoryEventStore } from '../../adapters/event-log/memory-event-store.ts';
import { noCache, tailCache } from '../../adapters/event-log/tail-cache.ts';
import { handlerOn } from '../../test/support/handling.ts';
import { interposed, stale } from '../../test/support/interposed-store.ts';
import { errorOf, loadAll, newStream, request } from '../../test/support/requests.ts';
import { add, clear, close, tally } from '../../test/support/tally.ts';
import type { Address } from '../basics/stream.ts';
import type { EventStore } from '../log/event-store.ts';
import { commandHandler } from './command-handler.ts';
import { type CommandOf, defineDecider, foldingOf } from './decider.ts';

type Command = CommandOf<typeof tally>;

let store: EventStore;
let stream: Address;
beforeEach(() => {
  store = memoryEventStore(() => new Date());
  stream = newStream();
});

const send = (command: Command, over: EventStore = store) => handlerOn(over)(tally, stream, request(command));
const stored = async () => (await loadAll(store, stream, 'strong')).commits.map(({ events }) => events.map(({ type }) => type));

describe('a command', () => {
  test('is answered with what it recorded', async () => {
    expect(await send(add(1, 2))).toEqual({
      stream,
      version: 2,
      events: [
        { type: 'Added', version: 1 },
        { type: 'Added', version: 2 },
      ],
      isRepeated: false,
    });
    expect(await send(close)).toEqual({ stream, version: 3, events: [{ type: 'Closed', version: 3 }], isRepeated: false });
    expect(await stored()).toEqual([['Added', 'Added'], ['Closed']]);
  });

  test('that finds it so already records nothing and says where the stream is', async () => {
    await send(add(1, 2));
    expect(await send(add())).toEqual({ stream, version: 2, events: [], isRepeated: false });
    expect(await stored()).toHaveLength(1);
  });

  test('that is refused records nothing', async () => {
    await send(close);
    await expect(send(add(1))).rejects.toMatchObject({ name: 'Refusal', code: 'TallyClosed' });
    expect(await stored()).toEqual([['Closed']]);
  });

  test('records why and by whom', async () => {
    const asked = { ...request(add(1)), actor: 'ada' };
    await handlerOn(store)(tally, stream, asked);
    const { commits } = await loadAll(store, stream, 'strong');
    const { commandId, correlationId, causationId } = asked;
    expect(commits).toEqual([expect.objectContaining({ commandId, correlationId, causationId, actor: 'ada' })]);
  });
});

describe('the same request again', () => {
  test('is answered as the first time, whatever happened since', async () => {
    const asked = request(add(1, 2));
    const handle = handlerOn(store);
    const first = await handle(tally, stream, asked);
    await send(add(5));
    await send(close);
    const again = { ...first, isRepeated: true };
    expect(await handle(tally, stream, asked)).toEqual(again);
    expect(await handle(tally, stream, { ...asked, expectedVersion: 0 })).toEqual(again);
    expect(await stored()).toHaveLength(3);
  });

  test('with other data is invalid', async () => {
    const asked = request(add(1));
    const handle = handlerOn(store);
    await handle(tally, stream, asked);
    await expect(handle(tally, stream, { ...asked, command: add(2) })).rejects.toMatchObject({ code: 'IdempotencyKeyReused' });
    await expect(handle(tally, stream, { ...asked, command: close })).rejects.toMatchObject({ code: 'IdempotencyKeyReused' });
    expect(await stored()).toEqual([['Added']]);
  });

  test('is decided anew where it recorded nothing', async () => {
    const asked = request(clear);
    const handle = handlerOn(store);
    expect((await handle(tally, stream, asked)).events).toEqual([]);
    await send(add(1));
    expect((await handle(tally, stream, asked)).events).toEqual([{ type: 'Cleared', version: 2 }]);
  });
});

test('a command of a saga that an earlier release recorded without `by` is the same request', async () => {
  const asked = request(add(1));
  const first = await handlerOn(store)(tally, stream, asked);
  expect(await handlerOn(store)(tally, stream, { ...asked, by: 'saga:count' })).toEqual({ ...first, isRepeated: true });
  const [commit] = (await loadAll(store, stream, 'strong')).commits;
  expect(commit).not.toHaveProperty('by');
  await handlerOn(store)(tally, stream, { ...request(add(2)), by: 'saga:count', actor: 'ada' });
  expect((await loadAll(store, stream, 'strong')).commits[1]).toMatchObject({ by: 'saga:count', actor: 'ada' });
});

describe('an expected version', () => {
  const expecting = (expectedVersion: number, over = store) => handlerOn(over)(tally, stream, { ...request(add(1)), expectedVersion });

  test('that holds changes nothing', async () => {
    expect((await expecting(0)).version).toBe(1);
    expect((await expecting(1)).version).toBe(2);
  });

  test.each([0, 1, 3])('of %d on a stream at 2 is a conflict that says so', async (expectedVersion) => {
    await send(add(1, 2));
    const details = { expectedVersion, version: 2 };
    await expect(expecting(expectedVersion)).rejects.toMatchObject({ name: 'Conflict', code: 'PreconditionFailed', details });
    expect(await stored()).toHaveLength(1);
  });

  test('that held until another writer was first does not hold any more', async () => {
    await send(add(1));
    const { store: raced } = interposed(store, async (nth) => nth === 1 && send(add(2)));
    await expect(expecting(1, raced)).rejects.toMatchObject({ code: 'PreconditionFailed', details: { version: 2 } });
    expect(await stored()).toHaveLength(2);
  });
});

describe('an old read', () => {
  const old = async () => stale(store, await store.load(stream, foldingOf(tally), 'strong'));

  test('proves no refusal', async () => {
    await send(add(1000));
    const over = await old();
    await send(clear);
    expect((await send(add(1), over)).events).toEqual([{ type: 'Added', version: 3 }]);
  });

  test('proves no "it is so already"', async () => {
    const over = await old();
    await send(add(1));
    expect((await send(clear, over)).events).toEqual([{ type: 'Cleared', version: 2 }]);
  });

  test('proves no precondition wrong', async () => {
    const over = await old();
    await send(add(1));
    const asked = { ...request(add(1)), expectedVersion: 1 };
    expect((await handlerOn(over)(tally, stream, asked)).version).toBe(2);
  });

  test('does not do again what was done since', async () => {
    const over = await old();
    const asked = request(add(1));
    const { version, events } = await handlerOn(store)(tally, stream, asked);
    await send(add(2));
    expect(await handlerOn(over)(tally, stream, asked)).toMatchObject({
      version,
      events,
    });
    expect(await stored()).toHaveLength(2);
  });

  test('lets nothing pass that is refused by now', async () => {
    const over = await old();
    await send(close);
    await send(add(1)).catch(() => {});
    await expect(send(add(1), over)).rejects.toMatchObject({ code: 'TallyClosed' });
    expect(await stored()).toEqual([['Closed']]);
  });
});

describe('another writer first', () => {
  test('once: what it wrote is folded in, without another read', async () => {
    const { store: raced, calls } = interposed(store, async (nth) => nth === 1 && send(add(2)));
    expect((await send(add(1), raced)).version).toBe(2);
    expect(calls).toEqual(['load eventual', 'append', 'append']);
  });

  test('twice: the stream is read again, after a pause', async () => {
    const pauses: number[] = [];
    const { store: raced, calls } = interposed(store, async (nth) => nth <= 2 && send(add(nth)));
    const pause = async (conflicts: number) => void pauses.push(conflicts);
    expect((await commandHandler({ eventStore: raced, cache: noCache, pause })(tally, { id: stream.id }, request(add(5)))).version).toBe(3);
    expect(calls).toEqual(['load eventual', 'append', 'append', 'load strong', 'append']);
    expect(pauses).toEqual([2]);
  });

  test('every time: a conflict, and nothing of the command is written', async () => {
    const { store: raced, calls } = interposed(store, () => send(add(0)));
    await expect(send(add(1), raced)).rejects.toMatchObject({ name: 'Conflict', code: 'ConcurrencyConflict' });
    const appends = calls.filter((call) => call === 'append').length;
    expect(appends).toBeGreaterThan(2);
    expect(appends).toBeLessThanOrEqual(10);
    expect(await stored()).toHaveLength(appends);
  });

  test('with what makes it refused: refused', async () => {
    const { store: raced } = interposed(store, async (nth) => nth === 1 && send(close));
    await expect(send(add(1), raced)).rejects.toMatchObject({ code: 'TallyClosed' });
  });

  test('with what makes it refused, and then with what does not: what only the winner says proves nothing', async () => {
    const rivals = [add(1000), clear];
    const { store: raced } = interposed(store, async (nth) => {
      if (nth === 1) for (const rival of rivals) await send(rival);
    });
    expect((await send(add(1), raced)).version).toBe(3);
  });

  test('with what makes it so already: nothing is recorded', async () => {
    const { store: raced } = interposed(store, async (nth) => nth === 1 && send(close));
    expect(await send(close, raced)).toEqual({ stream, version: 1, events: [], isRepeated: false });
  });

  test('and it was this request, sent twice: one answer', async () => {
    const asked = request(add(1));
    const handle = (over: EventStore) => handlerOn(over)(tally, stream, asked);
    const { store: raced } = interposed(store, async (nth) => nth === 1 && handle(store));
    const { version, events } = await handle(raced);
    expect(await handle(store)).toEqual({ stream, version, events, isRepeated: true });
    expect(await stored()).toHaveLength(1);
  });
});

test('a command that meets its own commit, as an older release decided it, does not remember the state of its own decision', async () => {
  const older = { ...tally, decide: { ...tally.decide, Add: () => [{ type: 'Added' as const, data: { amount: 1000 } }] } };
  const before = stale(store, await store.load(stream, foldingOf(tally), 'strong'));
  const asked = request(add(1));
  const first = await handlerOn(store)(older, stream, asked);
  const cache = tailCache({ maxEntries: 10, maxBytes: 1_000_000 });
  expect(await handlerOn(before, cache)(tally, stream, asked)).toEqual({ ...first, isRepeated: true });
  await expect(handlerOn(store, cache)(tally, stream, request(add(1)))).rejects.toMatchObject({ code: 'OverLimit' });
  expect(await stored()).toEqual([['Added']]);
});

test('many at once never break what the aggregate promises', async () => {
  const outcomes = await Promise.allSettled(Array.from({ length: 30 }, () => resend(add(100))));
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
  for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'OverLimit' });
  expect(await stored()).toHaveLength(10);
});

/** As a client does: the same request again after a conflict. */
const resend = async (command: Command): Promise<unknown> => {
  const asked = request(command);
  for (;;) {
    const answer = await handlerOn(store)(tally, stream, asked).catch((error: Error) => error);
    if (!(answer instanceof Error)) return answer;
    if (answer.name !== 'Conflict') throw answer;
  }
};

describe('a bug in the domain', () => {
  const broken = (where: 'decide' | 'evolve' | 'event') =>
    defineDecider({
      name: 'tally',
      commands: { Do: z.object({}) },
      events: { Done: z.object({ by: z.string() }) },
      initialState: () => ({}),
      decide: {
        Do: () => {
          if (where === 'decide') throw new TypeError('broken');
          return [{ type: 'Done', data: { by: where === 'event' ? (1 as unknown as string) : 'ada' } }];
        },
      },
      evolve: {
        Done: (state) => {
          if (where === 'evolve') throw new TypeError('broken');
          return state;
        },
      },
    });

  test.each([
    ['decide', 'TypeError'],
    ['evolve', 'TypeError'],
    ['event', 'InvalidEvent'],
  ] as const)('in %s is not met by a stored event', async (where, name) => {
    const error = await errorOf(handlerOn(store)(broken(where), stream, request({ type: 'Do', data: {} })));
    expect(error.name).toBe(name);
    expect(await stored()).toEqual([]);
  });
});
