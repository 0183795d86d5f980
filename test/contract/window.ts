import { beforeEach, describe, expect, test } from '@jest/globals';
import { tailCache } from '../../adapters/event-log/tail-cache.ts';
import type { Address } from '../../core/basics/stream.ts';
import { type EventStore, recallWindow } from '../../core/log/event-store.ts';
import type { Answer } from '../../core/write/command-handler.ts';
import { handlerOn } from '../support/handling.ts';
import { newStream, request } from '../support/requests.ts';
import { add, clear, tally } from '../support/tally.ts';
import type { OpenStore } from './event-store.ts';

/** The window of idempotency, at its edge: a request is answered again while it is among the stream's last 64 commits. */
export const windowContract = (open: OpenStore): void => {
  let store: EventStore;
  let stream: Address;
  beforeEach(() => {
    store = open();
    stream = newStream();
  });
  const newCache = () => tailCache({ maxEntries: 10, maxBytes: 10_000_000 });
  const asked = request(add(1, 2));
  const changed = { ...asked, command: add(3) };

  /** Whoever gets the request again: what it knows of the stream, and whether it can read the snapshots. */
  const instances: Readonly<Record<string, () => Promise<ReturnType<typeof handlerOn>>>> = {
    'that reads the newest snapshot': async () => handlerOn(store),
    'that can read no snapshot': async () => {
      const handle = handlerOn(store);
      return (decider, ...rest) => handle({ ...decider, revision: 2 }, ...rest);
    },
    'that remembers the stream as it is': async () => {
      const handle = handlerOn(store, newCache());
      await handle(tally, stream, request(add()));
      return handle;
    },
  };
  /** Sends the request, and so many others after it. */
  const followedBy = async (others: number): Promise<Answer> => {
    const handle = handlerOn(store, newCache());
    const answer = await handle(tally, stream, asked);
    for (let index = 0; index < others; index++) await handle(tally, stream, request(index % 20 === 19 ? clear : add(1)));
    return answer;
  };

  describe.each(Object.entries(instances))('for an instance %s', (_, instance) => {
    test.each([0, 1, 8, recallWindow - 2, recallWindow - 1])('%d commits later the answer is the first one', async (others) => {
      const first = await followedBy(others);
      const again = await (await instance())(tally, stream, asked);
      expect(again).toEqual({ ...first, isRepeated: true });
      expect((await store.load(stream, anyFolding, 'strong')).tail.version).toBe(2 + others);
    });

    test(`${recallWindow - 1} commits later the same id with other data is invalid`, async () => {
      await followedBy(recallWindow - 1);
      await expect((await instance())(tally, stream, changed)).rejects.toMatchObject({ name: 'Invalid', code: 'IdempotencyKeyReused' });
    });

    test(`${recallWindow} commits later it is another request, and is decided again`, async () => {
      await followedBy(recallWindow);
      expect(await (await instance())(tally, stream, asked)).toMatchObject({
        version: 2 + recallWindow + 2,
        events: [{ type: 'Added' }, { type: 'Added' }],
        isRepeated: false,
      });
    });
  });

  describe('for an instance that remembers the stream from before the request', () => {
    const late = async () => {
      const handle = handlerOn(store, newCache());
      await handle(tally, stream, request(add(5)));
      return handle;
    };

    // Its put goes to the request's own place, where the commit tells itself, however many follow it.
    test.each([0, 1, 2, recallWindow - 1, recallWindow])('%d commits later the answer is the first one', async (others) => {
      const handle = await late();
      const first = await followedBy(others);
      expect(await handle(tally, stream, asked)).toEqual({ ...first, isRepeated: true });
    });
  });
};

const anyFolding = { fingerprint: '', initialState: () => 0, evolve: () => 0 };
