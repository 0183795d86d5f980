import { expect } from '@jest/globals';
import fc from 'fast-check';
import { Unavailable } from '../../core/basics/errors.ts';
import type { Commit, StoredEvent, Tail } from '../../core/log/event-store.ts';
import type { ProjectionPorts } from '../../core/read/ports.ts';
import { project, projector } from '../../core/read/projector.ts';
import type { Pointer } from '../../core/rebuild/pointers.ts';
import { Crash } from '../support/faults.ts';
import { deliveriesOf } from '../support/projecting.ts';
import { noted, poison, writeMore } from '../support/read-notes.ts';
import { type Tap, tapped } from '../support/read-taps.ts';
import { memoryWorld, type World } from '../support/rebuilding.ts';
import { newStream } from '../support/requests.ts';
import { assertWhole, type History } from './simulation-law.ts';
import { first, fixed, release, second } from './simulation-release.ts';
import { type Checkpointing, type Invoke, lowestFailure, StreamSimulator } from './simulator.ts';

/** What strikes an invocation at its nth call of a store; `lasts` for all that follow. */
interface Trouble {
  readonly kind: 'throttled' | 'lost' | 'crash before' | 'crash after' | 'outage';
  readonly at: number;
}

type Step =
  | { readonly does: 'append'; readonly stream: number; readonly events: readonly StoredEvent[] }
  | { readonly does: 'poll'; readonly shards: readonly [number, number]; readonly size: number; readonly troubles: readonly Trouble[] }
  | { readonly does: 'reorder'; readonly shard: number; readonly from: number; readonly to: number }
  | { readonly does: 'duplicate'; readonly shard: number; readonly which: number }
  | { readonly does: 'split'; readonly shard: number; readonly deal: number }
  | { readonly does: 'replay'; readonly shard: number }
  | { readonly does: 'rebuild' | 'redrive'; readonly shards: readonly [number, number]; readonly troubles: readonly Trouble[] };

const event = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.tuple(fc.integer({ min: 1, max: 9 }), fc.constantFrom('a', 'b')).map(([amount, note]) => noted(amount, note)),
  },
  { weight: 1, arbitrary: fc.constant(noted(poison, 'a')) },
  { weight: 1, arbitrary: fc.constant<StoredEvent>({ type: 'Cleared', schema: 1, data: {} }) },
  { weight: 1, arbitrary: fc.constant<StoredEvent>({ type: 'Closed', schema: 1, data: {} }) },
);
const trouble: fc.Arbitrary<Trouble> = fc.record({
  kind: fc.constantFrom('throttled', 'lost', 'crash before', 'crash after', 'outage'),
  at: fc.integer({ min: 1, max: 10 }),
});
const troubles = fc.array(trouble, { maxLength: 2 });
const shard = fc.nat(20);
const shards = fc.tuple(shard, shard);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 7,
    arbitrary: fc.record({
      does: fc.constant('append' as const),
      stream: fc.nat(3),
      events: fc.array(event, { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 7, arbitrary: fc.record({ does: fc.constant('poll' as const), shards, size: fc.integer({ min: 1, max: 10 }), troubles }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant('reorder' as const), shard, from: fc.nat(20), to: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('duplicate' as const), shard, which: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('split' as const), shard, deal: fc.nat(0xffff) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('replay' as const), shard }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constantFrom('rebuild' as const, 'redrive' as const), shards, troubles }) },
);

/** What is tried: the projector, or one with something broken in it. */
export interface Subject {
  readonly breaking?: (stores: ProjectionPorts) => ProjectionPorts;
  readonly projecting?: typeof projector;
  readonly checkpointing?: Checkpointing;
}

/**
 * A run of the read side under everything that Lambda and DynamoDB may do to it; two invocations, and a rebuild or a redrive, meet
 * in any order. Somewhere on the way a second revision of every projection is deployed, and rebuilt by the steps of the state machine,
 * which die and are tried again: meanwhile no reader goes back in time. At rest every document of both is a fresh fold, every
 * checkpoint its stream's head, and nothing is parked but poison; the second revision serves, unless something is parked in it. Once
 * the code is fixed, all that was parked is redriven.
 */
export const simulation = ({ breaking = (stores) => stores, projecting = projector, checkpointing = lowestFailure }: Subject = {}) =>
  fc.asyncProperty(
    fc.array(step, { minLength: 4, maxLength: 40, size: 'max' }),
    fc.nat(30),
    fc.scheduler(),
    async (steps, releasedAt, scheduler) => {
      const stores = memoryWorld();
      const service = await release(stores);
      const histories: (History & { tail: Tail })[] = [0, 1, 2, 3].map(() => {
        const address = newStream();
        return { address, commits: [], tail: stores.eventStore.begin(address) };
      });
      const simulator = new StreamSimulator(checkpointing);
      /** An instance of the projector, with its own troubles. */
      const instance = (...struck: readonly Trouble[]) => {
        const { tap, hasDied } = troubled(struck);
        const wired = tappedWorld(stores, (call, act) => tap(call, scheduler.scheduleFunction(act)));
        const own = { ...breaking(wired), pointers: wired.pointers };
        const leaderOf = async (name: string) => (await own.pointers.read(name)).leads;
        const invoke: Invoke = async (records) => {
          const failed = await projecting(own, service.listening, leaderOf)(deliveriesOf(records));
          return hasDied() ? 'died' : { failed: new Set(failed.keys()) };
        };
        return { invoke, stores: own };
      };
      const all = histories.map(({ address }) => ({ stream: address, commits: [] }));
      const beside = async (does: 'rebuild' | 'redrive', struck: readonly Trouble[]): Promise<void> => {
        const own = instance(...struck).stores;
        if (does === 'rebuild') return service.rebuild(own);
        for (const projection of service.listening()) await project(own, projection, all, { retryParked: true });
      };

      for (const [index, one] of steps.entries()) {
        if (index === releasedAt) await service.deploy();
        await service.read(histories);
        if (one.does === 'append') {
          const history = histories[one.stream] as (typeof histories)[number];
          const { commits, tail } = await writeMore(stores.eventStore, history.tail, one.events);
          history.tail = tail;
          (history.commits as Commit[]).push(...commits);
          for (const commit of commits) simulator.record(commit);
        } else if (one.does === 'reorder') simulator.reorder(one.shard, one.from, one.to);
        else if (one.does === 'duplicate') simulator.duplicate(one.shard, one.which);
        else if (one.does === 'split') simulator.split(one.shard, one.deal);
        else if (one.does === 'replay') simulator.replay(one.shard);
        else {
          const polls = simulator
            .twoShards(...one.shards)
            .map((which, index) =>
              simulator.poll(which, one.does === 'poll' ? one.size : 5, instance(...one.troubles.slice(index, index + 1)).invoke),
            );
          await scheduler.waitFor(Promise.all(one.does === 'poll' ? polls : [...polls, beside(one.does, one.troubles)]));
        }
      }
      if (steps.length <= releasedAt) await service.deploy();
      await scheduler.waitFor(simulator.drain(instance().invoke));
      expect(simulator.isDone).toBe(true);
      await service.read(histories);
      await scheduler.waitFor(service.finish(instance().stores, histories));
      await service.read(histories);
      await assertWhole(stores, histories, first);
      await assertWhole(stores, histories, second);

      for (const projection of Object.values(fixed))
        expect(await project(stores, projection, all, { retryParked: true })).toEqual(new Map());
      await assertWhole(stores, histories, fixed);
    },
  );

const tappedWorld = (world: World, tap: Tap): World => {
  const { read, write } = world.pointers;
  const pointers = { read: (name: string) => tap('read', () => read(name)), write: (next: Pointer) => tap('write', () => write(next)) };
  return { ...tapped(world, tap), pointers };
};

/** Stands between an instance and its stores, and lets the troubles strike. */
const troubled = (all: readonly Trouble[]): { tap: Tap; hasDied: () => boolean } => {
  let calls = 0;
  let isDead = false;
  let isOut = false;
  const tap: Tap = async (_, act) => {
    calls += 1;
    const struck = all.find(({ at }) => at === calls);
    if (struck?.kind === 'outage') isOut = true;
    if (struck?.kind === 'crash before') isDead = true;
    if (isDead) throw new Crash();
    if (isOut || struck?.kind === 'throttled') throw new Unavailable('throttled');
    const answer = await act();
    if (struck?.kind === 'crash after') isDead = true;
    if (isDead) throw new Crash();
    if (struck?.kind === 'lost') throw new Unavailable('the answer was lost');
    return answer;
  };
  return { tap, hasDied: () => isDead };
};
