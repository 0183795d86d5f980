import { beforeEach, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import type { CommitLog } from '../../adapters/event-log/commit-log.ts';
import { eventStore } from '../../adapters/event-log/store-on-commit-log.ts';
import { noCache, tailCache } from '../../adapters/event-log/tail-cache.ts';
import { handlerOn } from '../../test/support/handling.ts';
import { book, closeHut, hut, leave } from '../../test/support/hut.ts';
import { interposed, stale } from '../../test/support/interposed-store.ts';
import { noise } from '../../test/support/noise.ts';
import { openLog } from '../../test/support/open-log.ts';
import { errorOf, loadAll, newStream, request } from '../../test/support/requests.ts';
import type { Commit, EventStore } from '../log/event-store.ts';
import { versioned } from '../log/upcasting.ts';
import { answerIn } from './answers.ts';
import type { TailCache } from './command-handler.ts';
import { type AnyDecider, type CommandOf, decisionOn, foldingOf } from './decider.ts';

type Command = CommandOf<typeof hut>;
const stream = newStream('hut');
let day: number;
let log: ReturnType<typeof openLog>;
let store: EventStore;
const restarted = (): EventStore => eventStore(log.log, () => new Date(Date.UTC(2026, 0, day)));
beforeEach(() => {
  day = 1;
  log = openLog();
  store = restarted();
});

interface Sending {
  readonly by?: string;
  readonly id?: string;
  readonly grants?: readonly string[];
  readonly over?: EventStore;
  readonly cache?: TailCache;
  readonly decider?: AnyDecider;
}
/** Sends a command as a client. */
const send = (command: Command, { by = 'gil', id, grants, over = store, cache = noCache, decider = hut }: Sending = {}) =>
  handlerOn(over, cache)(decider, stream, { ...request(command, id), commandFrom: 'client', actor: by, grants });
const stored = async () => (await loadAll(store, stream)).commits;

const commit: Commit = {
  ...{
    stream: { aggregate: 'hut', id: '1' },
    version: 1,
    recordedAt: '2026-01-01T00:00:00.000Z',
    events: [{ type: 'Left', schema: 1, data: {} }],
  },
  ...{ commandId: 'k', correlationId: 'k', causationId: 'k', answer: { schema: 1, data: { bed: 1, until: '' } } },
};

describe('an answer', () => {
  test('is given to the caller, and stored with the command’s type', async () => {
    expect(await send(book(2))).toEqual({
      stream,
      version: 1,
      events: [{ type: 'Booked', version: 1 }],
      isRepeated: false,
      answer: { bed: 1, until: '2026-01-03' },
    });
    expect(await stored()).toMatchObject([{ commandType: 'Book', answer: { schema: 1, data: { bed: 1, until: '2026-01-03' } } }]);
  });

  test('of a decision without events is given, not stored, and decided anew', async () => {
    await send(book());
    expect(await send(book(), { id: 'k' })).toMatchObject({
      events: [],
      version: 1,
      isRepeated: false,
      answer: { bed: 1, until: '2026-01-02' },
    });
    day = 9;
    expect(await send(book(), { id: 'k' })).toMatchObject({ events: [], isRepeated: false, answer: { bed: 1, until: '2026-01-10' } });
    expect(await stored()).toHaveLength(1);
  });

  test('of a command without one is absent, and its commit has neither answer nor type', async () => {
    await send(book());
    expect(await send(leave(1))).not.toHaveProperty('answer');
    const [, left] = await stored();
    expect(left).not.toHaveProperty('answer');
    expect(left).not.toHaveProperty('commandType');
  });

  // The places in which an earlier try is found: the tail, the snapshot's list of requests, a commit too large to be remembered, the conflict.
  test.each([
    ['by a warm process', 0, 10, true],
    ['after a restart', 0, 10, false],
    ['after a restart, from the requests of a snapshot', 30, 10, false],
    ['at the end of the window', 63, 10, false],
    ['from a commit that no tail remembers', 2, 6000, true],
  ])('is given again %s', async (_, others, noteLength, isWarm) => {
    const cache = isWarm ? tailCache({ maxEntries: 9, maxBytes: 1e9 }) : noCache;
    const note = noise(noteLength);
    const first = await send(book(3, note), { id: 'k', cache });
    for (let index = 0; index < others; index++) await send(book(1, 'x'), { cache });
    day = 20;
    expect(await send(book(3, note), { id: 'k', cache, over: isWarm ? store : restarted() })).toEqual({ ...first, isRepeated: true });
    expect(await stored()).toHaveLength(1 + others);
  });

  test('is given again if the put was carried out and its response was lost', async () => {
    const putTwice: CommitLog['putNew'] = async (item, claims) => {
      await log.log.putNew(item, claims);
      return log.log.putNew(item, claims);
    };
    const lossy = eventStore({ ...log.log, putNew: putTwice }, () => new Date());
    const first = await send(book(3), { id: 'k', over: lossy });
    expect(first).toMatchObject({ isRepeated: true, answer: { bed: 1 } });
    expect(await send(book(3), { id: 'k' })).toEqual(first);
  });

  test('is decided anew after a conflict', async () => {
    const { store: raced } = interposed(store, async (nth) => nth === 1 && send(book(), { by: 'ada' }));
    expect(await send(book(), { over: raced })).toMatchObject({ version: 2, answer: { bed: 2 } });
  });

  test('without events is confirmed on proven state', async () => {
    await send(book());
    const over = stale(store, await store.load(stream, foldingOf(hut), 'strong'));
    await send(leave(1));
    expect(await send(book(), { over })).toMatchObject({ version: 3, events: [{ type: 'Booked' }], answer: { bed: 2 } });
  });

  test('of an earlier version of its schema is lifted', async () => {
    await send(book(1), { id: 'k' });
    const from = hut.answers?.Book as z.ZodType<{ bed: number }>;
    const Book = versioned(z.object({ room: z.string() }), { 1: { from, to: ({ bed }) => ({ room: `bed ${bed}` }) } });
    const later = {
      ...hut,
      answers: { Book },
      decide: { ...hut.decide, Book: () => ({ events: [{ type: 'Left', data: { bed: 5 } }], answer: { room: 'new' } }) },
    };
    const decider = later as unknown as AnyDecider;
    expect(await send(book(1), { id: 'k', decider })).toMatchObject({ isRepeated: true, answer: { room: 'bed 1' } });
    expect(await send(book(2), { id: 'k2', decider })).toMatchObject({ answer: { room: 'new' } });
    expect((await stored())[1]).toMatchObject({ answer: { schema: 2, data: { room: 'new' } } });
    // The earlier release cannot read the newer answer, and waits.
    const event = `hut-${stream.id}@2`;
    const message = `${event}: a newer release answered this request, and this release cannot repeat the answer`;
    expect(await errorOf(send(book(2), { id: 'k2' }))).toMatchObject({ name: 'NewerRelease', message, details: { event } });
    const without = { ...decider, answers: undefined } as unknown as AnyDecider;
    expect(await errorOf(send(book(2), { id: 'k2', decider: without }))).toMatchObject({ name: 'NewerRelease', message });
  });

  test('with sealed values waits for a release that can open them', () => {
    expect(() => answerIn(hut, 'Book', commit)).not.toThrow();
    expect(() => answerIn(hut, 'Book', { ...commit, sealed: 1 })).toThrow('hut-1@1: its values are sealed in format 1');
  });

  test('that is stored and does not fit its schema is named', () => {
    const damaged = { ...commit, answer: { schema: 1, data: { bed: 'one' } } };
    expect(() => answerIn(hut, 'Book', damaged)).toThrow('hut-1@1: the answer: Book does not fit its schema');
  });

  test('is absent on a repetition of what a release without answers carried out', async () => {
    const { answers: _, ...rest } = hut;
    const before = {
      ...rest,
      decide: { ...hut.decide, Book: () => [{ type: 'Booked', data: { bed: 1, guest: 'gil' } }] },
    } as unknown as AnyDecider;
    const first = await send(book(1), { id: 'k', decider: before });
    expect(await send(book(1), { id: 'k' })).toEqual({ ...first, isRepeated: true });
  });

  test('counts to the size of the commit', async () => {
    const wide = {
      ...hut,
      answers: { Book: z.string() },
      decide: { ...hut.decide, Book: () => ({ events: [{ type: 'Left', data: { bed: 1 } }], answer: noise(900_000) }) },
    };
    expect(await errorOf(send(book(), { decider: wide as unknown as AnyDecider }))).toMatchObject({ code: 'CommitTooLarge' });
  });

  test.each([
    ['does not fit its schema', { ...hut, decide: { ...hut.decide, Book: () => ({ events: [], answer: { bed: 'one' } }) } }, 'the answer'],
    ['is missing', { ...hut, decide: { ...hut.decide, Book: () => [] } }, 'decide.Book must return { events, answer }'],
    ['has no schema', { ...hut, answers: {} }, 'decide.Book must return a list of events'],
  ])('that %s is a bug, and nothing is stored', async (_, decider, message) => {
    expect((await errorOf(send(book(), { decider: decider as unknown as AnyDecider }))).message).toContain(message);
    expect(await stored()).toEqual([]);
  });

  test('loses the fields that its schema does not name', () => {
    const loose = {
      ...hut,
      decide: { ...hut.decide, Book: () => ({ events: [], answer: { bed: -0, until: '', secret: 1 } }) },
    } as unknown as AnyDecider;
    const { answer } = decisionOn(loose, book(), hut.initialState(), { now: '', grants: [] });
    expect(answer).toStrictEqual({ bed: 0, until: '' });
  });
});

describe('a rule on who may send a command', () => {
  test('refuses with 403, and lets its own people pass', async () => {
    await send(book());
    expect(await errorOf(send(leave(1), { by: 'bo' }))).toMatchObject({ name: 'Denied', code: 'NotAllowed' });
    expect(await send(leave(1), { by: 'gil' })).toMatchObject({ version: 2 });
  });

  test('knows the scopes of the token', async () => {
    await send(book());
    expect(await send(leave(1), { by: 'bo', grants: ['warden'] })).toMatchObject({ version: 2 });
  });

  test('is asked of clients only', async () => {
    await send(book());
    expect(await handlerOn(store)(hut, stream, { ...request(leave(1)), actor: 'bo' })).toMatchObject({ version: 2 });
  });

  test('is decided on proven state, for and against', async () => {
    await send(book(1, 'x'), { by: 'bo' });
    const over = stale(store, await store.load(stream, foldingOf(hut), 'strong'));
    await send(book());
    expect(await send(leave(2), { over })).toMatchObject({ version: 3 });
    const { store: noted, calls } = interposed(store);
    expect(await errorOf(send(leave(1), { over: noted }))).toMatchObject({ code: 'NotAllowed' });
    expect(calls).toEqual(['load eventual', 'load strong']);
  });

  test('is asked again after a conflict', async () => {
    await send(book());
    const { store: raced } = interposed(store, async (nth) => nth === 1 && send(leave(1)));
    expect(await errorOf(send(leave(1), { over: raced }))).toMatchObject({ code: 'NotAllowed' });
  });

  test('goes before the expected version: a stranger learns nothing about the stream', async () => {
    await send(book());
    const asked = { ...request(leave(1)), commandFrom: 'client' as const, actor: 'bo', expectedVersion: 7 };
    expect(await errorOf(handlerOn(store)(hut, stream, asked))).toMatchObject({ code: 'NotAllowed' });
  });

  test('allows by `true` alone', async () => {
    const careless = { ...hut, allow: { Book: async () => true } } as unknown as AnyDecider;
    expect(await errorOf(send(book(), { decider: careless }))).toMatchObject({ code: 'NotAllowed' });
  });

  test('does not stand between a client and the answer to its own earlier request', async () => {
    await send(book());
    const first = await send(leave(1), { id: 'k' });
    expect(await send(leave(1), { id: 'k' })).toEqual({ ...first, isRepeated: true });
    expect(await errorOf(send(leave(1), { id: 'k', by: 'bo' }))).toMatchObject({ code: 'NotAllowed' });
  });
});

test('an internal command is carried out for a process', async () => {
  expect(await handlerOn(store)(hut, stream, { ...request(closeHut), by: 'saga:season' })).toMatchObject({ version: 1 });
});
