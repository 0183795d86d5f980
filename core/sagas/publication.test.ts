import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { order } from '../../test/domain/order/decider.ts';
import { payment } from '../../test/domain/payment/decider.ts';
import { tally } from '../../test/support/tally.ts';
import type { Metadata } from '../basics/messages.ts';
import { noticesTo, sagaPublications } from './publication.ts';
import type { AnySaga } from './saga.ts';

const send = () => ({ id: '1', type: 'ShipOrder', data: {} }) as const;
const shipping: AnySaga = {
  name: 'shipping',
  context: z.object({}),
  startsOn: {
    of: order,
    event: 'OrderPlaced',
    context: ({ customerId }) => {
      if (customerId === 'broken') throw new Error('a bug');
      return customerId === 'none' ? undefined : {};
    },
  },
  steps: {
    Pay: {
      to: payment,
      send,
      awaits: { PaymentReceived: 'proceed', PaymentDeclined: () => ({ abort: '' }) },
      timeoutSeconds: 1,
      undo: 'nothing',
    },
    Ship: { to: order, send },
  },
  onAbort: { to: order, send },
};
const counting: AnySaga = {
  ...shipping,
  name: 'counting',
  startsOn: { of: tally, event: 'Added', context: () => ({}) },
  steps: { Ship: { to: order, send } },
};

test('a domain without sagas has no notices', () => {
  expect(sagaPublications({ deciders: [order, payment] })).toEqual([]);
  expect(sagaPublications({ deciders: [order, payment], sagas: [] })).toEqual([]);
});

test('which notices go to the starter, and which to the listener, each once', () => {
  expect(noticesTo([shipping, { ...shipping, name: 'again' }, counting])).toEqual({
    starter: ['OrderPlaced.v1', 'Added.v1'],
    listener: ['PaymentReceived.v1', 'PaymentDeclined.v1', 'StopExecution'],
  });
  expect(noticesTo([counting])).toEqual({ starter: ['Added.v1'], listener: ['StopExecution'] });
  expect(noticesTo([])).toEqual({ starter: [], listener: [] });
});

test('an older revision starts no saga, and its executions still await their events', () => {
  const second: AnySaga = { ...counting, name: 'shipping', revision: 2, before: [shipping] };
  expect(noticesTo([second])).toEqual({ starter: ['Added.v1'], listener: ['PaymentReceived.v1', 'PaymentDeclined.v1', 'StopExecution'] });
  const [notices] = sagaPublications({ deciders: [order, payment, tally], sagas: [second] });
  expect(Object.keys(notices?.publishes)).toEqual(['Added.v1', 'PaymentReceived.v1', 'PaymentDeclined.v1']);
});

describe('the notices of a domain with sagas', () => {
  const [notices, ...others] = sagaPublications({ deciders: [order, payment, tally], sagas: [shipping, counting] });
  const told = (aggregate: string, type: string, data: object = {}) => notices?.map[type]?.(data, { aggregate, id: '1' } as Metadata);

  test('are one publication of all events of the domain that a saga starts on or awaits', () => {
    expect([notices?.name, others]).toEqual(['sagas', []]);
    expect(Object.keys(notices?.publishes)).toEqual(['OrderPlaced.v1', 'Added.v1', 'PaymentReceived.v1', 'PaymentDeclined.v1']);
    expect(notices?.events).toEqual({ ...order.events, ...payment.events, ...tally.events });
  });

  test.each([
    ['a saga starts on it', 'order', 'OrderPlaced', { customerId: 'ada' }],
    ['a step awaits it', 'payment', 'PaymentDeclined', {}],
    ['the saga cannot say, for its code throws: the starter reports that', 'order', 'OrderPlaced', { customerId: 'broken' }],
    ['another saga starts on it', 'tally', 'Added', {}],
  ])('tell of an event where %s', (_, aggregate, type, data) => {
    expect(told(aggregate, type, data)).toEqual({ type: `${type}.v1`, data: {} });
  });

  test.each([
    ['the saga does not start on this one', 'order', 'OrderPlaced', { customerId: 'none' }],
    ['an event of that name is of another aggregate', 'payment', 'OrderPlaced', { customerId: 'ada' }],
  ])('do not tell of an event where %s', (_, aggregate, type, data) => expect(told(aggregate, type, data)).toBeNull());
});
