import { beforeEach, describe, expect, test } from '@jest/globals';
import { tailCache } from '../../adapters/event-log/tail-cache.ts';
import type { Address } from '../../core/basics/stream.ts';
import { type EventStore, recallWindow, type Tries } from '../../core/log/event-store.ts';
import { commandHandler } from '../../core/write/command-handler.ts';
import { handlerOn } from '../support/handling.ts';
import { interposed } from '../support/interposed-store.ts';
import { newStream, request } from '../support/requests.ts';
import { add, clear, close, tally } from '../support/tally.ts';
import type { OpenStore } from './event-store.ts';

/** The tries of a process's request: a later one finds the first one in the log, however many commits are between them. */
export const triesContract = (open: OpenStore): void => {
  const began = '2026-01-01T09:00:00.000Z';
  const first: Tries = { isFirst: true, since: async () => began };
  const later: Tries = { isFirst: false, since: async () => began };
  const asked = { ...request(add(1, 2)), tries: first };
  const again = { ...asked, tries: later };

  let store: EventStore;
  let stream: Address;
  beforeEach(() => {
    store = open();
    stream = newStream();
  });
  const newCache = () => tailCache({ maxEntries: 10, maxBytes: 10_000_000 });
  const others = async (count: number): Promise<void> => {
    const handle = handlerOn(store, newCache());
    for (let index = 0; index < count; index++) await handle(tally, stream, request(index % 20 === 19 ? clear : add(1)));
  };
  const versionNow = async () => (await store.load(stream, anyFolding, 'strong')).tail.version;
  /** The first try is stored, and its caller never hears of it. */
  const losesAnswer = async () => {
    const { version } = await handlerOn(store)(tally, stream, asked);
    return { stream, version, events: [version - 1, version].map((one) => ({ type: 'Added', version: one })), isRepeated: true };
  };

  test('1,000 commits later the second try is answered as the first one, and without the look it would be done twice', async () => {
    const answer = await losesAnswer();
    await others(1000);
    expect(await handlerOn(store)(tally, stream, again)).toEqual(answer);
    expect(await versionNow()).toBe(1002);
    expect(await handlerOn(store)(tally, stream, { ...again, tries: undefined })).toMatchObject({ version: 1004, isRepeated: false });
  });

  test.each([0, recallWindow - 1, recallWindow, recallWindow + 1, 2 * recallWindow + 1])(
    '%d commits later the second try is answered as the first one, by code that can read no snapshot, too',
    async (count) => {
      await others(count % 3);
      const answer = await losesAnswer();
      await others(count);
      expect(await handlerOn(store)(tally, stream, again)).toEqual(answer);
      expect(await handlerOn(store)({ ...tally, revision: 2 }, stream, { ...again })).toEqual(answer);
      expect(await versionNow()).toBe((count % 3) + 2 + count);
    },
  );

  test('a request that was never stored is decided, after a look at the whole stream', async () => {
    await others(recallWindow + 1);
    expect(await handlerOn(store)(tally, stream, again)).toMatchObject({ version: recallWindow + 3, isRepeated: false });
  });

  test('a request that would be refused now, or has nothing to do, is answered as it was', async () => {
    const answer = await losesAnswer();
    const cleared = { ...request(clear), tries: first };
    const before = await handlerOn(store)(tally, stream, cleared);
    await others(recallWindow + 1);
    await handlerOn(store)(tally, stream, request(clear));
    expect(await handlerOn(store)(tally, stream, { ...cleared, tries: later })).toEqual({ ...before, isRepeated: true });
    await handlerOn(store)(tally, stream, request(close));
    expect(await handlerOn(store)(tally, stream, again)).toEqual(answer);
  });

  test('a request that was never stored is refused after a look', async () => {
    await others(recallWindow + 1);
    await handlerOn(store)(tally, stream, request(close));
    await expect(handlerOn(store)(tally, stream, again)).rejects.toMatchObject({ name: 'Refusal', code: 'TallyClosed' });
  });

  test('the same id with other data is invalid, however far back it is', async () => {
    await losesAnswer();
    await others(recallWindow + 1);
    const changed = { ...again, command: add(3) };
    await expect(handlerOn(store)(tally, stream, changed)).rejects.toMatchObject({ name: 'Invalid', code: 'IdempotencyKeyReused' });
  });

  test('a key of a client is not the id of a process', async () => {
    await handlerOn(store)(tally, stream, { ...asked, commandFrom: 'client', tries: undefined });
    await others(recallWindow + 1);
    expect(await handlerOn(store)(tally, stream, again)).toMatchObject({ isRepeated: false });
  });

  test('the second try is found where the process remembers the stream from long before the first', async () => {
    const handle = handlerOn(store, newCache());
    await others(recallWindow + 1);
    await handle(tally, stream, request(add(1)));
    await others(3);
    const answer = await losesAnswer();
    await others(recallWindow + 1);
    expect(await handle(tally, stream, again)).toEqual(answer);
  });

  describe('a first try that is overtaken by the second one', () => {
    const raced = (count: number) => {
      let done: unknown;
      const { store: slow } = interposed(store, async (nth) => {
        if (nth !== 1) return;
        await others(1);
        done = { ...(await handlerOn(store)(tally, stream, again)), isRepeated: true };
        await others(count);
      });
      return { slow, done: () => done };
    };

    test.each([0, recallWindow - 1, recallWindow, 2 * recallWindow])('and by %d other commits writes nothing', async (count) => {
      await others(1);
      const { slow, done } = raced(count);
      const handle = commandHandler({ eventStore: slow, cache: newCache(), pause: async () => {} });
      expect(await handle(tally, { id: stream.id }, asked)).toEqual(done());
      expect(await versionNow()).toBe(4 + count);
    });
  });
};

const anyFolding = { fingerprint: '', initialState: () => 0, evolve: () => 0 };
