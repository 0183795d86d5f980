import { describe, expect, test } from '@jest/globals';
import { type Event, faultsOfOrder, faultsOfProduct, type OrderFacts } from '../../scripts/replay/balance.ts';

const event = (type: string, data: Event['data'] = {}): Event => ({ type, data });
const requested = event('PaymentRequested', { amountCents: 700 });
const received = event('PaymentReceived');
const refunded = event('PaymentRefunded');

const shipped: OrderFacts = {
  ...{ orderId: '42', dueCents: 700, status: 'shipped', shown: 'shipped' },
  ...{ payment: [requested, received], takenCents: 700, returnedCents: 0 },
};
const cancelled: OrderFacts = { ...shipped, status: 'cancelled', shown: 'cancelled', payment: [requested], takenCents: 0 };

describe('an order with correct accounts', () => {
  test.each<[string, OrderFacts]>([
    ['is shipped and paid for', shipped],
    ['is delivered, later', { ...shipped, status: 'delivered', shown: 'delivered' }],
    ['is cancelled without money', cancelled],
    ['is cancelled before anybody asked for money', { ...cancelled, payment: [] }],
    ['got its money back', { ...cancelled, payment: [requested, received, refunded], takenCents: 700, returnedCents: 700 }],
    [
      'got back what came in silence',
      { ...cancelled, payment: [requested, event('PaymentWithdrawn')], takenCents: 700, returnedCents: 700 },
    ],
  ])('%s', (_, order) => expect(faultsOfOrder(order)).toEqual([]));
});

describe('an order with a fault is named, with the fault:', () => {
  test.each<[string, OrderFacts, RegExp]>([
    ['it has not come to its end', { ...cancelled, status: 'approved', shown: 'approved' }, /42 has come to no end: it is approved/],
    ['it is not there', { ...cancelled, status: 'not there', shown: 'not there' }, /42 has come to no end: it is not there/],
    ['the read model says otherwise', { ...shipped, shown: 'approved' }, /42 is shipped, and order-summary shows approved/],
    ['shipped and not paid for', { ...shipped, payment: [requested] }, /42 is shipped: its payment has 0.00 of 7.00 and has to have 7.00/],
    [
      'paid for with another amount',
      { ...shipped, payment: [event('PaymentRequested', { amountCents: 699 }), received] },
      /has 6.99 of 7.00/,
    ],
    ['shipped, and the provider has nothing', { ...shipped, takenCents: 0 }, /provider holds 0.00 of 7.00 and has to have 7.00/],
    ['a cent too much', { ...shipped, takenCents: 701 }, /provider holds 7.01/],
    [
      'cancelled and paid for',
      { ...cancelled, payment: [requested, received] },
      /42 is cancelled: its payment has 7.00 of 7.00 and has to have 0.00/,
    ],
    ['cancelled, and the provider keeps the money', { ...cancelled, takenCents: 700 }, /provider holds 7.00 of 7.00 and has to have 0.00/],
  ])('%s', (_, order, says) => {
    const faults = faultsOfOrder(order);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(says);
  });
});

const came = event('StockReceived', { quantity: 3 });
const reserved = event('StockReserved', { reservation: '42/0', quantity: 1 });
const dispatched = event('StockDispatched', { reservation: '42/0' });
const released = event('StockReleased', { reservation: '42/0' });
const returned = event('StockReturned', { reservation: '42/0', quantity: 1 });
const isOurs = (reservation: string) => reservation.startsWith('42/');
const faults = (events: readonly Event[], onShelf: number, ...shippedFor: readonly string[]) =>
  faultsOfProduct({ productId: 'tea', events, onShelf }, new Set(shippedFor), isOurs);

describe('a product with correct accounts', () => {
  test.each<[string, readonly Event[], number, readonly string[]]>([
    ['nobody wanted', [came], 3, []],
    ['was shipped', [came, reserved, dispatched], 2, ['42/0']],
    ['was put aside and put back', [came, reserved, released], 3, []],
    ['came back', [came, reserved, dispatched, returned], 3, []],
    ['is reserved for somebody else', [came, event('StockReserved', { reservation: '7/0', quantity: 1 })], 3, []],
  ])('%s', (_, events, onShelf, shippedFor) => expect(faults(events, onShelf, ...shippedFor)).toEqual([]));
});

describe('a product with a fault is named, with the fault:', () => {
  test.each<[string, readonly string[], RegExp]>([
    ['still reserved', faults([came, reserved], 3), /tea: still reserved for 42\/0/],
    ['one is missing', faults([came, reserved, dispatched], 1, '42/0'), /tea: 3 came, 1 left, and 1 are on the shelf/],
    ['one is too many', faults([came, reserved, dispatched, returned], 4), /tea: 3 came, 0 left, and 4 are on the shelf/],
    ['dispatched for nobody', faults([came, reserved, dispatched], 2), /tea: dispatched for 42\/0, which was not shipped/],
    ['shipped without goods', faults([came], 3, '42/0'), /tea: shipped for 42\/0, and never dispatched/],
  ])('%s', (_, found, says) => {
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(says);
  });
});
