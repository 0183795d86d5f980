import { expect, test } from '@jest/globals';
import { type CommandOf, type EventOf, parseMessage } from 'foldstream';
import { refused, scenarios } from 'foldstream/testing';
import { order } from './decider.ts';

type Event = EventOf<typeof order>;
type Command = CommandOf<typeof order>;

const book = { productId: 'book', sellerId: 'ada', priceCents: 2990, freightCents: 410 };
const pen = { productId: 'pen', sellerId: 'bob', priceCents: 150, freightCents: 0 };

const placement = { customerId: 'cleo', lines: [book, pen] };
const cancellation = { reason: 'changed my mind' };

const placed: Event = { type: 'OrderPlaced', data: placement };
const approved: Event = { type: 'OrderApproved', data: {} };
const shipped: Event = { type: 'OrderShipped', data: {} };
const delivered: Event = { type: 'OrderDelivered', data: {} };
const cancelled: Event = { type: 'OrderCancelled', data: cancellation };

const place: Command = { type: 'PlaceOrder', data: placement };
const approve: Command = { type: 'ApproveOrder', data: {} };
const ship: Command = { type: 'ShipOrder', data: {} };
const deliver: Command = { type: 'DeliverOrder', data: {} };
const cancel: Command = { type: 'CancelOrder', data: cancellation };

const toApproved = [placed, approved];
const toShipped = [placed, approved, shipped];
const toDelivered = [placed, approved, shipped, delivered];
const toCancelled = [placed, cancelled];
const at = '2018-03-01T09:30:00.000Z';

scenarios(order, {
  'a new order is placed': { given: [], when: place, then: [placed] },
  'a new order cannot be approved': { given: [], when: approve, then: refused('OrderNotPlaced') },
  'a new order cannot ship': { given: [], when: ship, then: refused('OrderNotApproved') },
  'a new order cannot be delivered': { given: [], when: deliver, then: refused('OrderNotShipped') },
  'a new order cannot be cancelled': { given: [], when: cancel, then: refused('OrderNotOpen') },

  'an order is placed once': { given: [placed], when: place, then: refused('OrderAlreadyPlaced') },
  'a placed order is approved': { given: [placed], when: approve, then: [approved] },
  'an order is not shipped before it is approved': { given: [placed], when: ship, then: refused('OrderNotApproved') },
  'an order is not delivered before it is shipped': { given: [placed], when: deliver, then: refused('OrderNotShipped') },
  'a placed order can be cancelled': { given: [placed], when: cancel, then: [cancelled] },

  'an approved order is not placed again': { given: toApproved, when: place, then: refused('OrderAlreadyPlaced') },
  'approving twice changes nothing': { given: toApproved, when: approve, then: [] },
  'an approved order ships': { given: toApproved, when: ship, then: [shipped] },
  'an approved order is not delivered before it is shipped': { given: toApproved, when: deliver, then: refused('OrderNotShipped') },
  'an approved order can be cancelled': { given: toApproved, when: cancel, then: [cancelled] },

  'a shipped order is not placed again': { given: toShipped, when: place, then: refused('OrderAlreadyPlaced') },
  'a shipped order is not approved again': { given: toShipped, when: approve, then: refused('OrderNotPlaced') },
  'shipping twice changes nothing': { given: toShipped, when: ship, then: [] },
  'a shipped order is delivered': { given: toShipped, when: deliver, then: [delivered] },
  'a shipped order cannot be cancelled': { given: toShipped, when: cancel, then: refused('OrderNotOpen') },

  'a delivered order is not placed again': { given: toDelivered, when: place, then: refused('OrderAlreadyPlaced') },
  'a delivered order is not approved again': { given: toDelivered, when: approve, then: refused('OrderNotPlaced') },
  'a delivered order does not ship again': { given: toDelivered, when: ship, then: refused('OrderNotApproved') },
  'delivering twice changes nothing': { given: toDelivered, when: deliver, then: [] },
  'a delivered order cannot be cancelled': { given: toDelivered, when: cancel, then: refused('OrderNotOpen') },

  'a cancelled order is not placed again': { given: toCancelled, when: place, then: refused('OrderAlreadyPlaced') },
  'a cancelled order is not approved': { given: toCancelled, when: approve, then: refused('OrderNotPlaced') },
  'a cancelled order does not ship': { given: toCancelled, when: ship, then: refused('OrderNotApproved') },
  'a cancelled order is not delivered': { given: toCancelled, when: deliver, then: refused('OrderNotShipped') },
  'cancelling twice changes nothing': { given: toCancelled, when: cancel, then: [] },

  'an imported order has the time of its placement': {
    given: [],
    when: { type: 'PlaceOrder', data: { ...placement, placedAt: at } },
    then: [{ type: 'OrderPlaced', data: { ...placement, placedAt: at } }],
  },
  'an order says who fulfils it': {
    given: [],
    when: { type: 'PlaceOrder', data: { ...placement, fulfilledBy: 'marketplace' } },
    then: [{ type: 'OrderPlaced', data: { ...placement, fulfilledBy: 'marketplace' } }],
  },
  'an imported approval has its own time': {
    given: [placed],
    when: { type: 'ApproveOrder', data: { approvedAt: at } },
    then: [{ type: 'OrderApproved', data: { approvedAt: at } }],
  },
  'an imported shipment has its own time': {
    given: toApproved,
    when: { type: 'ShipOrder', data: { shippedAt: at } },
    then: [{ type: 'OrderShipped', data: { shippedAt: at } }],
  },
  'an imported delivery has its own time': {
    given: toShipped,
    when: { type: 'DeliverOrder', data: { deliveredAt: at } },
    then: [{ type: 'OrderDelivered', data: { deliveredAt: at } }],
  },
});

test('an order has 100 lines at most, and one that was placed with more is still an order', () => {
  const of = (length: number) => ({ customerId: 'cleo', lines: Array(length).fill(book) });
  expect(parseMessage(order.commands, { type: 'PlaceOrder', data: of(100) })).toEqual({ type: 'PlaceOrder', data: of(100) });
  expect(() => parseMessage(order.commands, { type: 'PlaceOrder', data: of(101) })).toThrow(
    expect.objectContaining({ code: 'InvalidData' }),
  );
  expect(parseMessage(order.events, { type: 'OrderPlaced', data: of(101) })).toEqual({ type: 'OrderPlaced', data: of(101) });
});
