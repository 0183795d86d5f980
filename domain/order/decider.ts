import { defineDecider, ensure } from 'foldstream';
import * as z from 'zod';
import { events } from './events.ts';

const id = z.string().min(1).max(128);
const happenedAt = z.iso.datetime().max(35).optional();
/** The sums over many orders must stay numbers that JavaScript counts exactly, up to 9,007,199,254,740,991. */
const cents = z.int().nonnegative().max(1_000_000_000);
const line = z.object({ productId: id, sellerId: id, priceCents: cents, freightCents: cents });

// Schemas of their own: an event is stored for ever, and a command changes with its clients.
export const commands = {
  PlaceOrder: z.object({
    customerId: id,
    lines: z.array(line).min(1).max(100),
    placedAt: happenedAt,
    fulfilledBy: z.enum(['seller', 'marketplace']).optional(),
  }),
  ApproveOrder: z.object({ approvedAt: happenedAt }),
  ShipOrder: z.object({ shippedAt: happenedAt }),
  DeliverOrder: z.object({ deliveredAt: happenedAt }),
  CancelOrder: z.object({ reason: z.string().min(1).max(1000) }),
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
