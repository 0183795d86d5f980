import { defineDecider, ensure } from 'foldstream';
import * as z from 'zod';
import { events } from './events.ts';

/** The sums over many orders must stay numbers that JavaScript counts exactly, up to 9,007,199,254,740,991. */
const cents = z.int().nonnegative().max(1_000_000_000);
const line = events.OrderPlaced.shape.lines.element.extend({ priceCents: cents, freightCents: cents });

export const commands = {
  PlaceOrder: events.OrderPlaced.extend({ lines: z.array(line).min(1).max(100) }),
  ApproveOrder: events.OrderApproved,
  ShipOrder: events.OrderShipped,
  DeliverOrder: events.OrderDelivered,
  CancelOrder: events.OrderCancelled,
};

type Order = { readonly status: 'new' | 'placed' | 'approved' | 'shipped' | 'delivered' | 'cancelled' };

/**
 * An order of a marketplace: placed → approved → shipped → delivered. It can be cancelled until it is shipped. `fulfilledBy` says who
 * approves and ships it; the decider does not depend on it.
 */
export const order = defineDecider({
  name: 'order',
  commands,
  events,
  initialState: (): Order => ({ status: 'new' }),
  scopes: { CancelOrder: 'order:cancel' },

  decide: {
    PlaceOrder: (placement, { status }) => {
      ensure(status === 'new', 'OrderAlreadyPlaced');
      return [{ type: 'OrderPlaced', data: placement }];
    },
    ApproveOrder: (approval, { status }) => {
      if (status === 'approved') return [];
      ensure(status === 'placed', 'OrderNotPlaced', { status });
      return [{ type: 'OrderApproved', data: approval }];
    },
    ShipOrder: (shipment, { status }) => {
      if (status === 'shipped') return [];
      ensure(status === 'approved', 'OrderNotApproved', { status });
      return [{ type: 'OrderShipped', data: shipment }];
    },
    DeliverOrder: (delivery, { status }) => {
      if (status === 'delivered') return [];
      ensure(status === 'shipped', 'OrderNotShipped', { status });
      return [{ type: 'OrderDelivered', data: delivery }];
    },
    CancelOrder: (cancellation, { status }) => {
      if (status === 'cancelled') return [];
      ensure(status === 'placed' || status === 'approved', 'OrderNotOpen', { status });
      return [{ type: 'OrderCancelled', data: cancellation }];
    },
  },

  evolve: {
    OrderPlaced: () => ({ status: 'placed' }),
    OrderApproved: () => ({ status: 'approved' }),
    OrderShipped: () => ({ status: 'shipped' }),
    OrderDelivered: () => ({ status: 'delivered' }),
    OrderCancelled: () => ({ status: 'cancelled' }),
  },
});
