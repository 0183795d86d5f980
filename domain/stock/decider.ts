import { defineDecider } from '../../core/decider.ts';
import { ensure } from '../../core/errors.ts';
import { events } from './events.ts';

export const commands = {
  ReceiveStock: events.StockReceived,
  ReserveStock: events.StockReserved,
  ReleaseStock: events.StockReleased,
  DispatchStock: events.StockDispatched,
  ReturnStock: events.StockReturned,
};

type Stock = {
  /** On the shelf, reserved or not. */
  readonly quantity: number;
  /** How many of them are whose. */
  readonly reserved: Readonly<Record<string, number>>;
};

/** What there is of one product. Nobody is promised what is not on the shelf. */
export const stock = defineDecider({
  name: 'stock',
  commands,
  events,
  initialState: (): Stock => ({ quantity: 0, reserved: {} }),

  decide: {
    ReceiveStock: (delivery) => [{ type: 'StockReceived', data: delivery }],
    ReserveStock: (wish, { quantity, reserved }) => {
      if (reserved[wish.reservation] === wish.quantity) return [];
      ensure(reserved[wish.reservation] === undefined, 'ReservedOtherwise');
      const promised = Object.values(reserved).reduce((sum, one) => sum + one, 0);
      ensure(promised + wish.quantity <= quantity, 'OutOfStock', { available: quantity - promised });
      return [{ type: 'StockReserved', data: wish }];
    },
    ReleaseStock: ({ reservation }, { reserved }) =>
      reserved[reservation] === undefined ? [] : [{ type: 'StockReleased', data: { reservation } }],
    DispatchStock: ({ reservation }, { reserved }) => {
      ensure(reserved[reservation] !== undefined, 'NotReserved');
      return [{ type: 'StockDispatched', data: { reservation } }];
    },
    ReturnStock: (goods, { reserved }) => (reserved[goods.reservation] === undefined ? [{ type: 'StockReturned', data: goods }] : []),
  },

  evolve: {
    StockReceived: (stock, delivery) => ({ ...stock, quantity: stock.quantity + delivery.quantity }),
    StockReserved: ({ quantity, reserved }, wish) => ({ quantity, reserved: { ...reserved, [wish.reservation]: wish.quantity } }),
    StockReleased: ({ quantity, reserved }, { reservation }) => ({ quantity, reserved: without(reserved, reservation) }),
    StockDispatched: ({ quantity, reserved }, { reservation }) => ({
      quantity: quantity - (reserved[reservation] ?? 0),
      reserved: without(reserved, reservation),
    }),
    StockReturned: ({ quantity, reserved }, goods) => ({
      quantity: quantity + goods.quantity,
      reserved: { ...reserved, [goods.reservation]: goods.quantity },
    }),
  },
});

const without = (reserved: Stock['reserved'], reservation: string): Stock['reserved'] =>
  Object.fromEntries(Object.entries(reserved).filter(([one]) => one !== reservation));
