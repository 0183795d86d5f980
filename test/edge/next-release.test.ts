import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { memoryCommitLog } from '../../adapters/event-log/memory-event-store.ts';
import { eventStore } from '../../adapters/event-log/store-on-commit-log.ts';
import { history, readEntry } from '../../core/import/mapping.ts';
import type { EventStore } from '../../core/log/event-store.ts';
import { versioned } from '../../core/log/upcasting.ts';
import { defineDomain } from '../../core/registry/domain.ts';
import { commandOf } from '../../core/sagas/running/run.ts';
import { type AnySaga, defineSaga } from '../../core/sagas/saga.ts';
import { type AnyDecider, defineDecider } from '../../core/write/decider.ts';
import { recorderOn } from '../import/history.ts';
import { storeOfEarlierRelease } from '../support/earlier-release.ts';
import { handlerOn } from '../support/handling.ts';
import { edgeOf } from '../support/read-edge.ts';
import { memoryStores } from '../support/read-taps.ts';

// A command is sent, and its answer is lost. Then the next release is deployed, and the command is sent again.

interface Release {
  readonly purse: AnyDecider;
  /** What an import of this release makes of its line. */
  readonly imported: object;
}

const filledV1 = z.object({ amount: z.int() });
const today = defineDecider({
  name: 'purse',
  commands: { Fill: z.object({ amount: z.int() }) },
  events: { Filled: filledV1 },
  initialState: () => ({ amount: 0 }),
  decide: { Fill: ({ amount }) => [{ type: 'Filled', data: { amount } }] },
  evolve: { Filled: (before, { amount }) => ({ amount: before.amount + amount }) },
});
const currency = z.string().default('EUR');
const withDefault: AnyDecider = {
  ...today,
  commands: { Fill: z.object({ amount: z.int(), currency }) },
  events: { Filled: z.object({ amount: z.int(), currency }) },
};
const withUpcaster: AnyDecider = {
  ...withDefault,
  events: {
    Filled: versioned(z.object({ cents: z.int(), currency: z.string() }), {
      1: { from: filledV1, to: ({ amount }) => ({ cents: amount * 100, currency: 'EUR' }) },
    }),
  },
  decide: { Fill: ({ amount, ...data }: { amount: number }) => [{ type: 'Filled', data: { cents: amount * 100, ...data } }] },
  evolve: { Filled: (before, { cents }) => ({ amount: before.amount + cents / 100 }) },
};
const first: Release = { purse: today, imported: { amount: 5 } };
const next: Readonly<Record<string, Release>> = {
  'with a new default': { purse: withDefault, imported: { amount: 5 } },
  'with a new default and a new upcaster': { purse: withUpcaster, imported: { cents: 500, currency: 'EUR' } },
};

const sagaOf = (purse: AnyDecider): AnySaga => {
  const fill = (amount: number) => () => ({ id: '1', type: 'Fill', data: { amount } });
  return defineSaga({
    name: 'filling',
    context: z.object({}),
    startsOn: { of: purse, event: 'Filled', context: () => ({}) },
    steps: { FillMore: { to: purse, send: fill(1), undo: fill(-1) } },
    onAbort: { to: purse, send: fill(-5) },
  } as never);
};
const ofSaga =
  (task: Parameters<typeof commandOf>[3]) =>
  async ({ purse }: Release, store: EventStore) => {
    const input = { event: 'purse-0@1', correlationId: 'c', actor: 'ada', context: {} };
    const { decider, stream, request } = commandOf(sagaOf(purse), 'filling-4f2a', input, task);
    const { isRepeated: _, ...answer } = await handlerOn(store)(decider, stream, request as never);
    return answer;
  };

/** Every kind of command, and what its sender gets for an answer. */
const kinds: Readonly<Record<string, (release: Release, store: EventStore) => Promise<unknown>>> = {
  'of a client': async ({ purse }, store) => {
    const domain = defineDomain({ deciders: [purse], projections: [] });
    const { send } = edgeOf(domain, { ...memoryStores(), eventStore: store });
    const { status, body } = await send('purse', '1', 'Fill', { amount: 5 }, { 'idempotency-key': 'k1' });
    return { status, body };
  },
  'of a step': ofSaga({ does: 'send', step: 'FillMore', index: 0 }),
  'that undoes a step': ofSaga({ does: 'undo', step: 'FillMore', index: 0 }),
  'of a saga that aborts': ofSaga({ does: 'abort', reason: 'r' }),
  'of an import': async ({ purse, imported }, store) => {
    const line = { id: '1', recordedAt: '2001-02-03T04:05:06Z', commandId: 'row-7' };
    const toHistory = () => history(purse, { ...line, events: [{ type: 'Filled', data: imported }] });
    const entry = readEntry({ line: z.object({}), toHistory }, '{}');
    if (entry === undefined) throw new Error('no entry');
    const { commit } = await recorderOn(store)(entry);
    return commit;
  },
};
const now = () => new Date('2026-01-01T09:00:00.000Z');
const stores: Readonly<Record<string, typeof eventStore>> = { 'this release': eventStore, 'release 0.2': storeOfEarlierRelease };
const table = Object.keys(next).flatMap((release) =>
  Object.keys(kinds).flatMap((kind) => Object.keys(stores).map((by) => [kind, by, release] as const)),
);

describe('a command whose answer was lost is answered from the log after a release:', () => {
  test.each(table)('the command %s, recorded by %s, to a release %s', async (kind, by, release) => {
    const log = memoryCommitLog();
    const send = kinds[kind] as (typeof kinds)[string];
    const answer = await send(first, (stores[by] as typeof eventStore)(log, now));
    for (const instance of [eventStore(log, now), eventStore(log, now)])
      expect(await send(next[release] as Release, instance)).toEqual(answer);
    const { items } = await log.query('purse-1', { consistency: 'strong' });
    expect(items).toMatchObject([{ version: 1, count: 1 }]);
  });
});
