import { beforeEach, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { memoryCommitLog } from '../../adapters/event-log/memory-event-store.ts';
import { eventStore } from '../../adapters/event-log/store-on-commit-log.ts';
import { handlerOn } from '../../test/support/handling.ts';
import { errorOf, request } from '../../test/support/requests.ts';
import { InvalidEvent, NewerRelease } from '../basics/errors.ts';
import type { EventStore } from '../log/event-store.ts';
import { versioned } from '../log/upcasting.ts';
import { type AnyDecider, defineDecider, foldingOf } from './decider.ts';

// Three releases bring a new version of an event: the first knows version 1, the second reads version 2 and records 1, the third records 2.

const paidV1 = z.object({ euros: z.number() });
const paidV2 = z.object({ cents: z.int(), by: z.string() });
const rows = { 1: { from: paidV1, to: ({ euros }: z.output<typeof paidV1>) => ({ cents: Math.round(euros * 100), by: '' }) } };

const knows1 = defineDecider({
  name: 'till',
  commands: { Pay: z.object({ euros: z.number() }) },
  events: { Paid: paidV1 },
  initialState: (): { readonly cents: number } => ({ cents: 0 }),
  decide: { Pay: (data) => [{ type: 'Paid', data }] },
  evolve: { Paid: ({ cents }, { euros }) => ({ cents: cents + Math.round(euros * 100) }) },
});
const knows2 = (Paid: typeof paidV2): AnyDecider =>
  defineDecider({
    name: 'till',
    commands: { Pay: z.object({ euros: z.number(), by: z.string().optional() }) },
    events: { Paid },
    initialState: (): { readonly cents: number } => ({ cents: 0 }),
    decide: { Pay: ({ euros, by = '' }) => [{ type: 'Paid', data: { cents: Math.round(euros * 100), by } }] },
    evolve: { Paid: (before, { cents }) => ({ cents: before.cents + cents }) },
  });
const reads2 = knows2(versioned(paidV2, rows, { writes: 1, back: ({ cents }) => ({ euros: cents / 100 }) }));
const writes2 = knows2(versioned(paidV2, rows));

let store: EventStore;
beforeEach(() => {
  store = eventStore(memoryCommitLog(), () => new Date());
});
const pay = (release: AnyDecider, data: object = {}, commandId?: string) =>
  handlerOn(store)(release, { id: '1' }, request({ type: 'Pay', data: { euros: 1.5, ...data } }, commandId));
const payTimes = async (release: AnyDecider, times: number) => {
  for (let time = 0; time < times; time++) await pay(release);
};
const recordedNow = async () => {
  const found: object[] = [];
  for (const { events } of (await store.read({ aggregate: 'till', id: '1' }, { from: 1, limit: 100 })).commits) found.push(...events);
  return found;
};
const stateFor = async (release: AnyDecider) => (await store.load({ aggregate: 'till', id: '1' }, foldingOf(release), 'strong')).state;

describe('a release that reads version 2 and records version 1', () => {
  test('records what the release before it records', async () => {
    await pay(knows1);
    await pay(reads2);
    const [one, two] = await recordedNow();
    expect(two).toEqual(one);
    expect(one).toEqual({ type: 'Paid', schema: 1, data: { euros: 1.5 } });
  });

  test('can be rolled back to the release before it', async () => {
    await payTimes(reads2, 12);
    expect(await pay(knows1)).toMatchObject({ version: 13 });
    expect(await stateFor(knows1)).toEqual({ cents: 13 * 150 });
  });

  test('records nothing that version 1 cannot hold', async () => {
    const error = await errorOf(pay(reads2, { by: 'ada' }));
    expect(error).toBeInstanceOf(InvalidEvent);
    expect((error as Error).message).toMatch(/Paid cannot be recorded as schema version 1: .*\(by\)/);
    expect(await recordedNow()).toEqual([]);
  });

  test('repeats the answer to a request of the release before it, and the next release repeats its own', async () => {
    const first = await pay(knows1, {}, 'one');
    expect(await pay(reads2, {}, 'one')).toEqual({ ...first, isRepeated: true });
    const second = await pay(reads2, {}, 'two');
    expect(await pay(writes2, {}, 'two')).toEqual({ ...second, isRepeated: true });
  });
});

describe('a rollback of the release that records version 2', () => {
  test('to the release that reads it: every stream is read, and goes on', async () => {
    await payTimes(knows1, 3);
    await payTimes(reads2, 3);
    await payTimes(writes2, 12);
    expect(await stateFor(reads2)).toEqual({ cents: 18 * 150 });
    expect(await pay(reads2)).toMatchObject({ version: 19 });
    expect(await stateFor(writes2)).toEqual({ cents: 19 * 150 });
    expect((await recordedNow()).map((event) => (event as { schema: number }).schema)).toEqual([
      ...Array(6).fill(1),
      ...Array(12).fill(2),
      1,
    ]);
  });

  test('to the release that knows version 1 only: the stream waits', async () => {
    await pay(writes2);
    await pay(reads2);
    const error = await errorOf(pay(knows1));
    expect(error).toBeInstanceOf(NewerRelease);
    expect((error as NewerRelease).details).toEqual({ event: 'till-1@1', eventType: 'Paid', schema: 2, known: 1 });
  });
});
