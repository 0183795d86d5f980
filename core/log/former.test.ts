import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { type Commit, recorded } from './event-store.ts';
import { EventDropped, findEvent, unlessDropped } from './find-event.ts';
import { formerTypes, lift, typesStored, typesToday, withFormer } from './former.ts';
import { acting, fromStored } from './stored-events.ts';
import { conversionsOf, currentVersion, versioned } from './upcasting.ts';

const today = {
  Accepted: z.object({ customerId: z.string() }),
  PriceAgreed: z.object({ cents: z.int() }),
  LineAdded: z.object({ product: z.string() }),
};

/** Release 1 stored `Placed`, `Ordered`, `Viewed` and `Accepted` with a price. Each row is of another release. */
const events = withFormer(today, {
  Ordered: {
    1: {
      from: z.object({ customer: z.string() }),
      into: ['Accepted'],
      to: ({ customer }) => [{ type: 'Accepted', data: { customerId: customer } }],
    },
  },
  Accepted: {
    1: {
      from: z.object({ customerId: z.string(), cents: z.int() }),
      into: ['Accepted', 'PriceAgreed'],
      to: ({ customerId, cents }) => [
        { type: 'Accepted', data: { customerId } },
        { type: 'PriceAgreed', data: { cents } },
      ],
    },
  },
  Placed: {
    1: {
      from: z.object({ customerId: z.string(), cents: z.int(), products: z.array(z.string()) }),
      into: ['Accepted', 'LineAdded'],
      othersAct: true,
      to: ({ products, ...order }) => [
        { type: 'Accepted', schema: 1, data: order },
        ...products.map((product) => ({ type: 'LineAdded', data: { product } }) as const),
      ],
    },
  },
  Viewed: { 1: { from: z.object({}), into: [], to: () => [] } },
});

const stored = (type: string, data: unknown, schema = 1) => ({ type, schema, data });
const commitOf = (...all: readonly ReturnType<typeof stored>[]): Commit => ({
  ...{ stream: { aggregate: 'order', id: '42' }, version: 8, events: all, recordedAt: '2026-01-01T00:00:00.000Z' },
  ...{ commandId: 'k', correlationId: 'c', causationId: 'k' },
});
const told = (commit: Commit) => fromStored(events, commit).map(({ type, data, metadata }) => [metadata.eventId, type, data]);

describe('a stored event', () => {
  test('has another name today, and its own id', () =>
    expect(told(commitOf(stored('Ordered', { customer: 'ada' })))).toEqual([['order-42@8', 'Accepted', { customerId: 'ada' }]]));

  test('is several events, of which the first has its id', () =>
    expect(told(commitOf(stored('Accepted', { customerId: 'ada', cents: 7 })))).toEqual([
      ['order-42@8', 'Accepted', { customerId: 'ada' }],
      ['order-42@8.2', 'PriceAgreed', { cents: 7 }],
    ]));

  test('that is split again keeps the ids of the first split', () =>
    expect(told(commitOf(stored('Placed', { customerId: 'ada', cents: 7, products: ['a', 'b'] })))).toEqual([
      ['order-42@8', 'Accepted', { customerId: 'ada' }],
      ['order-42@8.1.2', 'PriceAgreed', { cents: 7 }],
      ['order-42@8.2', 'LineAdded', { product: 'a' }],
      ['order-42@8.3', 'LineAdded', { product: 'b' }],
    ]));

  test('is none, and the versions of the others stay', () =>
    expect(told(commitOf(stored('Viewed', {}), stored('Accepted', { customerId: 'ada' }, 2)))).toEqual([
      ['order-42@9', 'Accepted', { customerId: 'ada' }],
    ]));

  test('acts through its first part, and through the others where the row says so', () => {
    const ids = (one: ReturnType<typeof stored>) => {
      const commit = commitOf(one);
      return acting(events, recorded(commit)[0] as never, commit).map(({ metadata }) => metadata.eventId);
    };
    expect(ids(stored('Accepted', { customerId: 'ada', cents: 7 }))).toEqual(['order-42@8']);
    expect(ids(stored('Placed', { customerId: 'ada', cents: 7, products: ['a'] }))).toEqual(['order-42@8', 'order-42@8.2']);
  });

  test.each([
    ['of a newer version', stored('Accepted', {}, 3), 'Accepted up to schema version 2'],
    ['of a newer version of a former type', stored('Ordered', {}, 2), 'Ordered up to schema version 1'],
    ['that is unknown', stored('Renamed', {}), "no event 'Renamed'"],
    ['that does not fit its row', stored('Ordered', {}), 'the row of Ordered of schema version 1 failed: Ordered of version 1: customer'],
    ['without a version', stored('Accepted', {}, 0), 'no schema version'],
    ['with too many parts', stored('Placed', { customerId: 'a', cents: 1, products: Array(40).fill('p') }), 'has more than 32 parts'],
  ])('%s fails', (_, one, message) => expect(() => fromStored(events, commitOf(one))).toThrow(message));
});

describe('a catalogue', () => {
  test('has the types of today as its keys, in copies, too', () => {
    expect(Object.keys(events)).toEqual(['Accepted', 'PriceAgreed', 'LineAdded']);
    for (const copy of [{ ...events }, Object.assign({}, events)])
      expect(formerTypes(copy).map(([type, schema]) => [type, currentVersion(schema)])).toEqual([
        ['Ordered', 1],
        ['Placed', 1],
        ['Viewed', 1],
      ]);
    expect(currentVersion(events.Accepted)).toBe(2);
    expect(conversionsOf(events.PriceAgreed)).toEqual({});
  });

  test('knows what a stored type is today, and what a type of today was', () => {
    expect(typesToday(events, 'Placed')).toEqual(['Accepted', 'PriceAgreed', 'LineAdded']);
    expect(typesToday(events, 'Accepted')).toEqual(['Accepted', 'PriceAgreed']);
    expect(typesToday(events, 'Viewed')).toEqual([]);
    expect(typesToday(events, 'constructor')).toEqual(['constructor']);
    expect(typesStored(events, ['PriceAgreed'])).toEqual(['PriceAgreed', 'Accepted', 'Ordered', 'Placed']);
    expect(typesStored(events, ['LineAdded'])).toEqual(['LineAdded', 'Placed']);
  });

  const row = { from: z.object({}), into: [], to: () => [] };
  test.each([
    ['a version is missing', () => withFormer(today, { Viewed: { 2: row } }), 'Viewed: the rows are those of version 1, 2'],
    ['there is no row', () => withFormer(today, { Viewed: {} }), 'Viewed: the rows are those of version 1, 2'],
    ['a row answers an unknown type', () => withFormer(today, { Viewed: { 1: { ...row, into: ['Seen'] } } }), "no event is called 'Seen'"],
    [
      'a type has versions elsewhere, too',
      () => withFormer({ A: versioned(z.object({}), { 1: { from: z.object({}), to: () => ({}) } }) }, { A: { 1: row } }),
      'A: it has rows here and in `versioned`',
    ],
  ])('is refused if %s', (_, make, message) => expect(make).toThrow(message));

  test('fails where a row answers what it does not name, leads to itself, or answers no list', () => {
    const lifting = (former: object) => () =>
      lift(withFormer(today, { Old: { 1: { from: z.object({}), ...former } } } as never), stored('Old', {}), 'x@1');
    expect(lifting({ into: [], to: () => [{ type: 'LineAdded', data: { product: 'a' } }] })).toThrow(
      'answers LineAdded, which its `into` does not name',
    );
    expect(lifting({ into: ['Old'], to: () => [{ type: 'Old', schema: 1, data: {} }] })).toThrow('lead to no event of today');
    expect(lifting({ into: ['Old'], to: () => [{ type: 'Old', data: {} }] })).toThrow('must say the schema version');
    expect(lifting({ into: [], to: () => ({}) })).toThrow('must answer a list');
    expect(typesToday(withFormer(today, { Old: { 1: { from: z.object({}), into: ['Old'], to: () => [] } } }), 'Old')).toEqual([]);
  });
});

describe('an event is found by the id', () => {
  const find = (id: string, ...all: readonly ReturnType<typeof stored>[]) =>
    findEvent({ eventsOf: () => events, eventStore: { read: async () => ({ commits: [commitOf(...all)] }) } })(id);

  test('of its whole and of its part', async () => {
    const whole = stored('Accepted', { customerId: 'ada', cents: 7 });
    expect(await find('order-42@8', whole)).toMatchObject({ type: 'Accepted' });
    expect(await find('order-42@8.2', whole)).toMatchObject({ type: 'PriceAgreed', metadata: { version: 8, eventId: 'order-42@8.2' } });
    for (const id of ['order-42@8.3', 'order-42@8.1', 'order-42@8.0', 'order-42@8.']) await expect(find(id, whole)).rejects.toThrow();
  });

  test('of what was dropped: it is not found, and a notice of it causes nothing', async () => {
    await expect(find('order-42@8', stored('Viewed', {}))).rejects.toBeInstanceOf(EventDropped);
    expect(await unlessDropped(find('order-42@8', stored('Viewed', {})))).toBeUndefined();
    await expect(unlessDropped(find('order-42@9', stored('Viewed', {})))).rejects.toThrow('the log has no event');
  });
});
