import { type Process, sagaPaths, stateOf, type World } from 'foldstream/testing';
import { order } from '../order/decider.ts';
import { payment } from '../payment/decider.ts';
import { stock } from '../stock/decider.ts';
import { fulfilment } from './saga.ts';

const id = '42';
const lines = [{ productId: 'tea', sellerId: 'bo', priceCents: 450, freightCents: 120 }];
const statusOf = (world: World) => stateOf(world, order, id).status;

const oneLine: Omit<Process, 'outside'> = {
  given: [
    { to: stock, id: 'tea', command: { type: 'ReceiveStock', data: { quantity: 1 } } },
    { to: order, id, command: { type: 'PlaceOrder', data: { customerId: 'ada', lines, fulfilledBy: 'marketplace' } } },
  ],
  retries: 1,
  invariants: {
    'an order ends shipped or cancelled': (world) => ['shipped', 'cancelled'].includes(statusOf(world)),
    'money taken ⇔ order shipped': (world) => (stateOf(world, payment, id).status === 'received') === (statusOf(world) === 'shipped'),
    'no stock is reserved in the end': (world) => Object.keys(stateOf(world, stock, 'tea').reserved).length === 0,
  },
};
const receive = { to: payment, id, command: { type: 'ReceivePayment', data: {} } };
const decline = { to: payment, id, command: { type: 'DeclinePayment', data: { reason: 'no money' } } };
const cancel = { to: order, id, command: { type: 'CancelOrder', data: { reason: 'changed my mind' } } };

sagaPaths(fulfilment, {
  'the provider pays or declines': { ...oneLine, outside: [receive, decline] },
  'the customer cancels at any moment': { ...oneLine, outside: [receive, cancel] },
});
