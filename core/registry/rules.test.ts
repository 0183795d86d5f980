import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { fulfilment } from '../../test/domain/fulfilment/saga.ts';
import { domain } from '../../test/domain/index.ts';
import { order } from '../../test/domain/order/decider.ts';
import { orderSummary } from '../../test/domain/order/summary.ts';
import { payment } from '../../test/domain/payment/decider.ts';
import { stock } from '../../test/domain/stock/decider.ts';
import { tally, tallyTotal } from '../../test/support/tally.ts';
import { tallyPublication } from '../../test/support/tally-publication.ts';
import { type AnyCalls, defineCalls } from '../calls/calls.ts';
import type { AnyPublication } from '../publish/publication.ts';
import { type AnyProjection, defineProjection } from '../read/projection.ts';
import type { AnySaga } from '../sagas/saga.ts';
import { type AnyDecider, defineDecider } from '../write/decider.ts';
import { defineDomain, reservedNames } from './domain.ts';

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

// The remedy says where each member is read again, so these messages show that the member is known for what it is.
const changed = z.object({ at: z.string().transform((text) => text.trim()) });
const isChanged = (again: string, where: string): string =>
  `at is transformed, and again ${again}: use the schema of the result, and change the data in ${where}`;

describe('a domain', () => {
  test('of this service holds', () => expect(defineDomain(domain)).toBe(domain));
  test('may be empty', () => expect(defineDomain({ deciders: [], projections: [] })).toEqual({ deciders: [], projections: [] }));

  interface Rule {
    readonly deciders?: AnyDecider[];
    readonly projections?: AnyProjection[];
    readonly publications?: AnyPublication[];
    readonly calls?: AnyCalls[];
    readonly sagas?: AnySaga[];
    /** The whole message, without the word "domain: " that each begins with. */
    readonly says: string;
  }
  /** Kept for good, before a domain has a member of such a name: one may be added here, and none taken away. */
  const reservedPaths = ['streams', 'sagas', 'parked', 'relay', 'health', 'openapi.json', 'asyncapi.json'];
  reservedPaths.push('queries', 'webhooks', 'subjects', 'system', 'console');
  const smallLetters = "a publication's name is small letters and digits, with . or - between";
  const firstWord = (name: string) => `'${name}' is a first word of the API's own paths: give the aggregate or projection another name`;
  const rules: Readonly<Record<string, Rule>> = {
    'two aggregates of one name': { deciders: [tally, tally], says: "two members share the aggregate name 'tally'" },
    'one revision of a projection, twice': {
      projections: [tallyTotal, tallyTotal],
      says: "two members share the projection name 'tally-total@1'",
    },
    'one event type in two aggregates': { deciders: [renamed('a'), renamed('b')], says: "two members share the event name 'Went'" },
    ...Object.fromEntries(
      ['my-order', '', '1a', 'a_b'].map((name) => [
        `an aggregate named '${name}'`,
        { deciders: [renamed(name)], says: `'${name}': an aggregate's name is a letter, then letters and digits` },
      ]),
    ),
    'a command that changes its data': {
      deciders: [{ ...tally, commands: { ...tally.commands, Clear: changed } }],
      says: `command Clear of tally: ${isChanged('where a saga sends the result', 'decide')}`,
    },
    'an event that changes its data': {
      deciders: [{ ...tally, events: { ...tally.events, Cleared: changed } }],
      says: `event Cleared: ${isChanged('each time the event is read', 'decide')}`,
    },
    'a document that changes its data': {
      projections: [projection({ document: changed, indexes: {} })],
      says: `document of tally-total@1: ${isChanged('each time the document is read', 'evolve')}`,
    },
    'an integration event that changes its data': {
      publications: [publication({ publishes: { ...tallyPublication.publishes, 'Closed.v1': changed } })],
      says: `integration event Closed.v1 of tallies: ${isChanged('by each reader', 'map')}`,
    },
    'a context that changes its data': {
      deciders: [order, payment, stock],
      sagas: [{ ...fulfilment, context: changed } as AnySaga],
      says: `context of saga fulfilment: ${isChanged('in each step', 'the context of startsOn')}`,
    },
    'two publications of one name': {
      publications: [tallyPublication, tallyPublication],
      says: "two members share the publication name 'tallies'",
    },
    ...Object.fromEntries(
      ['Tallies', 'tallies.', '.tallies', 'a..b', 'a b', '1a', ''].map((name) => [
        `a publication named '${name}'`,
        { publications: [publication({ name })], says: `'${name}': ${smallLetters}` },
      ]),
    ),
    'a publication that seems to be of AWS': {
      publications: [publication({ name: 'aws.tallies' })],
      says: "'aws.tallies': names in aws. are those of AWS",
    },
    ...Object.fromEntries(
      ['calls', 'sagas'].map((name) => [
        `a publication named '${name}', which the service would hear`,
        { publications: [publication({ name })], says: `'${name}': the service itself listens to that name` },
      ]),
    ),
    ...Object.fromEntries(
      ['Added', 'Added.v0', 'Added.v1x', 'added.v1', 'xAdded.v1', 'Added.v1.v2', 'Addedv1'].map((type) => [
        `an integration event of type '${type}'`,
        {
          publications: [publication({ publishes: { [type]: z.object({}) } })],
          says: `tallies: '${type}' does not say its version, like OrderPlaced.v1`,
        },
      ]),
    ),
    'a publication of an event that nobody records': {
      publications: [publication({ map: { Subtracted: () => null } })],
      says: "tallies: no aggregate records 'Subtracted'",
    },
    'a publication without rows': { publications: [publication({ map: {} })], says: 'tallies: it has a row for no event' },
    ...Object.fromEntries(
      ['TallyTotal', 'tally_total', '-tally', 'tally-', 'tally--total', '1tally', ''].map((name) => [
        `a projection named '${name}'`,
        { projections: [projection({ name })], says: `'${name}': a projection's name is kebab-case` },
      ]),
    ),
    ...Object.fromEntries(
      reservedPaths.flatMap((name) => [
        [`a projection named ${name}`, { projections: [projection({ name })], says: firstWord(name) }],
        [`an aggregate named ${name}`, { deciders: [tally, renamed(name)], says: firstWord(name) }],
      ]),
    ),
    'an aggregate named operations': {
      deciders: [tally, renamed('operations')],
      says: "'operations' is the first word of the operators' scope: give the aggregate or projection another name",
    },
    ...Object.fromEntries(
      [0, -1, 1.5].map((revision) => [
        `revision ${revision}`,
        { projections: [projection({ revision })], says: 'tally-total: a revision is a whole number from 1' },
      ]),
    ),
    'a projection without rows': { projections: [projection({ evolve: {} })], says: 'tally-total: it has a row for no event' },
    'a projection of events that nobody records': {
      projections: [orderSummary],
      says: "order-summary: no aggregate records 'OrderPlaced'",
    },
    'a projection of two aggregates': {
      deciders: [tally, order],
      projections: [projection({ evolve: { ...tallyTotal.evolve, ...orderSummary.evolve } })],
      says: 'tally-total: without a key its events are those of one aggregate, not of tally,order',
    },
    'a row for an event that nobody records': {
      projections: [projection({ evolve: { ...tallyTotal.evolve, Addded: () => null } })],
      says: "tally-total: no aggregate records 'Addded'",
    },
    'two sagas of one name': { sagas: [fulfilment, fulfilment], says: "two members share the saga name 'fulfilment'" },
    'a saga that starts on an event that nobody records': {
      sagas: [fulfilment],
      says: "fulfilment: it starts on an event of 'order', which is no aggregate here",
    },
    'two third parties of one name': { calls: [bank, bank], says: "two members share the third party name 'bank'" },
    ...Object.fromEntries(
      ['The Bank', 'bank-', '-bank', 'a--b', '1bank'].map((name) => [
        `a third party named '${name}'`,
        { calls: [{ ...bank, name }], says: `'${name}': a third party's name is kebab-case` },
      ]),
    ),
    'a call for an aggregate that is not there': {
      deciders: [order],
      calls: [bank],
      says: "bank: it is called for events of 'tally', which is no aggregate here",
    },
    'a call for an event that is not recorded': {
      calls: [{ ...bank, on: { Addded: () => null } }],
      says: "bank: 'tally' does not record 'Addded'",
    },
    'a third party that is never called': { calls: [{ ...bank, on: {} }], says: 'bank: it has a row for no event' },
    ...Object.fromEntries(
      ['sort', 'from', 'to', 'order', 'limit', 'cursor'].map((field) => [
        `an index by the parameter '${field}'`,
        {
          projections: [projection({ indexes: { byField: { partition: field, sort: 'other' } } })],
          says: `tally-total: '${field}' is a parameter of every list and cannot be a partition`,
        },
      ]),
    ),
    ...Object.fromEntries(
      ['key', 'version', 'recordedAt', 'document', 'parked', 'fault', 'wholeVersion', 'tenant/x'].flatMap((field) => [
        [`an index sorted by '${field}'`, { projections: [byField(field)], says: `by-field: the read table needs '${field}' for itself` }],
        [
          `an index in partitions by '${field}'`,
          {
            projections: [projection({ indexes: { byField: { partition: field, sort: 'sum' } } })],
            says: `tally-total: the read table needs '${field}' for itself`,
          },
        ],
      ]),
    ),
    'an index named parked': {
      projections: [projection({ indexes: { parked: { partition: 'parity', sort: 'sum' } } })],
      says: "tally-total: the read table needs the index 'parked' for itself",
    },
    ...Object.fromEntries(
      ['by', 'by field', ' byField', 'byField ', 'b'.repeat(256)].map((index) => [
        `an index named '${index}'`,
        {
          projections: [projection({ indexes: { [index]: { partition: 'parity', sort: 'sum' } } })],
          says: `tally-total: the index '${index}' needs a name of 3 or more letters and digits`,
        },
      ]),
    ),
    'an index of one field': {
      projections: [projection({ indexes: { byField: { partition: 'sum', sort: 'sum' } } })],
      says: "tally-total: the index 'byField' needs two different fields",
    },
    'a scope for a command that is not there': {
      deciders: [{ ...tally, scopes: { Subtract: 'tally:write' } }],
      says: "tally: a scope for 'Subtract', which is no command",
    },
    "a command with the operators' scope": {
      deciders: [{ ...tally, scopes: { Add: 'operations:read' } }],
      says: "tally: the scopes in 'operations:' are those of operators",
    },
    "a projection with a scope of the operators'": {
      projections: [projection({ scope: 'operations:other' })],
      says: "tally-total: the scopes in 'operations:' are those of operators",
    },
    'a projection with the name of an aggregate': {
      projections: [projection({ name: 'tally' })],
      says: "'tally': the aggregate and the projection of this name share the scope 'tally:read': give the projection another name or a scope",
    },
    'a projection with the name of one of two aggregates': {
      deciders: [renamed('other'), tally],
      projections: [projection({ name: 'tally' })],
      says: "'tally': the aggregate and the projection of this name share the scope 'tally:read': give the projection another name or a scope",
    },
    'a projection with the name and, in words, the scope of an aggregate': {
      projections: [projection({ name: 'tally', scope: 'tally:read' })],
      says: "'tally': the aggregate and the projection of this name share the scope 'tally:read': give the projection another name or a scope",
    },
    'a scope that is none': { deciders: [{ ...tally, scopes: { Add: 'to add' } }], says: "'to add' cannot be a scope" },
  };

  test.each(Object.entries(rules))('is refused: %s', (_, { says, ...members }) => {
    expect(() => defineDomain({ deciders: [tally], projections: [], ...members })).toThrow(new Error(`domain: ${says}`));
  });

  test.each([
    { deciders: [renamed('o2')] },
    { projections: [projection({ name: 'tally-2-total3', revision: 12 })] },
    {
      projections: [
        projection({ indexes: { 'a.b_-': { partition: 'parity', sort: 'sum' }, ['b'.repeat(255)]: { partition: 'sum', sort: 'parity' } } }),
      ],
    },
    { publications: [publication({ name: 'a1.b-c2' }), publication({ name: 'awsome' })] },
    { publications: [publication({ publishes: { 'A9b.v10': z.object({}) } })] },
    { calls: [{ ...bank, name: 'bank-2-b3' }] },
    { deciders: [{ ...tally, scopes: { Add: 'tally:add' } }] },
    { projections: [projection({ name: 'tally', scope: 'sums:read' })] },
    { projections: [projection({ scope: 'operations-of-ours:read' })] },
    { deciders: [order, payment, stock], sagas: [fulfilment] },
  ])('may have such names (%#)', (members) => expect(() => defineDomain({ deciders: [tally], projections: [], ...members })).not.toThrow());

  test('may have a projection of two aggregates that has a key', () => {
    const evolve = { ...tallyTotal.evolve, ...orderSummary.evolve };
    const both = { deciders: [tally, order], projections: [projection({ evolve, key: () => 'all' })] };
    expect(() => defineDomain(both)).not.toThrow();
  });
});

test('the names that the service keeps for itself are told', () => {
  expect([...reservedNames]).toEqual([
    ...['streams', 'sagas', 'parked', 'relay', 'health', 'openapi.json', 'asyncapi.json'],
    ...['queries', 'webhooks', 'subjects', 'system', 'console'],
  ]);
});
