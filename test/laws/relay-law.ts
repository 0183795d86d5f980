import { expect } from '@jest/globals';
import fc from 'fast-check';
import { Unavailable } from '../../core/basics/errors.ts';
import { type Address, streamName } from '../../core/basics/stream.ts';
import { type Commit, recorded, type StoredEvent, type Tail } from '../../core/log/event-store.ts';
import { type IntegrationEvent, integrationEvents } from '../../core/publish/publication.ts';
import { type EventBus, type RelayPorts, relayPositions } from '../../core/publish/relay.ts';
import { progressKey } from '../../core/read/read-models.ts';
import { memoryStores } from '../support/read-taps.ts';
import { append, newStream } from '../support/requests.ts';
import { tallyPublication } from '../support/tally-publication.ts';

/** Something that is to take what is new of a batch to the bus: core's relay, or a broken one. Answers the streams that failed. */
export type Publish = (relaying: RelayPorts) => (batch: readonly Commit[]) => Promise<ReadonlyMap<string, unknown>>;

type Step =
  | { readonly does: 'append'; readonly stream: number; readonly events: readonly StoredEvent[] }
  | { readonly does: 'deliver'; readonly batches: readonly (readonly number[])[] };

/** What becomes of one event at the bus. */
type Fate = 'taken' | 'refused' | 'taken, unheard';

const stored = (type: string, data: object): StoredEvent => ({ type, schema: 1, data });
const event = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 9 }).map((amount) => stored('Added', { amount })) },
  { weight: 2, arbitrary: fc.constant(stored('Cleared', {})) },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ does: fc.constant('append' as const), stream: fc.nat(2), events: fc.array(event, { minLength: 1, maxLength: 3 }) }),
  fc.record({
    does: fc.constant('deliver' as const),
    batches: fc.array(fc.array(fc.nat(50), { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 2 }),
  }),
);
const fates = fc.infiniteStream(fc.constantFrom<Fate>('taken', 'taken', 'taken', 'refused', 'taken, unheard'));

/** What should have left of a stream, said as plainly as can be. */
const leaving = (commits: readonly Commit[]): readonly string[] =>
  commits.flatMap(recorded).flatMap(({ type, metadata }) => (type === 'Cleared' ? [] : [metadata.eventId]));

/**
 * Whatever is delivered, twice, late, in the wrong order or at the same time, and whatever the bus refuses or takes without saying so:
 * nothing is taken before what precedes it in its stream, nothing that is not stored, and in the end everything, once its deliveries
 * have succeeded. What a position says was published, was.
 */
export const relayLaw = (publish: Publish) =>
  fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 20 }), fates, fc.scheduler(), async (steps, fated, scheduler) => {
    const stores = memoryStores();
    const taken: IntegrationEvent[] = [];
    let isCalm = false;
    // It answers with the failure instead of failing: nobody listens to a promise that the scheduler still holds back.
    const fateOf = scheduler.scheduleFunction(async (one: IntegrationEvent): Promise<Fate> => {
      const fate = isCalm ? 'taken' : fated.next().value;
      if (fate !== 'refused') taken.push(one);
      return fate;
    });
    const bus: EventBus = {
      publish: async (one) => {
        const fate = await fateOf(one);
        if (fate !== 'taken') throw new Unavailable(fate);
      },
    };
    const relaying: RelayPorts = {
      ...stores,
      readModels: {
        ...stores.readModels,
        get: scheduler.scheduleFunction(stores.readModels.get),
        write: scheduler.scheduleFunction(stores.readModels.write),
      },
      bus,
      integrationEvents: integrationEvents([tallyPublication]),
      isPublished: () => true,
    };
    const run = publish(relaying);
    const streams = [newStream(), newStream(), newStream()];
    const tails: Tail[] = streams.map((stream) => stores.eventStore.begin(stream));
    const commits: Commit[] = [];
    const of = ({ id }: Address) => commits.filter(({ stream }) => stream.id === id);
    const takenOf = (stream: Address) => [...new Set(taken.filter(({ subject }) => subject === streamName(stream)).map(({ id }) => id))];

    const check = async (): Promise<void> => {
      for (const stream of streams) {
        const expected = leaving(of(stream));
        const first = takenOf(stream);
        expect(first).toEqual(expected.slice(0, first.length));
        const { version } = await stores.readModels.get(relayPositions, progressKey(relayPositions, stream), 'strong');
        expect(first).toEqual(expect.arrayContaining([...leaving(of(stream).filter((commit) => commit.version <= version))]));
      }
    };
    for (const one of steps) {
      if (one.does === 'append') {
        const { commit, tail } = await append(stores.eventStore, tails[one.stream] as Tail, one.events);
        commits.push(commit);
        tails[one.stream] = tail;
      } else if (commits.length > 0) {
        const batches = one.batches.map((picks) => picks.map((pick) => commits[pick % commits.length] as Commit));
        const outcomes = await scheduler.waitFor(Promise.all(batches.map(run)));
        await check();
        for (const [index, batch] of batches.entries())
          for (const { stream, version } of batch)
            if (!outcomes[index]?.has(streamName(stream)))
              expect(takenOf(stream)).toEqual(
                expect.arrayContaining([...leaving(of(stream).filter((commit) => commit.version <= version))]),
              );
      }
    }
    isCalm = true;
    if (commits.length > 0) expect(await scheduler.waitFor(run(commits.toReversed()))).toEqual(new Map());
    await check();
    for (const stream of streams) expect(takenOf(stream)).toEqual(leaving(of(stream)));
    const all = commits.flatMap(integrationEvents([tallyPublication]));
    for (const one of taken) expect(all).toContainEqual(one);
  });
