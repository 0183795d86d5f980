import { randomUUID } from 'node:crypto';
import { beforeEach, expect, test } from '@jest/globals';
import { Unavailable } from '../../core/basics/errors.ts';
import type { Address } from '../../core/basics/stream.ts';
import type { EventStore } from '../../core/log/event-store.ts';
import { type CommandOf, foldingOf } from '../../core/write/decider.ts';
import { badge, hold, show } from '../support/badge.ts';
import { handlerOn } from '../support/handling.ts';
import { added, anyCommand, append, appendTo, loadAll, newStream, request } from '../support/requests.ts';
import type { OpenStore } from './event-store.ts';

/** Names that one stream holds, and no other. */
export const claimsContract = (open: OpenStore): void => {
  let store: EventStore;
  let [one, other]: Address[] = [];
  beforeEach(() => {
    store = open();
    [one, other] = [newStream('badge'), newStream('badge')];
  });
  const newName = () => `email:${randomUUID()}`;
  const send = (stream: Address | undefined, command: CommandOf<typeof badge>) =>
    handlerOn(store)(badge, stream as Address, request(command));
  const stored = async (stream: Address | undefined) => (await loadAll(store, stream as Address)).commits.length;
  const taken = (name: string) => ({ name: 'Refusal', code: 'NameTaken', details: { name } });

  test('a name that is taken is refused, and nothing is written', async () => {
    const name = newName();
    await send(one, hold(name));
    await expect(send(other, hold(name))).rejects.toMatchObject(taken(name));
    expect([await stored(one), await stored(other)]).toEqual([1, 0]);
  });

  test('a name is refused to a stream of another aggregate too', async () => {
    const name = newName();
    await send(one, hold(name));
    const tail = store.begin(newStream());
    await expect(append(store, tail, added(1), { claimed: [name], released: [] })).rejects.toMatchObject(taken(name));
  });

  test('the same name may be claimed by each tenant', async () => {
    const name = newName();
    const of = (tenant: string, stream = one as Address): Address => ({ ...stream, tenant });
    for (const tenant of ['a', 'a-b']) await send(of(tenant), hold(name));
    await send(other, hold(name)); // Nobody's, for nobody has this service in common with tenants.
    await expect(send(of('a', other), hold(name))).rejects.toMatchObject(taken(name));
    await send(of('a-b'), hold());
    await send(of('a-b', other), hold(name));
    await expect(send(of('a', other), hold(name))).rejects.toMatchObject(taken(name));
  });

  test('a name that was given up can be taken', async () => {
    const name = newName();
    await send(one, hold(name));
    await send(one, hold());
    await send(other, hold(name));
    await expect(send(one, hold(name))).rejects.toMatchObject(taken(name));
  });

  test('one commit may replace a name by another', async () => {
    const [first, second] = [newName(), newName()];
    await send(one, hold(first));
    await send(one, hold(second));
    await send(other, hold(first));
    await expect(send(other, hold(second))).rejects.toMatchObject(taken(second));
    expect(await stored(one)).toBe(2);
  });

  test('a name that a decision names twice is taken once, and given up once', async () => {
    const name = newName();
    await send(one, hold(name, name));
    await expect(send(other, hold(name))).rejects.toMatchObject(taken(name));
    await send(one, hold());
    await send(other, hold(name));
  });

  test('giving up a name that is free, or that another stream holds, has no effect', async () => {
    const [free, theirs] = [newName(), newName()];
    await send(other, hold(theirs));
    await append(store, store.begin(newStream()), added(1), { claimed: [], released: [free, theirs, ''] });
    await expect(send(one, hold(theirs))).rejects.toMatchObject(taken(theirs));
    await send(other, hold(theirs, free));
  });

  test.each([
    ['empty', ''],
    ['of 2049 bytes', `${'n'.repeat(2047)}é`],
  ])('a name that is %s is invalid, and nothing is written', async (_, name) => {
    await expect(send(one, hold(newName(), name))).rejects.toMatchObject({ name: 'Invalid', code: 'InvalidData' });
    expect(await stored(one)).toBe(0);
  });

  test('a change to a name that is taken keeps the old name', async () => {
    const [mine, theirs] = [newName(), newName()];
    await send(one, hold(mine));
    await send(other, hold(theirs));
    await expect(send(one, hold(theirs))).rejects.toMatchObject(taken(theirs));
    await expect(send(other, hold(mine))).rejects.toMatchObject(taken(mine));
    expect([await stored(one), await stored(other)]).toEqual([1, 1]);
  });

  test('several names are all taken, or none is', async () => {
    const [first, second, third] = [newName(), newName(), newName()];
    await send(one, hold(second));
    await expect(send(other, hold(first, second, third))).rejects.toMatchObject(taken(second));
    await send(newStream('badge'), hold(first, third));
  });

  test('commits without names change no name', async () => {
    const name = newName();
    await send(one, hold(name));
    for (let index = 0; index < 12; index++) await send(one, show);
    await expect(send(other, hold(name))).rejects.toMatchObject(taken(name));
    await send(one, hold());
    await send(other, hold(name));
  });

  test('a stream may claim what it holds', async () => {
    const name = newName();
    const { tail } = await append(store, store.begin(one as Address), added(1), { claimed: [name], released: [] });
    await append(store, tail, added(2), { claimed: [name], released: [] });
    await expect(append(store, store.begin(other as Address), added(1), { claimed: [name], released: [] })).rejects.toMatchObject(
      taken(name),
    );
    expect(await stored(one)).toBe(2);
  });

  test('a conflict with another commit is reported before a taken name', async () => {
    const name = newName();
    await send(other, hold(name));
    const empty = store.begin(one as Address);
    const { commit } = await append(store, empty, added(1));
    const lost = await appendTo(store, empty, request(anyCommand), added(2), { claimed: [name], released: [] });
    expect(lost).toMatchObject({ won: false, winner: commit });
  });

  test('a repeated request gets its first commit, names included', async () => {
    const name = newName();
    const [asked, empty] = [request(anyCommand), store.begin(one as Address)];
    const claims = { claimed: [name], released: [] };
    const first = await appendTo(store, empty, asked, added(1), claims);
    const again = await appendTo(store, empty, asked, added(1), claims);
    expect(first).toMatchObject({ won: true, isNew: true });
    expect(again).toMatchObject({ won: true, isNew: false, commit: first.won && first.commit });
  });

  test('a commit that loses the race claims and releases no name', async () => {
    const [mine, free] = [newName(), newName()];
    const { tail } = await append(store, store.begin(one as Address), added(1), { claimed: [mine], released: [] });
    await append(store, tail, added(2));
    expect((await appendTo(store, tail, request(anyCommand), added(3), { claimed: [free], released: [mine] })).won).toBe(false);
    await send(other, hold(free));
    await expect(send(newStream('badge'), hold(mine))).rejects.toMatchObject(taken(mine));
  });

  test('of ten streams that claim a name at once, one gets it', async () => {
    const name = newName();
    const streams = Array.from({ length: 10 }, () => newStream('badge'));
    const outcomes = await Promise.allSettled(streams.map((stream) => resending(() => send(stream, hold(name)))));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(taken(name));
    const counts = await Promise.all(streams.map(stored));
    expect(counts.map((count, index) => count === (outcomes[index]?.status === 'fulfilled' ? 1 : 0))).toEqual(Array(10).fill(true));
  });

  test('ten requests that claim for one stream at once are all answered, and the last name is held', async () => {
    const names = Array.from({ length: 10 }, newName);
    await Promise.all(names.map((name) => resending(() => send(one, hold(name)))));
    const { state } = await store.load(one as Address, foldingOf(badge), 'strong');
    expect(await stored(one)).toBe(10);
    for (const name of names) {
      const outcome = send(newStream('badge'), hold(name));
      if (state.names.includes(name)) await expect(outcome).rejects.toMatchObject(taken(name));
      else await outcome;
    }
  });
};

/** As a client does: the same again while the answer is that it may be tried again. */
const resending = async <T>(send: () => Promise<T>): Promise<T> => {
  for (;;) {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof Unavailable) && (error as Error).name !== 'Conflict') throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 50));
    }
  }
};
