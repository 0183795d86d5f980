import { beforeEach, describe, expect, test } from '@jest/globals';
import { memoryEventStore } from '../../adapters/event-log/memory-event-store.ts';
import { tailCache } from '../../adapters/event-log/tail-cache.ts';
import { diary, tear, write } from '../../test/support/diary.ts';
import { handlerOn } from '../../test/support/handling.ts';
import { interposed, stale } from '../../test/support/interposed-store.ts';
import { loadAll, newStream, request } from '../../test/support/requests.ts';
import type { EventStore } from '../log/event-store.ts';
import { asRecorded, eventCircumstances } from './circumstances.ts';
import { type AnyDecider, type CommandOf, decide, fold, foldingOf } from './decider.ts';

const time = (seconds: number): string => new Date(Date.UTC(2026, 0, 1, 12, 0, seconds)).toISOString();

let seconds: number;
let store: EventStore;
const stream = { ...newStream('diary'), tenant: 'acme' };
beforeEach(() => {
  seconds = 0;
  store = memoryEventStore(() => new Date(time(seconds)));
});

const send = (command: CommandOf<typeof diary>, over: EventStore = store, asked = request(command)) =>
  handlerOn(over)(diary, stream, asked as never);
const stored = async () =>
  (await loadAll(store, stream)).commits.map(({ recordedAt, events }) => ({
    recordedAt,
    at: events.map(({ data }) => (data as { readonly at: string }).at),
  }));

describe('the time of a decision', () => {
  test('is that of its commit, for each of its events', async () => {
    seconds = 7;
    await send(write('a', 'b'));
    expect(await stored()).toEqual([{ recordedAt: time(7), at: [time(7), time(7)] }]);
  });

  test('is taken once: a clock that goes on meanwhile does not change it', async () => {
    const ticking = memoryEventStore(() => new Date(time(seconds++)));
    await send(write('a'), ticking);
    const [commit] = (await loadAll(ticking, stream)).commits;
    expect(commit?.events[0]?.data).toMatchObject({ at: commit?.recordedAt });
  });

  test('is never before that of the previous commit', async () => {
    seconds = 9;
    await send(write('a'));
    seconds = 3;
    await send(write('b'));
    expect(await stored()).toEqual([9, 9].map((second) => ({ recordedAt: time(second), at: [time(second)] })));
  });

  test('is taken anew after a conflict, and not before the winner', async () => {
    const { store: raced } = interposed(store, async (nth) => {
      if (nth > 1) return;
      seconds = 20;
      await send(write('the winner'));
      seconds = 15;
    });
    expect((await send(write('the loser'), raced)).version).toBe(2);
    expect((await stored()).map(({ at }) => at)).toEqual([[time(20)], [time(20)]]);
  });

  test('is taken anew after the strong read that confirms a decision', async () => {
    const over = stale(store, await store.load(stream, foldingOf(diary), 'strong'));
    seconds = 5;
    await send(write('a'));
    expect((await send(tear, over)).events).toEqual([{ type: 'Torn', version: 2 }]);
    expect(await stored()).toMatchObject([{}, { recordedAt: time(5), at: [time(5)] }]);
  });

  test('of a repeated request is the first one: the log answers', async () => {
    const asked = request(write('a'));
    const first = await send(asked.command, store, asked);
    seconds = 99;
    expect(await send(asked.command, store, asked)).toEqual({ ...first, isRepeated: true });
    expect(await stored()).toEqual([{ recordedAt: time(0), at: [time(0)] }]);
  });
});

test('a decision knows its actor, its tenant and the scopes of the token', async () => {
  await send(write('a'));
  await handlerOn(store)(diary, stream, { ...request(tear), actor: 'ada', grants: ['diary:write'] });
  await send(write('a'));
  await send(tear);
  const torn = (await loadAll(store, stream)).commits.flatMap(({ events }) => events).filter(({ type }) => type === 'Torn');
  expect(torn.map(({ data }) => data)).toMatchObject([
    { by: 'ada', of: 'acme', grants: ['diary:write'] },
    { by: 'nobody', of: 'acme', grants: [] },
  ]);
});

test('a warm process remembers the state that a fold of the log gives', async () => {
  const cache = tailCache({ maxEntries: 10, maxBytes: 1_000_000 });
  seconds = 4;
  await handlerOn(store, cache)(diary, stream, { ...request(write('a', 'b')), actor: 'ada' });
  const seen = { recordedAt: time(4), actor: 'ada' };
  expect(cache.get(stream)?.state.seen).toStrictEqual([
    { what: 'a', version: 1, ...seen },
    { what: 'b', version: 2, ...seen },
  ]);
});

describe('without circumstances', () => {
  const reading = {
    ...diary,
    evolve: { ...diary.evolve, Written: (state: object, _: object, { version }: { version: number }) => ({ ...state, version }) },
  } as unknown as typeof diary;
  const written = { type: 'Written', data: { note: 'a', at: '' } } as const;

  test('a decider that reads them fails, and says what to do', () => {
    expect(() => decide(diary, write('a'), diary.initialState())).toThrow(
      "the decider reads 'now', which is not known here: pass the circumstances to `decide`",
    );
    expect(() => fold(reading, [written])).toThrow(
      "the decider reads 'version', which is not known here: fold recorded events, or give each event `metadata`",
    );
  });

  test('a decider that does not read them works', () => expect(fold(jar, [written]).notes).toEqual(['a']));
});

/** A decider that reads no circumstances. */
const jar = {
  ...diary,
  evolve: { ...diary.evolve, Written: (state: object, { note }: { note: string }) => ({ ...state, notes: [note] }) },
  initialState: () => ({ notes: [] as string[] }),
} as unknown as AnyDecider;

test('new events have consecutive versions, and nothing else of the metadata', () => {
  const [first, second] = asRecorded([{ type: 'A' }, { type: 'B' }], { version: 7, recordedAt: time(1), actor: undefined });
  expect(first).toStrictEqual({ type: 'A', metadata: { version: 7, recordedAt: time(1) } });
  expect(second).toStrictEqual({ type: 'B', metadata: { version: 8, recordedAt: time(1) } });
  const whole = { eventId: 'diary-1@7', version: 7, recordedAt: time(1), actor: 'ada', by: 'saga:s' };
  expect(eventCircumstances(whole)).toStrictEqual({ version: 7, recordedAt: time(1), actor: 'ada' });
});
