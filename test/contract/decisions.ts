import { beforeEach, expect, test } from '@jest/globals';
import { tailCache } from '../../adapters/event-log/tail-cache.ts';
import { Conflict, Refusal } from '../../core/basics/errors.ts';
import type { Address } from '../../core/basics/stream.ts';
import type { EventStore, Tail } from '../../core/log/event-store.ts';
import { type AnyDecider, type CommandOf, foldingOf } from '../../core/write/decider.ts';
import { giveUp, lesson, note, offer, pupil, take, takeAll, want } from '../support/campus.ts';
import { handlerOn } from '../support/handling.ts';
import { added, anyCommand, append, errorOf, loadAll, newStream, request } from '../support/requests.ts';
import type { OpenStore } from './event-store.ts';

/** A commit that holds only if the streams that its decision has read have not moved. */
export const decisionsContract = (open: OpenStore): void => {
  let store: EventStore;
  let [maths, ada]: Address[] = [];
  beforeEach(() => {
    store = open();
    [maths, ada] = [newStream('lesson'), newStream('pupil')];
  });
  const theMaths = () => maths as Address;
  const theAda = () => ada as Address;
  const send = <D extends AnyDecider>(decider: D, to: Address, command: CommandOf<D>) =>
    handlerOn(store)(decider, to, request<CommandOf<D>>(command));
  const stateOf = async (decider: AnyDecider, of: Address) => (await store.load(of, foldingOf(decider), 'strong')).state;
  const appendReading = (tail: Tail, reads: readonly Tail[], asked = request(anyCommand)) =>
    store.append(tail, asked, { events: added(1), folded: { fingerprint: 'nobody', state: null }, reads });
  const tailOf = async (of: Address): Promise<Tail> => (await loadAll(store, of)).tail;

  test('is stored while they are where they were, and moves none of them', async () => {
    await append(store, await tailOf(theAda()), added(1, 2, 3));
    const read = await tailOf(theAda());
    expect(await appendReading(store.begin(theMaths()), [read])).toMatchObject({ won: true, isNew: true, tail: { version: 1 } });
    expect((await tailOf(theAda())).version).toBe(3);
  });

  test('loses against the next commit of one of them, and is told it', async () => {
    const [empty, other] = [store.begin(theAda()), newStream('pupil')];
    const { commit, tail } = await append(store, empty, added(1, 2));
    const lost = await appendReading(store.begin(theMaths()), [store.begin(other), empty]);
    expect(lost).toEqual({ won: false, moved: [{ commit, tail: expect.anything() }], tail: expect.anything() });
    expect((await loadAll(store, theMaths())).commits).toEqual([]);
    const [moved] = lost.won ? [] : lost.moved;
    expect(moved?.tail).toMatchObject({ stream: ada, version: tail.version });
    expect(await appendReading(store.begin(theMaths()), [moved?.tail as Tail])).toMatchObject({ won: true });
  });

  test('loses if a stream was created that did not exist', async () => {
    const before = await tailOf(theAda());
    await append(store, before, added(1));
    expect(await appendReading(store.begin(theMaths()), [before])).toMatchObject({ won: false, moved: [{ commit: { version: 1 } }] });
  });

  test('is never stored on a version in the middle of a commit, or on any older one', async () => {
    const tails = [store.begin(theAda())];
    for (const count of [3, 1, 4]) tails.push((await append(store, tails.at(-1) as Tail, added(...Array(count).fill(1)))).tail);
    for (const [index, old] of tails.slice(0, -1).entries()) {
      const lost = await appendReading(store.begin(theMaths()), [old]);
      expect(lost).toMatchObject({ won: false, moved: [{ commit: { version: (tails[index] as Tail).version + 1 } }] });
    }
    const invented = { ...(tails[1] as Tail), version: 2 };
    expect((await errorOf(appendReading(store.begin(theMaths()), [invented as Tail]))).message).toMatch(/not issued by this store/);
    expect((await loadAll(store, theMaths())).commits).toEqual([]);
    expect(await appendReading(store.begin(theMaths()), [tails.at(-1) as Tail])).toMatchObject({ won: true });
  });

  test('tells its own winner beside what has moved, and its own earlier try before everything', async () => {
    const [own, read] = [store.begin(theMaths()), store.begin(theAda())];
    const asked = request(anyCommand);
    expect(await appendReading(own, [read], asked)).toMatchObject({ won: true, isNew: true });
    await append(store, read, added(1));
    expect(await appendReading(own, [read], asked)).toMatchObject({ won: true, isNew: false, commit: { commandId: asked.commandId } });
    const lost = await appendReading(own, [read]);
    expect(lost).toMatchObject({
      won: false,
      winner: { commandId: asked.commandId },
      tail: { version: 1 },
      moved: [{ tail: { version: 1 } }],
    });
  });

  test('claims no name if it loses', async () => {
    const name = `name of ${theMaths().id}`;
    const [read, claims] = [store.begin(theAda()), { claimed: [name], released: [] }];
    await append(store, read, added(1));
    const decided = { events: added(1), folded: { fingerprint: 'nobody', state: null }, reads: [read], claims };
    expect(await store.append(store.begin(theMaths()), request(anyCommand), decided)).toMatchObject({ won: false });
    expect(await append(store, store.begin(newStream()), added(1), claims)).toMatchObject({ won: true });
    const onward = { ...decided, reads: [await tailOf(theAda())] };
    expect(await errorOf(store.append(store.begin(theMaths()), request(anyCommand), onward))).toMatchObject({ code: 'NameTaken' });
  });

  test.each([
    ['its own', () => theMaths()],
    ['one of another tenant', () => ({ ...theAda(), tenant: 'acme' })],
  ])('cannot read a stream that is %s', async (_, of) => {
    expect((await errorOf(appendReading(store.begin(theMaths()), [store.begin(of())]))).message).toMatch(/of the same tenant/);
  });

  test('reads 99 streams, and with a hundredth nothing is written', async () => {
    const read = Array.from({ length: 100 }, () => store.begin(newStream('pupil')));
    expect(await errorOf(appendReading(store.begin(theMaths()), read))).toMatchObject({
      code: 'CommitTooLarge',
      details: { streams: 100 },
    });
    expect(await appendReading(store.begin(theMaths()), read.slice(1))).toMatchObject({ won: true });
  });

  test('is decided on what the other stream says, in the tenant of the command', async () => {
    const [here, there] = ['acme', 'emca'].map((tenant) => ({ lesson: { ...theMaths(), tenant }, pupil: { ...theAda(), tenant } }));
    for (const at of [here, there]) await send(lesson, at?.lesson as Address, offer(1));
    await send(pupil, there?.pupil as Address, want('maths'));
    expect(await errorOf(send(lesson, here?.lesson as Address, take(theAda().id)))).toMatchObject({ code: 'NotWanted' });
    expect(await send(lesson, there?.lesson as Address, take(theAda().id))).toMatchObject({ version: 2 });
  });

  test('has a time that is not before what it has read', async () => {
    const late = open(() => new Date('2030-01-01T00:00:00.000Z'));
    await handlerOn(late)(pupil, theAda(), request(want('maths')));
    const early = open(() => new Date('2020-01-01T00:00:00.000Z'));
    if ((await loadAll(early, theAda())).commits.length === 0) return; // The stores of this adapter share no log.
    await handlerOn(early)(lesson, theMaths(), request(offer(1)));
    await handlerOn(early)(lesson, theMaths(), request(take(theAda().id)));
    expect((await loadAll(early, theMaths())).commits.map(({ recordedAt }) => recordedAt.slice(0, 4))).toEqual(['2020', '2030']);
  });

  test('is repeated as it was, whatever has happened to what it has read', async () => {
    await send(lesson, theMaths(), offer(1));
    await send(pupil, theAda(), want('maths'));
    const asked = request(take(theAda().id));
    const first = await handlerOn(store)(lesson, theMaths(), asked);
    await send(pupil, theAda(), giveUp('other'));
    await send(pupil, theAda(), giveUp('maths'));
    expect(await handlerOn(store)(lesson, theMaths(), asked)).toEqual({ ...first, isRepeated: true });
  });

  test('of one command may read several, and one of them twice', async () => {
    await send(lesson, theMaths(), offer(2));
    const [bo, eve] = [newStream('pupil'), newStream('pupil')];
    for (const one of [theAda(), bo]) await send(pupil, one, want('maths'));
    await send(lesson, theMaths(), takeAll(theAda().id, bo.id, eve.id));
    expect(await stateOf(lesson, theMaths())).toEqual({ seats: 2, taken: [theAda().id, bo.id] });
    expect((await send(lesson, theMaths(), takeAll(bo.id, bo.id))).events).toEqual([]);
  });

  test.each([1, 3])('of many writers at once never takes more than %d', async (seats) => {
    await send(lesson, theMaths(), offer(seats));
    const pupils = Array.from({ length: 12 }, () => newStream('pupil'));
    await Promise.all(pupils.map((one) => send(pupil, one, want('maths'))));
    const outcomes = await Promise.all(pupils.map((one) => until(() => send(lesson, theMaths(), take(one.id)))));
    expect(outcomes.filter((outcome) => outcome === 'LessonFull')).toHaveLength(12 - seats);
    expect((await stateOf(lesson, theMaths())).taken).toHaveLength(seats);
  });

  test('has no write skew: of two that read each other’s stream, one does not hold', async () => {
    const lessons = Array.from({ length: 16 }, () => newStream('lesson'));
    await Promise.all(
      lessons.map(async (one) => {
        const own = newStream('pupil');
        // Warm instances, each with a cache of its own: both decide on what they remember.
        const [teacher, learner] = [1, 2].map(() => handlerOn(store, tailCache({ maxEntries: 9, maxBytes: 9_000_000 })));
        await teacher?.(lesson, one, request(offer(5)));
        await learner?.(pupil, own, request(want(one.id)));
        const [took, gave] = await Promise.all([
          until(async () => teacher?.(lesson, one, request(take(own.id)))),
          until(async () => learner?.(pupil, own, request(giveUp(one.id)))),
        ]);
        const [{ taken }, { wanted }] = [await stateOf(lesson, one), await stateOf(pupil, own)];
        expect({ took, gave, isBroken: taken.length > 0 && wanted.length === 0 }).toEqual({ took, gave, isBroken: false });
        expect([took, gave].filter((one) => one === 'NotWanted' || one === 'TakenAlready')).toHaveLength(1);
      }),
    );
  });

  test('goes on while others write what it reads', async () => {
    await send(lesson, theMaths(), offer(40));
    await send(pupil, theAda(), want('maths'));
    const takes = Array.from({ length: 4 }, () => until(() => send(lesson, theMaths(), take(theAda().id))));
    await Promise.all([...takes, ...Array.from({ length: 8 }, () => until(() => send(pupil, theAda(), note)))]);
    expect((await stateOf(lesson, theMaths())).taken).toEqual([theAda().id]);
    expect(await tailOf(theAda())).toMatchObject({ version: 9 });
  });
};

/** As a client does: the same again while others are first. Returns the code of a refusal. */
const until = async (send: () => Promise<unknown>): Promise<string> => {
  for (;;) {
    try {
      await send();
      return 'done';
    } catch (error) {
      if (error instanceof Refusal) return error.code;
      if (!(error instanceof Conflict)) throw error;
    }
  }
};
