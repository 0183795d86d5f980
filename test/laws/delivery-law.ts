import { expect } from '@jest/globals';
import fc from 'fast-check';
import type { Commit, EventStore, StoredEvent, Tail } from '../../core/log/event-store.ts';
import type { ReadModels } from '../../core/read/read-models.ts';
import { foldOf } from '../support/naive-fold.ts';
import { append, newStream } from '../support/requests.ts';
import { tallyTotal } from '../support/tally.ts';

export interface Stores {
  readonly eventStore: EventStore;
  readonly readModels: ReadModels;
}
/** Something that is to bring the documents of `tallyTotal` up to date with a batch: core's projector, or a broken one. */
export type Deliver = (stores: Stores) => (batch: readonly Commit[]) => Promise<unknown>;

/** What happens, in order. Numbers pick a stream, or commits of those that there are; they wrap around. */
type Step =
  | { readonly does: 'append'; readonly stream: number; readonly events: readonly StoredEvent[] }
  /** Batches that are worked on at the same time; each any commits so far, in any order, more than once or not at all. */
  | { readonly does: 'deliver'; readonly batches: readonly (readonly number[])[] };

const stored = (type: string, data: object): StoredEvent => ({ type, schema: 1, data });
const event = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 9 }).map((amount) => stored('Added', { amount })) },
  { weight: 1, arbitrary: fc.constant(stored('Cleared', {})) },
  { weight: 1, arbitrary: fc.constant(stored('Closed', {})) },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ does: fc.constant('append' as const), stream: fc.nat(2), events: fc.array(event, { minLength: 1, maxLength: 3 }) }),
  fc.record({
    does: fc.constant('deliver' as const),
    batches: fc.array(fc.array(fc.nat(50), { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 3 }),
  }),
);

/**
 * Whatever is delivered, in whatever batches, twice, late, in the wrong order or at the same time: a document is the fold of
 * its stream as far as it goes, it goes at least as far as what was delivered, and in the end it is the fold of the whole.
 */
export const deliveryLaw = (open: () => Stores, deliver: Deliver) =>
  fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 20 }), fc.scheduler(), async (steps, scheduler) => {
    const stores = open();
    const project = deliver(interleaved(stores, scheduler));
    const streams = await Promise.all([0, 1, 2].map(() => Stream.open(stores)));
    const commits = () => streams.flatMap((stream) => stream.commits);

    for (const one of steps) {
      if (one.does === 'append') await (streams[one.stream] as Stream).append(one.events);
      else if (commits().length > 0) {
        const batches = one.batches.map((picks) => picks.map((pick) => commits()[pick % commits().length] as Commit));
        await scheduler.waitFor(Promise.all(batches.map(project)));
        for (const stream of streams) await stream.check(batches.flat());
      }
    }
    await scheduler.waitFor(project(commits().reverse()));
    for (const stream of streams) await stream.check(commits());
  });

/** The same stores, where every call waits until the scheduler lets it through: calls of concurrent work meet in any order. */
const interleaved = ({ eventStore, readModels }: Stores, scheduler: fc.Scheduler): Stores => {
  const later = <A extends unknown[], R>(act: (...args: A) => Promise<R>) => scheduler.scheduleFunction(act);
  return {
    eventStore: { ...eventStore, read: later(eventStore.read) },
    readModels: { ...readModels, get: later(readModels.get), write: later(readModels.write) },
  };
};

class Stream {
  readonly commits: Commit[] = [];
  readonly #stores: Stores;
  #tail: Tail;

  private constructor(stores: Stores, tail: Tail) {
    this.#stores = stores;
    this.#tail = tail;
  }

  static async open(stores: Stores): Promise<Stream> {
    return new Stream(stores, stores.eventStore.begin(newStream()));
  }

  async append(events: readonly StoredEvent[]): Promise<void> {
    const { commit, tail } = await append(this.#stores.eventStore, this.#tail, events);
    this.commits.push(commit);
    this.#tail = tail;
  }

  async check(delivered: readonly Commit[]): Promise<void> {
    const { id } = this.#tail.stream;
    const found = await this.#stores.readModels.get(tallyTotal, id, 'strong');
    const furthest = Math.max(0, ...delivered.filter(({ stream }) => stream.id === id).map(({ version }) => version));
    expect(found.version).toBeGreaterThanOrEqual(furthest);
    expect(found).toEqual(
      foldOf(
        tallyTotal,
        this.commits.filter(({ version }) => version <= found.version),
      ),
    );
  }
}
