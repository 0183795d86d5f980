import { randomBytes } from 'node:crypto';
import { beforeEach, expect, test } from '@jest/globals';
import { Conflict } from '../../core/basics/errors.ts';
import { type Address, streamName } from '../../core/basics/stream.ts';
import { type Commit, type EventStore, lastVersion, type StoredEvent } from '../../core/log/event-store.ts';
import { handlerOn } from '../support/handling.ts';
import { append, errorOf, loadAll, newStream, pageOf, request } from '../support/requests.ts';
import { fewer } from '../support/runs.ts';
import { add, tally } from '../support/tally.ts';
import type { OpenStore } from './event-store.ts';

/** Text that no compression makes smaller than about three quarters. */
const noise = (bytes: number): string => randomBytes(bytes).toString('base64').slice(0, bytes);
const noted = (note: string): StoredEvent[] => [{ type: 'Added', schema: 1, data: { amount: 1, note } }];

/** Large commits, long streams, many writers. */
export const limitsContract = (open: OpenStore, inspect: (stream: Address) => Promise<void>): void => {
  let store: EventStore;
  beforeEach(() => {
    store = open();
  });
  const tailOf = async (stream: Address) => (await loadAll(store, stream, 'strong')).tail;

  test('a commit that is too large is invalid, the error names its size and stream, and it is not written', async () => {
    const stream = newStream();
    const error = await errorOf(append(store, await tailOf(stream), noted(noise(1_000_000))));
    expect(error).toMatchObject({ name: 'Invalid', code: 'CommitTooLarge' });
    expect(error.message).toContain(streamName(stream));
    expect(error.message).toMatch(/\d{6,}|\d{3,} ?K/);
    expect((await loadAll(store, stream, 'strong')).commits).toEqual([]);
  });

  test.each([
    ['plain text', (bytes: number) => 'x'.repeat(bytes)],
    ['noise', (bytes: number) => noise(bytes)],
    ['text of many bytes', (bytes: number) => '漢'.repeat(bytes / 3)],
    ['text that JSON escapes', (bytes: number) => '\u0001'.repeat(bytes / 6)],
  ])('a commit near the limit is either stored whole or invalid: %s', async (_, text) => {
    for (const bytes of [300_000, 400_000, 408_000, 409_000, 409_300, 409_600, 411_000, 546_000, 560_000]) {
      const stream = newStream();
      const events = noted(text(bytes));
      const outcome = await append(store, await tailOf(stream), events).catch((error: unknown) => error);
      const { commits } = await loadAll(store, stream, 'strong');
      if (outcome instanceof Error) expect(outcome).toMatchObject({ name: 'Invalid', code: 'CommitTooLarge' });
      expect(commits.map((commit) => commit.events)).toEqual(outcome instanceof Error ? [] : [events]);
    }
  });

  test('a commit with too much text is invalid, however small it is compressed; one of some megabytes is stored', async () => {
    const [small, large] = [newStream(), newStream()];
    const error = await errorOf(append(store, await tailOf(large), noted('x'.repeat(3_000_000))));
    expect(error).toMatchObject({ name: 'Invalid', code: 'CommitTooLarge' });
    expect(error.message).toContain(streamName(large));
    expect((await loadAll(store, large, 'strong')).commits).toEqual([]);
    const events = noted('x'.repeat(2_900_000));
    await append(store, await tailOf(small), events);
    expect((await loadAll(store, small, 'strong')).commits.map((commit) => commit.events)).toEqual([events]);
  });

  test.each([
    ['nothing in a list', { amount: 1, notes: [undefined, 'x'] }],
    ['no number', { amount: Number.NaN }],
    ['what a class has made', { amount: 1, at: new Date(0) }],
    ['a large number', { amount: 1n }],
  ])('an event that JSON would alter is never recorded: %s', async (_, data) => {
    const stream = newStream();
    const error = await errorOf(append(store, await tailOf(stream), [{ type: 'Added', schema: 1, data }]));
    expect(error).toMatchObject({ name: 'InvalidEvent', message: expect.stringContaining(`Added of ${streamName(stream)}`) });
    expect((await loadAll(store, stream, 'strong')).commits).toEqual([]);
  });

  test('an undefined field is left out', async () => {
    const stream = newStream();
    await append(store, await tailOf(stream), [{ type: 'Added', schema: 1, data: { amount: 1, note: undefined } }]);
    expect((await loadAll(store, stream, 'strong')).commits[0]?.events).toEqual([{ type: 'Added', schema: 1, data: { amount: 1 } }]);
  });

  test('a commit of 300 KB is stored', async () => {
    const stream = newStream();
    await append(store, await tailOf(stream), noted(noise(300_000)));
    expect((await loadAll(store, stream, 'strong')).commits).toHaveLength(1);
  });

  test('a stream of megabytes is loaded and read completely', async () => {
    const stream = newStream();
    const commits: Commit[] = [];
    let tail = await tailOf(stream);
    for (let index = 0; index < 40; index++) {
      const appended = await append(store, tail, [...noted(noise(100_000)), ...noted(`${index}`)]);
      commits.push(appended.commit);
      tail = appended.tail;
    }
    for (const consistency of ['strong', 'eventual'] as const) {
      const loaded = await loadAll(store, stream, consistency);
      expect(loaded.tail.version).toBe(80);
      expect(loaded.commits).toEqual(commits);
    }
    const read: Commit[] = [];
    for (let from: number | undefined = 1; from !== undefined; ) {
      const page: Awaited<ReturnType<EventStore['read']>> = await pageOf(store, stream, from, 500);
      read.push(...page.commits);
      from = page.next;
    }
    expect(read).toEqual(commits);
  });

  const writers = fewer(25, 200);
  test(`${writers} writers on one stream lose, double and misplace no event`, async () => {
    const stream = newStream();
    const requests = Array.from({ length: writers }, (_, index) => request(add(...[1, 1, 1].slice(index % 3))));
    const handle = handlerOn(store);
    const answers = await Promise.all(
      requests.map(async (asked) => ({ commandId: asked.commandId, ...(await resending(() => handle(tally, stream, asked))) })),
    );
    const { commits, tail } = await loadAll(store, stream, 'strong');
    expect(versionsOf(commits)).toEqual(Array.from({ length: tail.version }, (_, index) => index + 1));
    expect(new Set(commits.map(({ commandId }) => commandId))).toEqual(new Set(requests.map(({ commandId }) => commandId)));
    expect(commits).toHaveLength(requests.length);
    for (const { commandId, version, events } of answers) {
      const commit = commits.find((one) => one.commandId === commandId) as Commit;
      expect({ version, count: events.length }).toEqual({ version: lastVersion(commit), count: commit.events.length });
    }
    await inspect(stream);
  }, 600_000); // Thousands of conflicts, by intent: on a machine that does other things, too, they take a while.
};

const versionsOf = (commits: readonly Commit[]): readonly number[] =>
  commits.flatMap(({ version, events }) => events.map((_, index) => version + index));

/** As a client does: the same request again after a conflict. */
const resending = async <T>(send: () => Promise<T>): Promise<T> => {
  for (;;) {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      await jitter();
    }
  }
};

/** Long, because there are many. */
const jitter = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.random() * fewer(500, 4000)));
