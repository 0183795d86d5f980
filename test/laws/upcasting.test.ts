import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import * as z from 'zod';
import { memoryEventStore } from '../../adapters/event-log/memory-event-store.ts';
import { memoryReadModels } from '../../adapters/read-models/memory-read-models.ts';
import type { Address } from '../../core/basics/stream.ts';
import { type Commit, type EventStore, lastVersion, type StoredEvent } from '../../core/log/event-store.ts';
import { fromStored, toStored } from '../../core/log/stored-events.ts';
import { versioned } from '../../core/log/upcasting.ts';
import { defineProjection } from '../../core/read/projection.ts';
import { projector } from '../../core/read/projector.ts';
import { defineDecider, foldingOf } from '../../core/write/decider.ts';
import { handlerOn } from '../support/handling.ts';
import { append, errorOf, loadAll, newStream, request } from '../support/requests.ts';
import { runs } from '../support/runs.ts';

const paid = z.object({ cents: z.int(), currency: z.string() });
const fromEuros = { from: z.object({ euros: z.int() }), to: ({ euros }: { euros: number }) => ({ cents: euros * 100 }) };
const withCurrency = { from: z.object({ cents: z.int() }), to: ({ cents }: { cents: number }) => ({ cents, currency: 'EUR' }) };
const events = { Paid: versioned(paid, { 1: fromEuros, 2: withCurrency }), Closed: z.object({}) };

const account = defineDecider({
  name: 'account',
  commands: { Pay: paid },
  events,
  initialState: (): { readonly cents: number; readonly currencies: readonly string[] } => ({ cents: 0, currencies: [] }),
  decide: { Pay: (payment) => [{ type: 'Paid', data: payment }] },
  evolve: {
    Paid: (state, { cents, currency }) => ({ cents: state.cents + cents, currencies: [...new Set([...state.currencies, currency])] }),
    Closed: (state) => state,
  },
});
const balance = defineProjection({
  name: 'balance',
  revision: 1,
  events,
  document: z.object({ cents: z.int() }),
  initialState: () => ({ cents: 0 }),
  evolve: { Paid: (document, { cents }) => ({ cents: document.cents + cents }) },
});

/** A payment as some version of the code wrote it, and as the code of today would. */
interface Payment {
  readonly stored: StoredEvent;
  readonly latest: z.output<typeof paid>;
}
const payment: fc.Arbitrary<Payment> = fc
  .record({ schema: fc.constantFrom(1, 2, 3), amount: fc.integer({ min: 0, max: 1000 }), currency: fc.constantFrom('EUR', 'CHF') })
  .map(({ schema, amount, currency }) => {
    const forms = [{ euros: amount }, { cents: amount }, { cents: amount, currency }];
    return {
      stored: { type: 'Paid', schema, data: forms[schema - 1] },
      latest: { cents: schema === 1 ? amount * 100 : amount, currency: schema === 3 ? currency : 'EUR' },
    };
  });

const folded = (payments: readonly Payment[]) => ({
  cents: payments.reduce((sum, { latest }) => sum + latest.cents, 0),
  currencies: [...new Set(payments.map(({ latest }) => latest.currency))],
});

const stored = async (
  store: EventStore,
  all: readonly (readonly StoredEvent[])[],
): Promise<{ stream: Address; commits: readonly Commit[] }> => {
  const stream = newStream('account');
  let tail = store.begin(stream);
  for (const events of all) tail = (await append(store, tail, events)).tail;
  return { stream, commits: (await loadAll(store, stream)).commits };
};
const newStore = () => memoryEventStore(() => new Date());
const projected = async (eventStore: EventStore, stream: Address, commits: readonly Commit[]) => {
  const readModels = memoryReadModels();
  const stores = { eventStore, readModels, now: () => new Date(), pause: async () => {} };
  await projector(stores, () => [balance])([{ stream, commits }]);
  return readModels.get(balance, stream.id, 'strong');
};

test('law: every reader folds old events to the same state as events of the latest version', async () => {
  const history = fc.array(fc.array(payment, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(history, history, async (old, later) => {
      const store = newStore();
      const { stream, commits } = await stored(
        store,
        old.map((payments) => payments.map((one) => one.stored)),
      );
      const [before, after] = [old.flat(), later.flat()];
      const folding = foldingOf(account);
      expect((await store.load(stream, folding, 'strong')).state).toEqual(folded(before));
      expect(commits.flatMap((commit) => fromStored(events, commit)).map(({ data }) => data)).toEqual(before.map(({ latest }) => latest));
      expect((await projected(store, stream, commits)).document).toEqual({ cents: folded(before).cents });
      for (let version = 1; version <= before.length; version++)
        expect((await store.past(stream, folding, { version })).state).toEqual(folded(before.slice(0, version)));
      for (const { latest } of after) await handlerOn(store)(account, stream, request({ type: 'Pay', data: latest }));
      expect((await store.load(stream, folding, 'strong')).state).toEqual(folded([...before, ...after]));
    }),
    runs(60),
  );
});

test('a written event has the latest schema version, or 1 without upcasters', () => {
  const data = { cents: 1, currency: 'EUR' };
  expect(
    toStored(events, [
      { type: 'Paid', data },
      { type: 'Closed', data: {} },
    ]).map(({ schema }) => schema),
  ).toEqual([3, 1]);
});

describe('is named, and stops every reader:', () => {
  /** Most of them do not compile. */
  const withSteps = (upcasters: object) => ({ ...events, Paid: versioned(paid, upcasters as { 1: typeof withCurrency }) });
  const faults: Readonly<Record<string, { catalogue: typeof events; event: StoredEvent; name?: string; says: RegExp }>> = {
    'a step that is missing': {
      catalogue: withSteps({ 1: fromEuros, 3: { from: paid, to: (data: unknown) => data } }),
      event: { type: 'Paid', schema: 1, data: { euros: 1 } },
      says: /account-.*@1: Paid has no upcaster from schema version 2 to 3/,
    },
    'a first step that is missing': {
      catalogue: withSteps({ 2: withCurrency }),
      event: { type: 'Paid', schema: 1, data: { euros: 1 } },
      says: /@1: Paid .*from schema version 1 to 2/,
    },
    'a step that throws': {
      catalogue: withSteps({
        1: { ...fromEuros, to: ({ euros }: { euros: { cents: { of: number } } }) => euros.cents.of },
        2: withCurrency,
      }),
      event: { type: 'Paid', schema: 1, data: { euros: 1 } },
      says: /@1: the upcaster of Paid from schema version 1/,
    },
    'a step that makes what does not fit': {
      catalogue: withSteps({ 1: fromEuros, 2: { ...withCurrency, to: () => ({ cents: 'many', currency: 'EUR' }) } }),
      event: { type: 'Paid', schema: 1, data: { euros: 1 } },
      says: /@1: Paid does not fit its schema.*cents/,
    },
    'a step that makes what the next one does not take': {
      catalogue: withSteps({ 1: { ...fromEuros, to: () => ({ cents: 'many' }) }, 2: withCurrency }),
      event: { type: 'Paid', schema: 1, data: { euros: 1 } },
      says: /@1: the upcaster of Paid from schema version 2 failed: Paid of version 2: cents/,
    },
    'old data that do not fit the schema of their version': {
      catalogue: events,
      event: { type: 'Paid', schema: 1, data: { euro: 1 } },
      says: /@1: the upcaster of Paid from schema version 1 failed: Paid of version 1: euros/,
    },
    'data of a later code': {
      catalogue: events,
      event: { type: 'Paid', schema: 4, data: { cents: 1, currency: 'EUR' } },
      name: 'NewerRelease',
      says: /@1: this release knows Paid up to schema version 3, and this is version 4/,
    },
    'data without a version': {
      catalogue: events,
      event: { type: 'Paid', schema: 0, data: { cents: 1, currency: 'EUR' } },
      says: /@1: Paid .*version/,
    },
  };

  test.each(Object.entries(faults))('%s', async (_, { catalogue, event, name = 'InvalidEvent', says }) => {
    const store = newStore();
    const { stream, commits } = await stored(store, [[event]]);
    const now = { ...account, events: catalogue };
    const pay = request({ type: 'Pay' as const, data: { cents: 1, currency: 'EUR' } });
    for (const read of [
      () => store.load(stream, foldingOf(now), 'strong'),
      () => store.past(stream, foldingOf(now), { version: 1 }),
      () => handlerOn(store)(now, stream, pay),
      async () => commits.flatMap((commit) => fromStored(catalogue, commit)),
    ]) {
      const error = await errorOf(read());
      expect(error.name).toBe(name);
      expect(error.message).toMatch(says);
    }
    expect(lastVersion((await loadAll(store, stream)).commits.at(-1) as Commit)).toBe(1);
  });

  test('and a projection lets the stream wait', async () => {
    const store = newStore();
    const { stream, commits } = await stored(store, [[{ type: 'Paid', schema: 4, data: {} }]]);
    expect((await projected(store, stream, commits)).parked).toMatchObject({ needs: { type: 'Paid', schema: 4 } });
  });
});

describe('a versioned schema stays versioned', () => {
  const own = versioned(paid, { 1: fromEuros, 2: withCurrency });
  const others: Readonly<Record<string, z.ZodType>> = {
    'with a description': own.describe('a payment'),
    'with metadata, and one more description': own.meta({ title: 'Paid' }).describe('a payment'),
    'with a check': own.refine(({ cents }) => cents >= 0),
    'with one more field': own.extend({ note: z.string().optional() }),
    'where it can only be read': own.readonly(),
    'where it is wrapped and described': own.optional().describe('a payment'),
    'where something is made of it': own.transform((payment) => payment),
  };
  test.each(Object.entries(others))('%s', (_, schema) => {
    expect(toStored({ Paid: schema }, [{ type: 'Paid', data: {} }])).toMatchObject([{ schema: 3 }]);
    const at = { stream: newStream('account'), version: 1, recordedAt: '', ...request({ type: 'Pay', data: {} }) };
    const [event] = fromStored({ Paid: schema }, { ...at, events: [{ type: 'Paid', schema: 1, data: { euros: 2 } }] });
    expect(event?.data).toEqual({ cents: 200, currency: 'EUR' });
  });
});

test('the same schema stands without upcasters elsewhere', () => {
  expect(toStored({ Paid: paid }, [{ type: 'Paid', data: {} }])).toMatchObject([{ schema: 1 }]);
});
