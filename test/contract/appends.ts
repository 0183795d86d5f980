import { beforeEach, expect, test } from '@jest/globals';
import { eventId } from '../../core/basics/stream.ts';
import { type Commit, type EventStore, lastVersion, recorded, type Tail } from '../../core/log/event-store.ts';
import { added, anyCommand, append, appendTo, errorOf, filled, loadAll, newStream, request } from '../support/requests.ts';
import type { OpenStore } from './event-store.ts';

/** Order, atomicity, and the races for the end of a stream. */
export const appendsContract = (open: OpenStore): void => {
  let store: EventStore;
  beforeEach(() => {
    store = open();
  });
  const load = async (stream: Tail['stream']) => (await loadAll(store, stream, 'strong')).commits;

  test('comes back in order, versioned from 1, with its metadata', async () => {
    const stream = newStream();
    let { tail } = await loadAll(store, stream, 'strong');
    const requests = [{ ...request(anyCommand), actor: 'ada' }, request(anyCommand), { ...request(anyCommand), actor: 'bob' }];
    for (const [index, asked] of requests.entries()) {
      const outcome = await appendTo(store, tail, asked, added(...Array<number>(index + 1).fill(index)));
      expect(outcome).toMatchObject({
        won: true,
        tail: { stream, version: lastVersion(outcome.won ? outcome.commit : (outcome.winner as Commit)) },
      });
      tail = outcome.tail;
    }
    const loaded = await loadAll(store, stream, 'strong');
    expect(loaded.tail).toMatchObject({ stream, version: 6 });
    const events = loaded.commits.flatMap(recorded);
    expect(events.map(({ data }) => data)).toEqual([0, 1, 1, 2, 2, 2].map((amount) => ({ amount })));
    for (const [index, { metadata }] of events.entries()) {
      const { commandId, correlationId, causationId } = requests[[0, 1, 1, 2, 2, 2][index] as number] as (typeof requests)[0];
      expect(metadata).toMatchObject({
        ...stream,
        version: index + 1,
        eventId: eventId(stream, index + 1),
        commandId,
        correlationId,
        causationId,
      });
      expect(metadata.recordedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    }
    expect(loaded.commits.map(({ actor }) => actor)).toEqual(['ada', undefined, 'bob']);
  });

  test.each([
    ['the command is its own cause', { correlationId: 'k', causationId: 'k' }],
    ['only the correlation is the command', { correlationId: 'k', causationId: 'c' }],
    ['only the causation is the command', { correlationId: 'c', causationId: 'k' }],
    ['they are all different', { correlationId: 'a', causationId: 'b' }],
  ])('keeps its cause where %s', async (_, cause) => {
    const stream = newStream();
    const { tail } = await loadAll(store, stream, 'strong');
    await appendTo(store, tail, { ...cause, commandId: 'k', command: anyCommand }, added(1));
    expect(await load(stream)).toEqual([expect.objectContaining({ commandId: 'k', ...cause })]);
  });

  test('is the same when it is appended and when it is loaded', async () => {
    const { stream, commits } = await filled(store, 1, 3, 2);
    expect(await load(stream)).toEqual(commits);
  });

  test('is one commit, however many events it has', async () => {
    const { stream, commits } = await filled(store, 150, 1);
    expect(commits.map(({ version, events }) => [version, events.length])).toEqual([
      [1, 150],
      [151, 1],
    ]);
    expect((await load(stream)).flatMap(recorded).map(({ metadata }) => metadata.version)).toEqual(
      Array.from({ length: 151 }, (_, i) => i + 1),
    );
  });

  test('is at least one event', async () => {
    const stream = newStream();
    const { tail } = await loadAll(store, stream, 'strong');
    await expect(appendTo(store, tail, request(anyCommand), [])).rejects.toThrow(Error);
    expect(await load(stream)).toEqual([]);
  });

  test("by two writers with the same tail: one wins, and the other gets the winner's commit", async () => {
    const { stream, tails } = await filled(store, 2);
    const tail = tails[1] as Tail;
    const outcomes = await Promise.all(
      [1, 3].map((size) => appendTo(store, tail, request(anyCommand), added(...Array<number>(size).fill(size)))),
    );
    const winner = outcomes.find((outcome) => outcome.won);
    const loser = outcomes.find((outcome) => !outcome.won);
    expect(winner).toBeDefined();
    expect(loser).toMatchObject({ winner: winner?.won && winner.commit, tail: { stream, version: winner?.tail.version } });
    expect(await load(stream)).toHaveLength(2);
  });

  test('by twenty writers with the same tail: one wins', async () => {
    const { stream, tails } = await filled(store, 1);
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => appendTo(store, tails[1] as Tail, request(anyCommand), added(1))));
    expect(outcomes.filter(({ won }) => won)).toHaveLength(1);
    const [, second] = await load(stream);
    for (const outcome of outcomes) expect(outcome.won ? outcome.commit : outcome.winner).toEqual(second);
  });

  test('after a lost race is appended after the winner, with the tail of that answer', async () => {
    const { stream, tails } = await filled(store, 1);
    const first = await append(store, tails[1] as Tail, added(1, 1, 1));
    const lost = await appendTo(store, tails[1] as Tail, request(anyCommand), added(2));
    expect(lost.won).toBe(false);
    const second = await append(store, lost.tail, added(2));
    expect(second.commit.version).toBe(lastVersion(first.commit) + 1);
    expect((await load(stream)).map(({ version }) => version)).toEqual([1, 2, 5]);
  });

  test('with an old tail never makes a gap, nor gets into the middle of a commit', async () => {
    const { stream, commits, tails } = await filled(store, 2, 1, 4, 3, 1);
    for (const [index, tail] of tails.slice(0, -1).entries()) {
      for (const size of [1, 2, 7]) {
        const outcome = await appendTo(store, tail, request(anyCommand), added(...Array<number>(size).fill(9)));
        expect(outcome).toMatchObject({ won: false, winner: commits[index] as Commit, tail: { version: tails[index + 1]?.version } });
      }
    }
    expect(await load(stream)).toEqual(commits);
  });

  const forgeries: Readonly<Record<string, (real: Tail, open: OpenStore) => Promise<Tail> | Tail>> = {
    'an object made by hand': ({ stream }) => ({ stream, version: 1 }) as Tail,
    'one that reaches past the end': ({ stream }) => ({ stream, version: 1000 }) as Tail,
    'a copy': (real) => ({ ...real }),
    'a structured copy': (real) => structuredClone(real),
    'a copy by JSON': (real) => JSON.parse(JSON.stringify(real)) as Tail,
    'one that inherits from a real one': (real) => Object.create(real) as Tail,
    'one behind a proxy': (real) => new Proxy(real, { get: (target, key) => (key === 'version' ? 1000 : Reflect.get(target, key)) }),
    'one of another store': async ({ stream }, open) => (await loadAll(open(), stream, 'strong')).tail,
    nothing: () => undefined as unknown as Tail,
  };

  test.each(Object.entries(forgeries))('with a forged tail (%s) is not written', async (_, forge) => {
    const { stream, commits, tails } = await filled(store, 1, 1);
    const forged = await forge(tails[2] as Tail, open);
    await errorOf(appendTo(store, forged, request(anyCommand), added(1)));
    await errorOf(store.recall(forged, request(anyCommand)));
    expect(await load(stream)).toEqual(commits);
  });

  test('goes to the stream that the tail was issued for, even if the tail is changed', async () => {
    const { stream, tails } = await filled(store, 1);
    const tail = tails[1] as { stream: { id: string }; version: number };
    for (const tamper of [() => Object.assign(tail, { version: 41 }), () => Object.assign(tail.stream, { id: 'elsewhere' })]) {
      try {
        tamper();
      } catch {} // Frozen: better still.
    }
    const { commit } = await append(store, tails[1] as Tail, added(1));
    expect(commit).toMatchObject({ stream, version: 2 });
    expect(await load(stream)).toHaveLength(2);
  });

  test('never has an earlier time than the commit before it, even if the clock goes back', async () => {
    const clock = { now: new Date('2026-06-01T12:00:00.000Z') };
    const back = (seconds: number) => {
      clock.now = new Date(clock.now.getTime() - seconds * 1000);
    };
    store = open(() => clock.now);
    const { stream, tails } = await filled(store, 1);
    back(3600);
    const { tail } = await append(store, (await loadAll(store, stream, 'strong')).tail, added(1));
    back(1);
    await append(store, tail, added(1));
    back(1);
    const lost = await appendTo(store, tails[0] as Tail, request(anyCommand), added(1));
    const lostAgain = await appendTo(store, lost.tail, request(anyCommand), added(1));
    const lostOnceMore = await appendTo(store, lostAgain.tail, request(anyCommand), added(1));
    await append(store, lostOnceMore.tail, added(1));
    const times = (await load(stream)).map(({ recordedAt }) => recordedAt);
    expect(times).toHaveLength(4);
    expect(times).toEqual([...times].sort());
    clock.now = new Date('2026-06-01T13:00:00.000Z');
    const { commit } = await append(store, (await loadAll(store, stream, 'strong')).tail, added(1));
    expect(commit.recordedAt).toBe('2026-06-01T13:00:00.000Z');
  });
};
