import { beforeEach, expect, test } from '@jest/globals';
import * as z from 'zod';
import { memoryEventStore } from '../../adapters/event-log/memory-event-store.ts';
import { noCache } from '../../adapters/event-log/tail-cache.ts';
import { giveUp, lesson, offer, pupil, take, takeAll, want } from '../../test/support/campus.ts';
import { handlerOn } from '../../test/support/handling.ts';
import { interposed } from '../../test/support/interposed-store.ts';
import { errorOf, newStream, request } from '../../test/support/requests.ts';
import type { Address } from '../basics/stream.ts';
import type { EventStore } from '../log/event-store.ts';
import { commandHandler } from './command-handler.ts';
import { decide, defineDecider } from './decider.ts';
import type { Read } from './reads.ts';

let store: EventStore;
let maths: Address;
let ada: Address;
beforeEach(() => {
  store = memoryEventStore(() => new Date());
  [maths, ada] = [newStream('lesson'), newStream('pupil')];
});
const teach = (command: Parameters<typeof request>[0], over = store) => handlerOn(over)(lesson, maths, request(command as never));

test('a decision gets what it reads: id, state, version, and whether it exists', async () => {
  const seen: unknown[] = [];
  const decide = {
    ...lesson.decide,
    Take: (_: unknown, __: unknown, { reads }: { readonly reads: { readonly pupil: Read<unknown> } }) => {
      seen.push(reads);
      return [];
    },
  };
  const looking = { ...lesson, decide } as unknown as typeof lesson;
  const look = () => handlerOn(store)(looking, maths, request(take(ada.id)));
  await look();
  await handlerOn(store)(pupil, ada, request(want('x')));
  await look();
  expect(seen.at(0)).toEqual({ pupil: { id: ada.id, state: { wanted: [] }, version: 0, exists: false } });
  expect(seen.at(-1)).toEqual({ pupil: { id: ada.id, state: { wanted: ['x'] }, version: 1, exists: true } });
});

test('what is read must be another aggregate, with an id that can be one, and at most 99 of them', async () => {
  const own = defineDecider({ ...pupilOf('pupil'), reads: { Follow: { other: { of: pupil, id: ({ id }) => id } } } });
  const follow = (id: string) => handlerOn(store)(own, ada, request({ type: 'Follow', data: { id } }));
  expect(await errorOf(follow(ada.id))).toMatchObject({
    code: 'InvalidData',
    message: `Follow: other cannot be pupil ${ada.id} itself, which gets the command`,
  });
  expect(await errorOf(follow('no/id'))).toMatchObject({
    code: 'InvalidData',
    message: expect.stringMatching(/^Follow: other: an id has/),
  });
  const many = Array.from({ length: 100 }, (_, index) => `p${index}`);
  const { store: noted, calls } = interposed(store);
  expect(await errorOf(teach(takeAll(...many), noted))).toMatchObject({
    code: 'CommitTooLarge',
    message: 'TakeAll reads 100 other streams, 99 are possible',
  });
  expect(calls).toEqual([]);
  expect((await teach(takeAll(...many.slice(1)))).events).toEqual([]);
});

test('a decision that is tried without what it reads says so', () => {
  const circumstances = { now: '2026-01-01T00:00:00.000Z', grants: [] };
  const { seats, taken } = { seats: 1, taken: [] };
  expect(() => decide(lesson, take('ada'), { seats, taken }, circumstances)).toThrow(
    'lesson: decide.Take reads other aggregates: pass them as `reads` in the circumstances',
  );
  expect(() => decide(lesson, take('ada'), { seats, taken })).toThrow(/reads 'reads', which is not known here/);
  const reads = { pupil: { id: 'ada', state: { wanted: ['x'] }, version: 1, exists: true } };
  expect(decide(lesson, take('ada'), { seats, taken }, { ...circumstances, reads })).toEqual([{ type: 'Taken', data: { pupil: 'ada' } }]);
});

test('it waits before it tries again after a transaction of others, and gives up after eight', async () => {
  await teach(offer(1));
  await handlerOn(store)(pupil, ada, request(want('x')));
  const pauses: number[] = [];
  const busy: EventStore = { ...store, append: async (tail) => ({ won: false, moved: [], tail }) };
  const pause = async (conflicts: number) => void pauses.push(conflicts);
  const handle = commandHandler({ eventStore: busy, cache: noCache, pause });
  expect(await errorOf(handle(lesson, { id: maths.id }, request(take(ada.id))))).toMatchObject({ code: 'ConcurrencyConflict' });
  expect(pauses).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test('a refusal is given up as a conflict if the streams move at each look', async () => {
  await teach(offer(0));
  const restless: EventStore = {
    ...store,
    load: async (...args) => {
      const found = await store.load(...args);
      await handlerOn(store)(pupil, ada, request(want(String(Math.random()))));
      return found;
    },
  };
  expect(await errorOf(teach(take(ada.id), restless))).toMatchObject({ code: 'ConcurrencyConflict' });
});

test('only the streams that have moved are read again', async () => {
  await teach(offer(1));
  await handlerOn(store)(pupil, ada, request(want(maths.id)));
  const { store: raced, calls } = interposed(store, async (nth) => nth <= 2 && handlerOn(store)(pupil, ada, request(want(`x${nth}`))));
  await teach(take(ada.id), raced);
  expect(calls).toEqual(['load eventual', 'load eventual', 'append', 'append', 'load strong', 'append']);
  expect(await errorOf(handlerOn(store)(pupil, ada, request(giveUp(maths.id))))).toMatchObject({ code: 'TakenAlready' });
});

const idOf = z.object({ id: z.string() });
const pupilOf = (name: string) => ({
  ...{ name, commands: { Follow: idOf }, events: { Followed: idOf }, initialState: (): object => ({}) },
  decide: { Follow: (data: { readonly id: string }) => [{ type: 'Followed' as const, data }] },
  evolve: { Followed: (state: object) => state },
});
