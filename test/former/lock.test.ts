import { describe, expect, test } from '@jest/globals';
import { defineDomain, versionedCommand, withFormer } from 'foldstream';
import * as z from 'zod';
import { obstacles } from '../../cli/doctor/rollback.ts';
import { commandShapes, compareCommands } from '../../core/schema-lock/answers.ts';
import { compare, type SchemaFinding } from '../../core/schema-lock/comparison.ts';
import { currentShapes, type SchemaLock } from '../../core/schema-lock/lock.ts';
import { compareReadModels } from '../../core/schema-lock/projection-findings.ts';
import { readModelShapes } from '../../core/schema-lock/projections.ts';
import { rehearse, renewed } from '../../core/schema-lock/rehearsal.ts';
import { compareSagas, sagaShapes } from '../../core/schema-lock/sagas.ts';
import type { AnyDecider } from '../../core/write/decider.ts';

const cents = z.int();
const placed = z.object({ customerId: z.string(), cents });
const priced = z.object({ cents });
const none = z.object({});

const domainOf = (events: object, { rows = {}, commands = {}, projections = [] }: Partial<Parts> = {}) => {
  const evolve = Object.fromEntries(Object.keys(events).map((type) => [type, (state: object) => state]));
  const decider = {
    name: 'order',
    revision: 1,
    commands,
    decide: commands,
    events,
    initialState: () => ({ cents: 0 }),
    evolve: { ...evolve, ...rows },
  };
  return defineDomain({ deciders: [decider as unknown as AnyDecider], projections: projections as never });
};
interface Parts {
  readonly rows: object;
  readonly commands: object;
  readonly projections: readonly object[];
}
type Tested = ReturnType<typeof domainOf>;

const lockOf = (domain: Tested, before: SchemaLock = {}): SchemaLock => renewed(before, currentShapes(domain, String), domain, String);
const said = (locked: SchemaLock, domain: Tested): readonly string[] =>
  [...compare(locked, currentShapes(domain, String)), ...rehearse(locked, domain, String)].map(told);
const told = ({ severity, path, change }: SchemaFinding) => `${severity}: ${path} ${change}`;

const add = (state: { cents: number }, data: { cents: number }) => ({ cents: state.cents + data.cents });
const original = domainOf({ OrderPlaced: placed, OrderViewed: none }, { rows: { OrderPlaced: add } });
const locked = lockOf(original);

const today = { OrderAccepted: z.object({ customerId: z.string() }), PriceAgreed: priced };
const split = {
  from: placed,
  into: ['OrderAccepted', 'PriceAgreed'],
  to: ({ customerId, cents }: z.output<typeof placed>) => [
    { type: 'OrderAccepted' as const, data: { customerId } },
    { type: 'PriceAgreed' as const, data: { cents } },
  ],
};
const viewed = { 1: { from: none, into: [], to: () => [] } };
const next = (row: object = split, rows: object = { PriceAgreed: add }) =>
  domainOf(withFormer(today, { OrderPlaced: { 1: row }, OrderViewed: viewed } as never), { rows });

describe('the lock', () => {
  test('has nothing of it without such rows', () => expect(JSON.stringify(locked)).not.toContain('former'));

  test('accepts a split and a drop that make the same states', () =>
    expect(said(locked, next())).toEqual([
      'compatible: order.OrderAccepted is a new event',
      'compatible: order.PriceAgreed is a new event',
      'compatible: order.OrderPlaced@1 becomes OrderAccepted, PriceAgreed, of which the first one acts for stored events',
      'compatible: order.OrderViewed@1 is dropped: readers pass it over',
    ]));

  test('keeps the shapes of the former types, and what they have become', () => {
    const renewedLock = lockOf(next(), locked);
    expect(renewedLock['order']).toMatchObject({
      events: { OrderPlaced: { 1: locked['order']?.events['OrderPlaced']?.[1] }, OrderViewed: { 1: {} }, PriceAgreed: { 1: {} } },
      former: { OrderPlaced: { 1: { into: ['OrderAccepted', 'PriceAgreed'] } }, OrderViewed: { 1: { into: [] } } },
    });
    expect(said(renewedLock, next())).toEqual([]);
  });

  test.each<[string, Tested, readonly string[]]>([
    ['a type is gone without a row', domainOf(today), ['order.OrderPlaced was removed', 'order.OrderViewed was removed']],
    ['the split makes other states', next(split, {}), ['makes another state of OrderPlaced@1', 'makes another state of OrderViewed@1']],
    [
      'the row does not take what is stored',
      next({ ...split, from: placed.extend({ more: z.int() }) }),
      ['order.OrderPlaced.more added, required', 'order.OrderPlaced@1 cannot be read'],
    ],
    [
      'the row makes what does not fit',
      next({ ...split, to: () => [{ type: 'PriceAgreed', data: {} }] }),
      ['order.OrderPlaced@1 cannot be read'],
    ],
  ])('refuses it if %s', (_, domain, faults) => {
    const found = said(locked, domain).filter((one) => one.startsWith('incompatible'));
    expect(found).toHaveLength(faults.length);
    for (const [index, fault] of faults.entries()) expect(found[index]).toContain(fault);
  });

  const now = lockOf(next(), locked);
  test.each<[string, Tested, readonly string[]]>([
    ['the other parts act', next({ ...split, othersAct: true }), ['incompatible: order.OrderPlaced@1.othersAct has changed']],
    [
      'the parts have another order',
      next({ ...split, into: split.into.toReversed() }),
      ['incompatible: order.OrderPlaced@1.into has changed'],
    ],
  ])('refuses afterwards that %s', (_, domain, findings) => expect(said(now, domain)).toEqual(findings));

  test('refuses afterwards that a row is gone, and says what to restore', () => {
    const gone = domainOf(withFormer(today, { OrderPlaced: { 1: split } }), { rows: { PriceAgreed: add } });
    const finding = compare(now, currentShapes(gone, String)).find(({ path }) => path === 'order.OrderViewed@1');
    expect(finding).toMatchObject({ change: 'no longer becomes nothing', remedy: expect.stringContaining('restore row 1 of OrderViewed') });
  });

  test('says that the older release does not know the new types, and that the former are recorded no more', () => {
    expect(obstacles(lockOf(next(), locked) as never, locked as never).map(({ what }) => what)).toEqual([
      'Event order.OrderAccepted',
      'Event order.PriceAgreed',
    ]);
  });
});

describe('documents', () => {
  const sums = (events: object, type: string) => ({
    ...{ name: 'sums', revision: 1, events, document: priced, initialState: () => ({ cents: 0 }) },
    evolve: { [type]: (sum: { cents: number }, data: { cents: number }) => ({ cents: sum.cents + data.cents }) },
  });
  const events = withFormer(today, { OrderPlaced: { 1: split } });
  const old = domainOf({ OrderPlaced: placed }, { projections: [sums({ OrderPlaced: placed }, 'OrderPlaced')] });
  const lockedDocuments = () => readModelShapes(old, { locked: lockOf(old), scenarios: [], sourceOf: String });

  test.each([
    ['the part', 'PriceAgreed', []],
    ['another part', 'OrderAccepted', ['makes another document of OrderPlaced@1']],
  ])('are tried with stored samples: a row for %s', (_, type, severities) => {
    const next = domainOf(events, { projections: [sums(events, type)] });
    const shapes = readModelShapes(next, { locked: lockOf(next, lockOf(old)), scenarios: [], sourceOf: String });
    expect(Object.keys(shapes.events)).toContain('OrderPlaced');
    const found = compareReadModels(next, lockedDocuments(), shapes).filter(({ severity }) => severity === 'incompatible');
    expect(found.map(told)).toEqual(severities.map((text) => expect.stringContaining(text)));
  });
});

test('a step of a saga that awaits a renamed event awaits the same one', () => {
  const saga = (decider: AnyDecider, type: string) =>
    ({
      ...{ name: 'one', context: none, startsOn: { of: decider, event: type, context: () => ({}) } },
      steps: { Wait: { to: decider, send: () => ({}), awaits: { [type]: 'proceed' }, timeoutSeconds: 60 } },
    }) as never;
  const events = withFormer(
    { Accepted: placed },
    { Placed: { 1: { from: placed, into: ['Accepted'], to: (data) => [{ type: 'Accepted', data }] } } },
  );
  const [was, is] = [domainOf({ Placed: placed }), domainOf(events)];
  const shapes = (domain: Tested, type: string) => sagaShapes({ ...domain, sagas: [saga(domain.deciders[0] as AnyDecider, type)] }, String);
  expect(compareSagas(shapes(was, 'Placed'), shapes(is, 'Accepted')).map(({ severity }) => severity)).toEqual(['compatible']);
});

describe('the versions of a command', () => {
  const first = z.object({ customer: z.string() });
  const second = z.object({ customerId: z.string() });
  const versions = (from: z.ZodType = first) => versionedCommand(second, { 1: { from, to: () => ({ customerId: 'ada' }) } });
  const shapesOf = (Place: z.ZodType) => commandShapes(domainOf({ Placed: placed }, { commands: { Place } }), String);
  const compared = (was: z.ZodType, is: z.ZodType) => compareCommands(shapesOf(was), shapesOf(is)).map(told);

  test('are in the lock if there are several', () => {
    expect(shapesOf(first)).toEqual({});
    expect(shapesOf(versions())).toMatchObject({ order: { Place: { 1: { required: ['customer'] }, 2: { required: ['customerId'] } } } });
  });
  test.each([
    [
      'are new',
      first,
      versions(),
      ['compatible: command order.Place@1 is a new version', 'compatible: command order.Place@2 is a new version'],
    ],
    ['are the same', versions(), versions(), []],
    [
      'are gone',
      versions(),
      second,
      ['incompatible: command order.Place@1 was removed', 'incompatible: command order.Place@2 was removed'],
    ],
    ['ask for more', versions(), versions(first.extend({ more: z.int() })), ['incompatible: command order.Place@1.more added, required']],
  ])('%s', (_, was, is, findings) => expect(compared(was, is)).toEqual(findings));
});
