import { defineDecider, ensure, rowOf } from 'foldstream';
import * as z from 'zod';
import { events } from './events.ts';

const reservation = z.string().min(1).max(140);
const quantity = z.int().positive();

export const commands = {
  ReceiveStock: z.object({ quantity }),
  ReserveStock: z.object({ reservation, quantity }),
  ReleaseStock: z.object({ reservation }),
  DispatchStock: z.object({ reservation }),
  ReturnStock: z.object({ reservation, quantity }),
};

type Stock = {
  /** The number of items on the shelf, reserved or not. */
  readonly quantity: number;
  /** The number of reserved items, by reservation. */
  readonly reserved: Readonly<Record<string, number>>;
  /** Reservations that were released or returned. A command for one of them may still arrive; it is too late. */
  readonly givenUp: readonly string[];
};

/** The stock of one product. Reservations never exceed the items on the shelf. */
export const stock = defineDecider({
  name: 'stock',
  commands,
  events,
  // Only the saga moves reserved goods.
  internal: ['ReserveStock', 'ReleaseStock', 'DispatchStock', 'ReturnStock'],
  revision: 3,
  initialState: (): Stock => ({ quantity: 0, reserved: {}, givenUp: [] }),

  decide: {
    ReceiveStock: (delivery) => [{ type: 'StockReceived', data: delivery }],
    ReserveStock: (wish, { quantity, reserved, givenUp }) => {
      ensure(!givenUp.includes(wish.reservation), 'ReservationGivenUp');
      const before = rowOf(reserved, wish.reservation);
      if (before === wish.quantity) return [];
      ensure(before === undefined, 'ReservedOtherwise');
      const promised = Object.values(reserved).reduce((sum, one) => sum + one, 0);
      ensure(promised + wish.quantity <= quantity, 'OutOfStock', { available: quantity - promised });
      return [{ type: 'StockReserved', data: wish }];
    },
    ReleaseStock: ({ reservation }, { givenUp }) =>
      givenUp.includes(reservation) ? [] : [{ type: 'StockReleased', data: { reservation } }],
    DispatchStock: ({ reservation }, { reserved }) => {
      ensure(rowOf(reserved, reservation) !== undefined, 'NotReserved');
      return [{ type: 'StockDispatched', data: { reservation } }];
    },
    ReturnStock: (goods, { reserved, givenUp }) => {
      if (givenUp.includes(goods.reservation)) return [];
      // Not dispatched yet: the release makes a later dispatch fail.
      if (rowOf(reserved, goods.reservation) !== undefined) return [{ type: 'StockReleased', data: { reservation: goods.reservation } }];
      return [{ type: 'StockReturned', data: goods }];
    },
  },

  evolve: {
    StockReceived: (stock, delivery) => ({ ...stock, quantity: stock.quantity + delivery.quantity }),
    StockReserved: (stock, wish) => ({ ...stock, reserved: { ...stock.reserved, [wish.reservation]: wish.quantity } }),
    StockReleased: (stock, { reservation }) => ({
      ...stock,
      reserved: without(stock.reserved, reservation),
      givenUp: [...stock.givenUp, reservation],
    }),
    StockDispatched: (stock, { reservation }) => ({
      ...stock,
      quantity: stock.quantity - (rowOf(stock.reserved, reservation) ?? 0),
      reserved: without(stock.reserved, reservation),
    }),
    StockReturned: (stock, { reservation, quantity }) => ({
      ...stock,
      quantity: stock.quantity + quantity,
      givenUp: [...stock.givenUp, reservation],
    }),
  },
});

const without = (reserved: Stock['reserved'], reservation: string): Stock['reserved'] =>
  Object.fromEntries(Object.entries(reserved).filter(([one]) => one !== reservation));
