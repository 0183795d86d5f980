import { abort, defineSaga } from 'foldstream';
import * as z from 'zod';
import { order } from '../order/decider.ts';
import { payment } from '../payment/decider.ts';
import { stock } from '../stock/decider.ts';

const context = z.object({
  orderId: z.string(),
  totalCents: z.int(),
  lines: z.array(z.object({ productId: z.string(), reservation: z.string() })),
});

/**
 * Fulfils an order of the marketplace: reserves the goods, takes the payment, and ships the order. If a step fails, it undoes the others
 * and cancels the order.
 */
export const fulfilment = defineSaga({
  name: 'fulfilment',
  context,
  startsOn: {
    of: order,
    event: 'OrderPlaced',
    context: ({ fulfilledBy, lines }, { id }) =>
      fulfilledBy !== 'marketplace'
        ? undefined
        : {
            orderId: id,
            totalCents: lines.reduce((cents, { priceCents, freightCents }) => cents + priceCents + freightCents, 0),
            lines: lines.map(({ productId }, index) => ({ productId, reservation: `${id}/${index}` })),
          },
  },
  steps: {
    ReserveStock: {
      forEach: 'lines',
      to: stock,
      send: ({ productId, reservation }) => ({ id: productId, type: 'ReserveStock', data: { reservation, quantity: 1 } }),
      undo: ({ productId, reservation }) => ({ id: productId, type: 'ReleaseStock', data: { reservation } }),
    },
    TakePayment: {
      to: payment,
      send: ({ orderId, totalCents }) => ({ id: orderId, type: 'RequestPayment', data: { amountCents: totalCents } }),
      awaits: { PaymentReceived: 'proceed', PaymentDeclined: ({ reason }) => abort(reason) },
      timeoutSeconds: 15 * 60,
      undo: ({ orderId }) => ({ id: orderId, type: 'RefundPayment', data: {} }),
    },
    ApproveOrder: {
      to: order,
      send: ({ orderId }) => ({ id: orderId, type: 'ApproveOrder', data: {} }),
      undo: 'nothing',
    },
    DispatchStock: {
      forEach: 'lines',
      to: stock,
      send: ({ productId, reservation }) => ({ id: productId, type: 'DispatchStock', data: { reservation } }),
      undo: ({ productId, reservation }) => ({ id: productId, type: 'ReturnStock', data: { reservation, quantity: 1 } }),
    },
    ShipOrder: {
      to: order,
      send: ({ orderId }) => ({ id: orderId, type: 'ShipOrder', data: {} }),
    },
  },
  onAbort: { to: order, send: ({ orderId }, reason) => ({ id: orderId, type: 'CancelOrder', data: { reason: reason.slice(0, 1000) } }) },
});
