import { describe, expect, test } from '@jest/globals';
import { fulfilment } from '../../test/domain/fulfilment/saga.ts';
import { order } from '../../test/domain/order/decider.ts';
import { orderSummary } from '../../test/domain/order/summary.ts';
import { payment } from '../../test/domain/payment/decider.ts';
import { stock } from '../../test/domain/stock/decider.ts';
import { domain as loyalty } from '../../test/loyalty/index.ts';
import { tally, tallyTotal } from '../../test/support/tally.ts';
import { tallyPublication } from '../../test/support/tally-publication.ts';
import { Invalid } from '../basics/errors.ts';
import { defineCalls } from '../calls/calls.ts';
import {
  aggregateOf,
  deciderNamed,
  defineDomain,
  eventsOf,
  hasRelayed,
  isListening,
  isPublished,
  isRelayed,
  parseCommand,
  projectionNames,
  projectionsOf,
  publicationsOf,
  relayedOf,
  revisionOf,
  revisionsOf,
  sagasOf,
} from './domain.ts';

const bank = defineCalls({ name: 'bank', of: tally, on: { Added: () => null } });

describe('by name', () => {
  const both = defineDomain({ deciders: [order, tally], projections: [orderSummary, tallyTotal] });

  test('an aggregate', () => expect(deciderNamed(both, 'tally')).toBe(tally));
  test('a revision of a projection', () => {
    const third = { ...tallyTotal, revision: 3 };
    const side = defineDomain({ deciders: [tally], projections: [third, tallyTotal] });
    expect(revisionsOf(side, 'tally-total')).toEqual([tallyTotal, third]);
    expect(revisionOf(side, 'tally-total', 3)).toBe(third);
    const unknown = { name: 'NotFound', code: 'UnknownProjection', message: "there is no projection 'tally-total@2'" };
    expect(() => revisionOf(side, 'tally-total', 2)).toThrow(expect.objectContaining(unknown));
    expect(projectionNames(side)).toEqual(['tally-total']);
  });
  test('the projections that listen to an aggregate', () => {
    expect(projectionsOf(both)('tally')).toEqual([tallyTotal]);
    expect(projectionsOf(both)('nobody')).toEqual([]);
  });
  test('the aggregate that a projection listens to', () => {
    expect(aggregateOf(both, tallyTotal)).toBe(tally);
    expect([order, tally].map(({ name }) => isListening(both)(tallyTotal, { aggregate: name, id: '1' }))).toEqual([false, true]);
    expect(projectionNames(both)).toEqual(['order-summary', 'tally-total']);
  });
  test('the events of an aggregate', () => {
    expect(eventsOf(both)('tally')).toBe(tally.events);
    expect(() => eventsOf(both)('nobody')).toThrow(expect.objectContaining({ code: 'UnknownAggregate' }));
  });

  test.each(['', 'Tally', 'constructor', '__proto__'])('%j is not found', (name) => {
    const message = (what: string) => ({ name: 'NotFound', message: `there is no ${what} '${name}'` });
    expect(() => deciderNamed(both, name)).toThrow(expect.objectContaining({ ...message('aggregate'), code: 'UnknownAggregate' }));
    expect(() => revisionsOf(both, name)).toThrow(expect.objectContaining({ ...message('projection'), code: 'UnknownProjection' }));
  });
});

test('an aggregate is published if one of its events may leave', () => {
  const both = defineDomain({ deciders: [order, tally], projections: [], publications: [tallyPublication] });
  expect(['tally', 'order', 'nobody'].map(isPublished(both))).toEqual([true, false, false]);
});

describe('the relay publishes', () => {
  const members = { deciders: [order, payment, stock, tally], projections: [] };
  const relayed = (more: object) => {
    const all = defineDomain({ ...members, ...more });
    expect(hasRelayed(all)).toBe(relayedOf(all).length > 0);
    return [relayedOf(all).map(({ name }) => name), ['order', 'payment', 'stock', 'tally', 'stay', 'nobody'].filter(isRelayed(all))];
  };

  test.each([
    ['nothing of a service that has no listener', {}, [], []],
    ['integration events', { publications: [tallyPublication] }, ['tallies'], ['tally']],
    ['notices for calls', { calls: [bank] }, ['calls'], ['tally']],
    ['notices for reactions', loyalty, ['reactions'], ['stay']],
    ['notices for sagas', { sagas: [fulfilment] }, ['sagas'], ['order', 'payment']],
  ])('%s', (_, more, names, aggregates) => expect(relayed(more)).toEqual([names, aggregates]));

  test('all of them together', () => {
    const all = { publications: [tallyPublication], calls: [bank], sagas: [fulfilment] };
    expect(relayed(all)).toEqual([
      ['tallies', 'sagas', 'calls'],
      ['order', 'payment', 'tally'],
    ]);
    expect(sagasOf(defineDomain({ ...members, ...all }))).toEqual([fulfilment]);
    expect(publicationsOf(defineDomain({ ...members, ...all }))).toEqual([tallyPublication]);
    expect([sagasOf(members), publicationsOf(members)]).toEqual([[], []]);
  });
});

describe('a command from outside', () => {
  test('is checked and stripped', () => {
    expect(parseCommand(tally, 'Add', { amounts: [1], more: 1 })).toEqual({ type: 'Add', data: { amounts: [1] } });
  });
  test.each(['constructor', 'toString', '__proto__', 'Added', 'add', ''])('%j is none', (type) => {
    const error = { name: 'NotFound', code: 'UnknownCommand', message: `'tally' has no command '${type}'` };
    expect(() => parseCommand(tally, type, {})).toThrow(expect.objectContaining(error));
  });
  test.each([undefined, null, [], 'x', {}, { amounts: 1 }, { amounts: ['1'] }])('with the data %j is invalid', (data) => {
    expect(() => parseCommand(tally, 'Add', data)).toThrow(Invalid);
    expect(() => parseCommand(tally, 'Add', data)).toThrow(expect.objectContaining({ code: 'InvalidData' }));
  });
});
