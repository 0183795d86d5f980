import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { domain } from '../../test/domain/index.ts';
import { order } from '../../test/domain/order/decider.ts';
import { orderSummary } from '../../test/domain/order/summary.ts';
import { tally, tallyTotal } from '../../test/support/tally.ts';
import { tallyPublication } from '../../test/support/tally-publication.ts';
import { Invalid, NotFound } from '../basics/errors.ts';
import { type AnyCalls, defineCalls } from '../calls/calls.ts';
import type { AnyPublication } from '../publish/publication.ts';
import { type AnyProjection, defineProjection } from '../read/projection.ts';
import { type AnyDecider, defineDecider } from '../write/decider.ts';
import { aggregateOf, deciderNamed, defineDomain, isPublished, parseCommand, projectionsOf, revisionOf, revisionsOf } from './domain.ts';

const nothingElse = { commands: {}, initialState: () => ({}), decide: {} };
const renamed = (name: string): AnyDecider =>
  defineDecider({ ...nothingElse, name, events: { Went: z.object({}) }, evolve: { Went: (state) => state } });
const projection = (change: Partial<AnyProjection>): AnyProjection => ({ ...tallyTotal, ...change });
const publication = (change: Partial<AnyPublication>): AnyPublication => ({ ...tallyPublication, ...change });
const bank = defineCalls({ name: 'bank', of: tally, on: { Added: () => null } });
const byField = (field: string): AnyProjection =>
  defineProjection({
    name: 'by-field',
    revision: 1,
    events: tally.events,
    document: z.object({ [field]: z.string(), other: z.string() }),
    indexes: { byField: { partition: 'other', sort: field } },
    initialState: () => ({ other: '' }),
    evolve: { Added: (document) => document },
  });

describe('a domain', () => {
  test('of this service holds', () => expect(defineDomain(domain)).toBe(domain));
  test('may be empty', () => expect(defineDomain({ deciders: [], projections: [] })).toEqual({ deciders: [], projections: [] }));

  interface Rule {
    readonly deciders?: AnyDecider[];
    readonly projections?: AnyProjection[];
    readonly publications?: AnyPublication[];
    readonly calls?: AnyCalls[];
    readonly says: RegExp;
  }
  /** Kept for good, before a domain has a member of such a name: one may be added here, and none taken away. */
  const reservedPaths = ['streams', 'sagas', 'parked', 'relay', 'health', 'openapi.json', 'asyncapi.json'];
  reservedPaths.push('queries', 'webhooks', 'subjects', 'system', 'console');
  const rules: Readonly<Record<string, Rule>> = {
    'two aggregates of one name': { deciders: [tally, tally], says: /aggregate.*tally/ },
    'one revision of a projection, twice': { projections: [tallyTotal, tallyTotal], says: /projection.*tally-total/ },
    'one event type in two aggregates': { deciders: [renamed('a'), renamed('b')], says: /event.*Went/ },
    'an aggregate with a - in its name': { deciders: [renamed('my-order')], says: /my-order/ },
    'an aggregate with an empty name': { deciders: [renamed('')], says: /aggregate/ },
    'two publications of one name': { publications: [tallyPublication, tallyPublication], says: /publication.*tallies/ },
    'a publication in capitals': { publications: [publication({ name: 'Tallies' })], says: /Tallies.*small letters/ },
    'a publication that seems to be of AWS': { publications: [publication({ name: 'aws.tallies' })], says: /aws\./ },
    'an integration event without a version': {
      publications: [publication({ publishes: { Added: z.object({}) } })],
      says: /tallies: 'Added'.*version/,
    },
    'a publication of an event that nobody records': {
      publications: [publication({ map: { Subtracted: () => null } })],
      says: /tallies: no aggregate records 'Subtracted'/,
    },
    'a publication without rows': { publications: [publication({ map: {} })], says: /tallies.*no event/ },
    'a projection in capitals': { projections: [projection({ name: 'TallyTotal' })], says: /TallyTotal.*kebab/ },
    ...Object.fromEntries(
      [...reservedPaths, 'operations'].flatMap((name) => [
        [`a projection named ${name}`, { projections: [projection({ name })], says: new RegExp(`'${name}' is .*first word`) }],
        [`an aggregate named ${name}`, { deciders: [tally, renamed(name)], says: new RegExp(`'${name}' is .*first word`) }],
      ]),
    ),
    'a revision of 0': { projections: [projection({ revision: 0 })], says: /tally-total.*revision/ },
    'half a revision': { projections: [projection({ revision: 1.5 })], says: /tally-total.*revision/ },
    'a projection without rows': { projections: [projection({ evolve: {} })], says: /tally-total/ },
    'a projection of events that nobody records': { projections: [orderSummary], says: /order-summary/ },
    'a projection of two aggregates': {
      deciders: [tally, order],
      projections: [projection({ evolve: { ...tallyTotal.evolve, ...orderSummary.evolve } })],
      says: /tally-total.*one aggregate/,
    },
    'a row for an event that nobody records': {
      projections: [projection({ evolve: { ...tallyTotal.evolve, Addded: () => null } })],
      says: /tally-total.*Addded/,
    },
    'a publication that the caller would hear': { publications: [{ ...tallyPublication, name: 'calls' }], says: /'calls'/ },
    'two third parties of one name': { calls: [bank, bank], says: /third party name 'bank'/ },
    'a third party whose name is not kebab-case': { calls: [{ ...bank, name: 'The Bank' }], says: /'The Bank'/ },
    'a call for an aggregate that is not there': { deciders: [order], calls: [bank], says: /bank.*'tally'/ },
    'a call for an event that is not recorded': { calls: [{ ...bank, on: { Addded: () => null } }], says: /bank.*'Addded'/ },
    'a third party that is never called': { calls: [{ ...bank, on: {} }], says: /bank/ },
    ...Object.fromEntries(
      ['sort', 'from', 'to', 'order', 'limit', 'cursor'].map((field) => [
        `an index by the parameter '${field}'`,
        {
          projections: [projection({ indexes: { byField: { partition: field, sort: 'other' } } })],
          says: new RegExp(`tally-total.*'${field}' is a parameter`),
        },
      ]),
    ),
    ...Object.fromEntries(
      ['key', 'version', 'recordedAt', 'document'].map((field) => [
        `an index on the field '${field}'`,
        { projections: [byField(field)], says: new RegExp(`by-field.*${field}`) },
      ]),
    ),
  };

  test.each(Object.entries(rules))('is refused: %s', (_, { deciders = [tally], projections = [], publications = [], calls = [], says }) => {
    expect(() => defineDomain({ deciders, projections, publications, calls })).toThrow(says);
  });
});

describe('by name', () => {
  const both = defineDomain({ deciders: [order, tally], projections: [orderSummary, tallyTotal] });

  test('an aggregate', () => expect(deciderNamed(both, 'tally')).toBe(tally));
  test('a revision of a projection', () => {
    const third = { ...tallyTotal, revision: 3 };
    const side = defineDomain({ deciders: [tally], projections: [third, tallyTotal] });
    expect(revisionsOf(side, 'tally-total')).toEqual([tallyTotal, third]);
    expect(revisionOf(side, 'tally-total', 3)).toBe(third);
    expect(() => revisionOf(side, 'tally-total', 2)).toThrow(expect.objectContaining({ name: 'NotFound', code: 'UnknownProjection' }));
  });
  test('the projections that listen to an aggregate', () => {
    expect(projectionsOf(both)('tally')).toEqual([tallyTotal]);
    expect(projectionsOf(both)('nobody')).toEqual([]);
  });
  test('the aggregate that a projection listens to', () => expect(aggregateOf(both, tallyTotal)).toBe(tally));

  test.each(['', 'Tally', 'constructor', '__proto__'])('%j is not found', (name) => {
    expect(() => deciderNamed(both, name)).toThrow(expect.objectContaining({ name: 'NotFound', code: 'UnknownAggregate' }));
    expect(() => revisionsOf(both, name)).toThrow(expect.objectContaining({ name: 'NotFound', code: 'UnknownProjection' }));
  });
});

test('an aggregate is published if one of its events may leave', () => {
  const both = defineDomain({ deciders: [order, tally], projections: [], publications: [tallyPublication] });
  expect(['tally', 'order', 'nobody'].map(isPublished(both))).toEqual([true, false, false]);
});

describe('a command from outside', () => {
  test('is checked and stripped', () => {
    expect(parseCommand(tally, 'Add', { amounts: [1], more: 1 })).toEqual({ type: 'Add', data: { amounts: [1] } });
  });
  test.each(['constructor', 'toString', '__proto__', 'Added', 'add', ''])('%j is none', (type) => {
    expect(() => parseCommand(tally, type, {})).toThrow(NotFound);
    expect(() => parseCommand(tally, type, {})).toThrow(expect.objectContaining({ code: 'UnknownCommand' }));
  });
  test.each([undefined, null, [], 'x', {}, { amounts: 1 }, { amounts: ['1'] }])('with the data %j is invalid', (data) => {
    expect(() => parseCommand(tally, 'Add', data)).toThrow(Invalid);
    expect(() => parseCommand(tally, 'Add', data)).toThrow(expect.objectContaining({ code: 'InvalidData' }));
  });
});
