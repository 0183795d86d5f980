import { beforeEach, describe, expect, test } from '@jest/globals';
import { memoryEventStore } from '../../adapters/event-log/memory-event-store.ts';
import { handlerOn } from '../../test/support/handling.ts';
import { note } from '../../test/support/owned-domain.ts';
import { request } from '../../test/support/requests.ts';
import { InvalidEvent, NewerRelease, Unavailable } from '../basics/errors.ts';
import type { EventStore } from '../log/event-store.ts';
import { fromStored } from '../log/stored-events.ts';
import type { AnyDecider } from './decider.ts';
import { type StreamOwnership, streamOwnership } from './stream-owner.ts';

const stream = { aggregate: 'note', id: '1' };
const of = (owner: string, decider: AnyDecider = note, id = '1') => ({ decider, stream: { ...stream, id }, owner });
let eventStore: EventStore;
let ownership: StreamOwnership;
const send = (type: 'OpenNote' | 'GiveNote', owner: string) =>
  handlerOn(eventStore)(note, stream, request({ type, data: { owner, text: 'x', drawer: 'top' } }));
beforeEach(async () => {
  eventStore = memoryEventStore(() => new Date());
  ownership = streamOwnership(eventStore);
  for (const owner of ['ada', 'bo', 'ada']) await send('OpenNote', owner);
});

const eventsFrom = async (from: number, newestFirst = false) => {
  const { commits } = await eventStore.read(stream, { from, limit: 10, newestFirst });
  return commits.flatMap((commit) => fromStored(note.events, commit));
};

test('now: the version of a stream that is the owner’s, and of no other', async () => {
  expect(await ownership.now(of('ada'))).toBe(3);
  expect(await ownership.now(of('bo'))).toBeUndefined();
  expect(await ownership.now(of('ada', note, 'missing'))).toBeUndefined();
  const always = { ...note, owner: () => 'ada' };
  expect(await ownership.now(of('ada', always, 'missing'))).toBeUndefined();
  expect(await ownership.now(of('ada', { ...note, owner: undefined } as unknown as AnyDecider))).toBeUndefined();
});

test('now is read strongly', async () => {
  const asked: unknown[] = [];
  const noting: EventStore = {
    ...eventStore,
    load: (address, folding, consistency) => {
      asked.push(consistency);
      return eventStore.load(address, folding, consistency);
    },
  };
  await streamOwnership(noting).now(of('ada'));
  expect(asked).toEqual(['strong']);
});

test.each([
  [0, 'ada', false],
  [1, 'ada', true],
  [2, 'ada', false],
  [2, 'bo', true],
  [3, 'ada', true],
])('at version %i the stream is of %s: %s', async (version, owner, isOwn) => {
  expect(await ownership.at(of(owner), version)).toBe(isOwn);
});

test('version 0 is nobody’s, whatever the decider says of its first state', async () =>
  expect(await ownership.at(of('ada', { ...note, owner: () => 'ada' }), 0)).toBe(false));

test.each([
  [1, 'ada', false],
  [2, 'ada', false],
  [3, 'ada', true],
  [2, 'bo', false],
])('throughout the events from version %i it is of %s: %s', async (from, owner, isOwn) => {
  expect(await ownership.throughout(of(owner), await eventsFrom(from))).toBe(isOwn);
});

test('throughout events in the other direction, and throughout none', async () => {
  expect(await ownership.throughout(of('ada'), await eventsFrom(3, true))).toBe(false);
  expect(await ownership.throughout(of('ada'), await eventsFrom(1, true))).toBe(true);
  expect(await ownership.throughout(of('nobody'), [])).toBe(true);
});

test('each event is judged on the state that the earlier ones have made', async () => {
  const counting: AnyDecider = {
    ...note,
    initialState: () => ({ owner: '', events: 0 }),
    owner: ({ events }) => (events === 3 ? 'ada' : undefined),
    evolve: Object.fromEntries(
      Object.keys(note.evolve).map((type) => [type, (state: { events: number }) => ({ ...state, events: state.events + 1 })]),
    ),
  };
  expect(await ownership.throughout(of('ada', counting), await eventsFrom(3))).toBe(true);
  const all = (await eventsFrom(1)).toReversed();
  expect(await ownership.throughout(of('ada', { ...counting, owner: ({ events }) => (events > 0 ? 'ada' : undefined) }), all)).toBe(true);
});

test('events that come newest first are folded in their order', async () => {
  type Trail = { readonly trail: string };
  const add = ({ trail }: Trail, { owner }: { readonly owner: string }): Trail => ({ trail: `${trail} ${owner}` });
  const trailing: AnyDecider = {
    ...note,
    initialState: () => ({ trail: '' }),
    owner: ({ trail }: Trail) => ([' ada', ' ada bo'].includes(trail) ? 'ada' : undefined),
    evolve: Object.fromEntries(Object.keys(note.evolve).map((type) => [type, add])),
  };
  const [first, second] = await eventsFrom(1);
  expect(await ownership.throughout(of('ada', trailing), [second, first] as Awaited<ReturnType<typeof eventsFrom>>)).toBe(true);
});

describe('an event that this code cannot read', () => {
  const { NoteGiven: _, ...events } = note.events;
  const older = { ...note, events, revision: 2 } as unknown as AnyDecider;
  const strict = {
    ...note,
    revision: 3,
    events: { ...note.events, NoteGiven: note.events.NoteGiven.extend({ more: note.events.NoteGiven.shape.text }) },
  };

  test('is an error to the owner before it, and to nobody else', async () => {
    await send('GiveNote', 'bo');
    for (const [decider, error] of [
      [older, NewerRelease],
      [strict as unknown as AnyDecider, InvalidEvent],
    ] as const) {
      await expect(ownership.now(of('ada', decider))).rejects.toBeInstanceOf(error);
      for (const owner of ['bo', 'cleo']) expect(await ownership.now(of(owner, decider))).toBeUndefined();
    }
  });

  test('an outage, and a bug, is an error to everybody', async () => {
    for (const error of [new Unavailable('throttled'), new TypeError('a bug')]) {
      const failing = streamOwnership({ ...eventStore, load: async () => Promise.reject(error) });
      for (const owner of ['ada', 'cleo']) await expect(failing.now(of(owner))).rejects.toBe(error);
    }
  });
});
