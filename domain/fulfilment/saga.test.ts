import { stdout } from 'node:process';
import { describe, expect, test } from '@jest/globals';
import { everyPath, type Process, stateOf, type Walked, type World } from 'foldstream/testing';
import { order } from '../order/decider.ts';
import { payment } from '../payment/decider.ts';
import { stock } from '../stock/decider.ts';
import { fulfilment } from './saga.ts';

const id = '42';
const statusOf = (world: World) => stateOf(world, order, id).status;
const isShipped = (world: World) => ['shipped', 'delivered'].includes(statusOf(world));
const isOpen = (world: World) => !isShipped(world) && statusOf(world) !== 'cancelled';
const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);

const receive = { to: payment, id, command: { type: 'ReceivePayment', data: {} } };
const decline = { to: payment, id, command: { type: 'DeclinePayment', data: { reason: 'no money' } } };
const deliver = { to: order, id, command: { type: 'DeliverOrder', data: {} } };
const cancel = { to: order, id, command: { type: 'CancelOrder', data: { reason: 'changed my mind' } } };

/** An order of these products, with so many of each on the shelf, and what a provider and a customer may do at any moment, or not at all. */
const processOf = (productIds: readonly string[], onShelf: number, outside: Process['outside']): Process => {
  const products = [...new Set(productIds)];
  const lines = productIds.map((productId) => ({ productId, sellerId: 'bo', priceCents: 450, freightCents: 120 }));
  const stocks = (world: World) => products.map((product) => stateOf(world, stock, product));
  return {
    given: [
      ...products.map((product) => ({ to: stock, id: product, command: { type: 'ReceiveStock', data: { quantity: onShelf } } })),
      { to: order, id, command: { type: 'PlaceOrder', data: { customerId: 'ada', lines, fulfilledBy: 'marketplace' } } },
    ],
    outside,
    invariants: {
      'an order ends shipped or cancelled': (world) => !isOpen(world),
      'money taken ⇔ order shipped': (world) => (stateOf(world, payment, id).status === 'received') === isShipped(world),
      'stock reserved = stock of open orders': (world) =>
        sum(stocks(world).flatMap(({ reserved }) => Object.values(reserved))) === (isOpen(world) ? lines.length : 0),
      'what has left the shelf was shipped': (world) =>
        sum(stocks(world).map(({ quantity }) => onShelf - quantity)) === (isShipped(world) ? lines.length : 0),
    },
  };
};

const report = ({ paths, situations, failure }: Walked): string =>
  failure === undefined
    ? `${paths.toLocaleString('en-US')} paths through ${situations.toLocaleString('en-US')} situations`
    : [`broken: ${failure.broken}`, ...failure.path.map((step, index) => `${index + 1}. ${step}`)].join('\n');

describe('whatever happens to a fulfilment, its invariants hold:', () => {
  const orders: Readonly<Record<string, Process>> = {
    'one line, a provider that says anything, a customer who cancels': processOf(['tea'], 1, [receive, receive, decline, cancel]),
    'one line, and it is delivered at once': processOf(['tea'], 1, [receive, deliver]),
    // Each task once, or it would take a minute.
    'two products': { ...processOf(['tea', 'cup'], 1, [receive]), retries: 0 },
    'two of one product, and only one on the shelf': processOf(['tea', 'tea'], 1, [receive, cancel]),
  };
  test.each(Object.entries(orders))('%s', (title, process) => {
    const walked = everyPath(fulfilment, process);
    stdout.write(`fulfilment, ${title}: ${report(walked)}\n`);
    if (walked.failure !== undefined) throw new Error(report(walked));
    expect(walked.paths).toBeGreaterThan(1_000_000n);
  });
});
