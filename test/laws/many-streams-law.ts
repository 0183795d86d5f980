import { expect } from '@jest/globals';
import fc from 'fast-check';
import { TooLargeTogether, Unwritable } from '../../core/basics/errors.ts';
import { type Address, streamName } from '../../core/basics/stream.ts';
import { type Commit, lastVersion, type StoredEvent, type Tail } from '../../core/log/event-store.ts';
import type { ProjectionPorts } from '../../core/read/ports.ts';
import { progressKey, type Row, wholeVersion } from '../../core/read/read-models.ts';
import { cut, noted, notes, notesOf, writeMore } from '../support/read-notes.ts';
import { rowOf, tapped } from '../support/read-taps.ts';
import { newStream } from '../support/requests.ts';

/** Something that is to bring the documents of `notes` up to date with a batch: core's projector, or a broken one. */
export type DeliverMany = (stores: ProjectionPorts) => (batch: readonly Commit[]) => Promise<unknown>;

/** What happens, in order. Numbers pick a stream, or commits of those that there are; they wrap around. */
type Step =
  | { readonly does: 'append'; readonly stream: number; readonly events: readonly StoredEvent[] }
  /**
   * Batches that several projectors work on at the same time; each any commits so far, in any order, more than once or not at all. With
   * `dies` all of them die at that write, before or after the table has executed it.
   */
  | { readonly does: 'deliver'; readonly batches: readonly (readonly number[])[]; readonly dies: Death | undefined };
interface Death {
  /** From 1. */
  readonly atWrite: number;
  readonly isExecuted: boolean;
}

const event = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(fc.integer({ min: 1, max: 9 }), fc.constantFrom('a', 'b', 'c')).map(([amount, note]) => noted(amount, note)),
  },
  { weight: 1, arbitrary: fc.constant(noted(1)) }, // In no document.
  { weight: 1, arbitrary: fc.constant<StoredEvent>({ type: 'Closed', schema: 1, data: {} }) }, // Without a row.
);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ does: fc.constant('append' as const), stream: fc.nat(3), events: fc.array(event, { minLength: 1, maxLength: 6 }) }),
  fc.record({
    does: fc.constant('deliver' as const),
    batches: fc.array(fc.array(fc.nat(50), { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 3 }),
    dies: fc.option(fc.record({ atWrite: fc.integer({ min: 1, max: 5 }), isExecuted: fc.boolean() }), { nil: undefined, freq: 2 }),
  }),
);

/** What a table takes. */
export interface Limits {
  /** The number of events in a document. */
  readonly room?: number;
  /** The number of rows in a transaction. */
  readonly rows?: number;
}

/** The process of a projector is dead. */
export class Dead extends Error {}

/**
 * However often, late, disordered or concurrently commits are delivered, and wherever projectors die: at any rest the documents hold the
 * events up to the streams' checkpoints, each once and no other, and in the end all of them. A checkpoint is inside a commit only after a
 * projector died there, and says so. Where a document has room for so many events and no more, a stream may end before: parked, at a
 * commit that finds no room.
 */
export const manyStreamsLaw = (open: () => ProjectionPorts, deliver: DeliverMany, limits: Limits = {}) =>
  fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 16 }), fc.scheduler(), async (steps, scheduler) => {
    const stores = open();
    const later = tapped(stores, (_, act) => scheduler.scheduleFunction(act)());
    const project = deliver(withLimits(limits, later));
    const streams = [0, 1, 2, 3].map(() => new Stream(stores, newStream()));
    const commits = () => streams.flatMap((stream) => stream.commits);
    for (const one of steps) {
      if (one.does === 'append') await (streams[one.stream] as Stream).append(one.events);
      else if (commits().length > 0) {
        const batches = one.batches.map((picks) => picks.map((pick) => commits()[pick % commits().length] as Commit));
        const { dies } = one;
        const work = dies === undefined ? project : deliver(withLimits(limits, dying(dies, later)));
        await scheduler.waitFor(Promise.all(batches.map(work)));
        await check({ stores, streams, limits }, dies === undefined ? batches.flat() : []);
      }
    }
    await scheduler.waitFor(project(commits().reverse()));
    await check({ stores, streams, limits }, commits());
  });

class Stream {
  readonly commits: Commit[] = [];
  readonly address: Address;
  readonly #stores: ProjectionPorts;
  #tail: Tail;

  constructor(stores: ProjectionPorts, address: Address) {
    this.#stores = stores;
    this.address = address;
    this.#tail = stores.eventStore.begin(address);
  }

  async append(events: readonly StoredEvent[]): Promise<void> {
    const { commits, tail } = await writeMore(this.#stores.eventStore, this.#tail, events);
    this.commits.push(...commits);
    this.#tail = tail;
  }
}

/** The same stores, whose table takes no larger documents and no larger transactions. */
const withLimits = (
  { room = Number.POSITIVE_INFINITY, rows = Number.POSITIVE_INFINITY }: Limits,
  stores: ProjectionPorts,
): ProjectionPorts => {
  const { readModels } = stores;
  const write: typeof readModels.write = async (projection, changes) => {
    if (changes.length > rows) throw new TooLargeTogether(`${rows} rows are possible`);
    const full = changes.find(({ next }) => seenIn(next.document).length > room);
    if (full !== undefined) throw new Unwritable(`no room for ${seenIn(full.next.document).length} events`);
    return readModels.write(projection, changes);
  };
  return { ...stores, readModels: { ...readModels, write } };
};

/** The same stores, until the process dies. */
const dying = ({ atWrite, isExecuted }: Death, stores: ProjectionPorts): ProjectionPorts => {
  let writes = 0;
  return tapped(stores, async (call, act) => {
    if (call === 'write') writes += 1;
    if (writes < atWrite) return act();
    if (writes === atWrite && call === 'write' && isExecuted) await act();
    throw new Dead();
  });
};

const seenIn = (document: Row['document']): readonly string[] => (document?.['seen'] ?? []) as string[];

interface Rest {
  readonly stores: ProjectionPorts;
  readonly streams: readonly Stream[];
  readonly limits: Limits;
}

/** Documents are shared with other runs over one engine, so of each only the events of these streams are looked at. */
const check = async ({ stores, streams, limits }: Rest, delivered: readonly Commit[]): Promise<void> => {
  const waiting: Commit[] = [];
  const projected = await Promise.all(
    streams.map(async ({ address, commits }) => {
      const row = await rowOf(stores, notes, progressKey(notes, address));
      const { version, parked } = row;
      const name = streamName(address);
      const furthest = Math.max(0, ...delivered.filter(({ stream }) => streamName(stream) === name).map(lastVersion));
      if (parked === undefined) expect(version).toBeGreaterThanOrEqual(furthest);
      else waiting.push(cut(commits.find((commit) => lastVersion(commit) > version) as Commit, version));
      const inside = commits.find((commit) => commit.version <= version && lastVersion(commit) > version);
      expect(wholeVersion(row)).toBe(inside === undefined ? version : inside.version - 1);
      return commits.filter((commit) => commit.version <= version).map((commit) => cut(commit, 0, version));
    }),
  );
  const names = new Set(streams.map(({ address }) => streamName(address)));
  const expected = notesOf(projected);
  for (const key of ['a', 'b', 'c']) {
    const { document } = await rowOf(stores, notes, key);
    const seen = seenIn(document).filter((id) => names.has(id.slice(0, id.lastIndexOf('@'))));
    expect(seen).toEqual(expected.get(key)?.seen ?? []);
    if (seen.length === seenIn(document).length) expect(document?.['sum'] ?? 0).toBe(expected.get(key)?.sum ?? 0);
  }
  for (const commit of waiting) {
    const more = notesOf([[commit]]);
    expect([...more].some(([key, { seen }]) => seen.length + (expected.get(key)?.seen.length ?? 0) > (limits.room ?? 0))).toBe(true);
  }
};
