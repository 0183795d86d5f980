import { beforeEach, describe, expect, test } from '@jest/globals';
import { recallKey } from '../../adapters/event-log/snapshot.ts';
import type { Message } from '../../core/basics/messages.ts';
import type { Commit, EventStore, Request, Tail } from '../../core/log/event-store.ts';
import { added, anyCommand, appendTo, loadAll, newStream, request } from '../support/requests.ts';
import type { OpenStore } from './event-store.ts';

/** One request, one commit: own writes are recognised, and earlier requests are recalled. */
export const repeatsContract = (open: OpenStore): void => {
  let store: EventStore;
  beforeEach(() => {
    store = open();
  });

  /** A stream with a commit for each request, and the tail after it. */
  const streamAfter = async (...requests: readonly Request[]): Promise<{ empty: Tail; tail: Tail; commits: Commit[] }> => {
    const empty = (await loadAll(store, newStream(), 'strong')).tail;
    const commits: Commit[] = [];
    let tail = empty;
    for (const asked of requests) {
      const outcome = await appendTo(store, tail, asked, added(1, 2));
      if (!outcome.won) throw new Error('lost');
      commits.push(outcome.commit);
      tail = outcome.tail;
    }
    return { empty, tail, commits };
  };
  const stored = async ({ stream }: Tail) => (await loadAll(store, stream, 'strong')).commits;

  test('with the same tail, as after a lost answer, is a success with the first commit', async () => {
    const asked = request(anyCommand);
    const { empty, commits } = await streamAfter(asked);
    expect(await appendTo(store, empty, asked, added(7))).toMatchObject({ won: true, commit: commits[0], tail: { version: 2 } });
    expect(await stored(empty)).toEqual(commits);
  });

  test('at the same time succeeds each time, with one commit', async () => {
    const asked = request(anyCommand);
    const { tail } = await streamAfter(request(anyCommand));
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => appendTo(store, tail, asked, added(1))));
    const [, second] = await stored(tail);
    expect(outcomes.map((outcome) => outcome.won && outcome.commit)).toEqual(Array(5).fill(second));
    expect(await stored(tail)).toHaveLength(2);
  });

  test('returns a tail that the next append may use', async () => {
    const asked = request(anyCommand);
    const { empty } = await streamAfter(asked);
    const again = await appendTo(store, empty, asked, added(7));
    expect(await appendTo(store, again.tail, request(anyCommand), added(1))).toMatchObject({ won: true, commit: { version: 3 } });
  });

  test('with a tail from after the first time is a success, and is not written twice', async () => {
    const asked = request(anyCommand);
    const { tail, commits } = await streamAfter(asked, request(anyCommand));
    expect(await appendTo(store, tail, asked, added(1))).toMatchObject({ won: true, commit: commits[0] });
    expect(await stored(tail)).toEqual(commits);
  });

  test.each([
    ['correlation', { correlationId: 'another' }],
    ['causation', { causationId: 'another' }],
    ['actor', { actor: 'another' }],
  ])('under another %s is the same request', async (_, change) => {
    const asked = request(anyCommand);
    const { empty, tail, commits } = await streamAfter(asked);
    expect(await appendTo(store, empty, { ...asked, ...change }, added(1))).toMatchObject({ won: true, commit: commits[0] });
    expect(await store.recall(tail, { ...asked, ...change })).toEqual(commits[0]);
  });

  test('with its keys in another order is the same request', async () => {
    const asked = request({ type: 'Add', data: { a: [{ x: 1, y: 2 }], b: null } });
    const { tail, commits } = await streamAfter(asked);
    expect(await store.recall(tail, { ...asked, command: { type: 'Add', data: { b: null, a: [{ y: 2, x: 1 }] } } })).toEqual(commits[0]);
  });

  test('is recalled, whether its commit is the first, in the middle or the last', async () => {
    const requests = [request(anyCommand), request(anyCommand), request(anyCommand)];
    const { tail, commits } = await streamAfter(...requests);
    const loaded = await loadAll(store, tail.stream, 'strong');
    for (const end of [tail, loaded.tail]) expect(await Promise.all(requests.map((asked) => store.recall(end, asked)))).toEqual(commits);
  });

  // A tail and a snapshot know a request by 5 characters of the hash of its id, and these ids have the same 5 (decision 4).
  test('is recalled beside another one with the same 5 characters', async () => {
    const [one, other] = ['command-21217', 'command-33931'].map((commandId) => request(anyCommand, commandId)) as [Request, Request];
    expect(recallKey(one.commandId)).toBe(recallKey(other.commandId));
    const { tail, commits } = await streamAfter(one, other, request(anyCommand));
    const loaded = await loadAll(store, tail.stream, 'strong');
    for (const end of [tail, loaded.tail]) {
      expect([await store.recall(end, one), await store.recall(end, other)]).toEqual(commits.slice(0, 2));
      expect(await appendTo(store, end, one, added(7))).toMatchObject({ won: true, isNew: false, commit: commits[0] });
    }
    const alone = await streamAfter(one);
    expect(await store.recall(alone.tail, other)).toBeUndefined();
    expect(await appendTo(store, alone.tail, other, added(7))).toMatchObject({ won: true, isNew: true });
  });

  test('is recalled from the tail of a lost race too', async () => {
    const asked = request(anyCommand);
    const { empty, commits } = await streamAfter(asked);
    const lost = await appendTo(store, empty, request(anyCommand), added(1));
    expect(lost.won).toBe(false);
    expect(await store.recall(lost.tail, asked)).toEqual(commits[0]);
  });

  test.each(['unknown', '', 'constructor', '__proto__', 'toString'])(
    'is not recalled under an id that was never used: %j',
    async (commandId) => {
      const { empty, tail } = await streamAfter(request(anyCommand));
      for (const end of [empty, tail]) expect(await store.recall(end, { ...request(anyCommand), commandId })).toBeUndefined();
    },
  );

  test('on another stream is another request', async () => {
    const asked = request(anyCommand);
    const { tail } = await streamAfter(asked);
    const elsewhere = await streamAfter(asked);
    expect(elsewhere.commits[0]?.stream).not.toEqual(tail.stream);
    expect(await stored(elsewhere.tail)).toHaveLength(1);
  });

  describe('of a client', () => {
    const ofClient = (actor: string | undefined, commandId = 'k1'): Request => ({
      ...{ ...request(anyCommand, commandId), correlationId: commandId, causationId: commandId },
      ...{ actor, commandFrom: 'client' },
    });

    test.each(['ada', undefined])('is recognised for the actor %s', async (actor) => {
      const asked = ofClient(actor);
      const { empty, tail, commits } = await streamAfter(asked, request(anyCommand));
      const loaded = await loadAll(store, tail.stream, 'strong');
      for (const end of [tail, loaded.tail]) {
        expect(await store.recall(end, ofClient(actor))).toEqual(commits[0]);
        expect(await appendTo(store, end, ofClient(actor), added(7))).toMatchObject({ won: true, isNew: false, commit: commits[0] });
      }
      expect(await appendTo(store, empty, ofClient(actor), added(7))).toMatchObject({ won: true, isNew: false });
      const whose = { commandId: 'k1', commandFrom: 'client', ...(actor === undefined ? {} : { actor }) };
      expect(await stored(tail)).toMatchObject([whose, {}]);
    });

    test.each<[string, Request]>([
      ['another client', ofClient('bob')],
      ['a client without a name', ofClient(undefined)],
      ['a process of the service', request(anyCommand, 'k1')],
      ['a process of the service for the same actor', { ...request(anyCommand, 'k1'), actor: 'ada' }],
    ])('is another request than that of %s under the same key', async (_, other) => {
      const asked = ofClient('ada');
      const otherData = { ...other, command: { type: 'Add', data: { amounts: [2] } } };
      const { empty, tail } = await streamAfter(asked, otherData);
      for (const end of [tail, (await loadAll(store, tail.stream, 'strong')).tail]) {
        expect(await store.recall(end, asked)).toMatchObject({ version: 1 });
        expect(await store.recall(end, otherData)).toMatchObject({ version: 3 });
      }
      expect(await appendTo(store, empty, otherData, added(7))).toMatchObject({ won: false, winner: { version: 1 } });
    });
  });

  test('of a process is the same request, although a later release reads its data otherwise', async () => {
    const asked = { ...request({ type: 'Add', data: { amounts: [1] } }, 'e/AddMore/0'), received: { amounts: [1] } };
    const { empty, tail, commits } = await streamAfter(asked);
    const later = { ...asked, command: { type: 'Add', data: { amounts: [1], currency: 'EUR' } } };
    expect(await store.recall(tail, later)).toEqual(commits[0]);
    expect(await appendTo(store, empty, later, added(9))).toMatchObject({ won: true, isNew: false, commit: commits[0] });
  });

  const reused: Readonly<Record<string, readonly [Message, Message]>> = {
    'with other data': [anyCommand, { type: 'Add', data: { amounts: [2] } }],
    'as another command': [anyCommand, { ...anyCommand, type: 'Subtract' }],
    'with less data': [anyCommand, { type: 'Add', data: {} }],
    'with a number for a text': [
      { type: 'Add', data: { a: 1 } },
      { type: 'Add', data: { a: '1' } },
    ],
    'with a list for an object': [
      { type: 'Add', data: { a: 1 } },
      { type: 'Add', data: [['a', 1]] },
    ],
    'with nothing for null': [
      { type: 'Add', data: {} },
      { type: 'Add', data: { a: null } },
    ],
  };

  test.each(Object.entries(reused))('under its id but %s is invalid', async (_, [command, other]) => {
    const asked = request(command);
    const { empty, tail, commits } = await streamAfter(asked);
    const taken = { name: 'Invalid', code: 'IdempotencyKeyReused' };
    await expect(store.recall(tail, { ...asked, command: other })).rejects.toMatchObject(taken);
    await expect(appendTo(store, empty, { ...asked, command: other }, added(1))).rejects.toMatchObject(taken);
    expect(await stored(tail)).toEqual(commits);
  });

  test('under its id but with other data is invalid, with a tail that knows the first one too', async () => {
    const asked = request(anyCommand);
    const { tail, commits } = await streamAfter(asked);
    const other = { ...asked, command: { type: 'Add', data: { amounts: [2] } } };
    await expect(appendTo(store, tail, other, added(1))).rejects.toMatchObject({ code: 'IdempotencyKeyReused' });
    expect(await stored(tail)).toEqual(commits);
  });
};
