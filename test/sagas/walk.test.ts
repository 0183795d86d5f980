import { describe, expect, test } from '@jest/globals';
import { stepNamed } from '../../core/sagas/running/definition.ts';
import type { AnySaga, AnyStep } from '../../core/sagas/saga.ts';
import { everyPath, type Process } from '../../core/testing/every-path.ts';
import type { Walked } from '../../core/testing/path-search.ts';
import type { Trust } from '../../core/testing/saga-tries.ts';
import { stateOf, type World } from '../../core/testing/saga-world.ts';
import { fulfilment } from '../domain/fulfilment/saga.ts';
import { order } from '../domain/order/decider.ts';
import { payment } from '../domain/payment/decider.ts';
import { stock } from '../domain/stock/decider.ts';

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

test('a saga that is right keeps its invariants on every path', () => {
  const walked = everyPath(fulfilment, processOf(['tea'], 1, [receive, receive, decline, cancel]));
  if (walked.failure !== undefined) throw new Error(report(walked));
  expect(walked.paths).toBeGreaterThan(1_000_000n);
});

describe('a saga that is wrong is found out on a short path:', () => {
  const one = processOf(['tea'], 1, [receive, decline, cancel]);
  const table: AnySaga = fulfilment;
  const changed = (step: string, change: Partial<AnyStep>): AnySaga => ({
    ...table,
    steps: { ...table.steps, [step]: { ...stepNamed(table, step), ...change } },
  });
  const wrong: Readonly<Record<string, { saga: AnySaga; broken: string; steps: number }>> = {
    'the stock is not released': {
      saga: changed('ReserveStock', { undo: 'nothing' }),
      broken: 'stock reserved = stock of open orders',
      steps: 3,
    },
    'the payment is not given back': { saga: changed('TakePayment', { undo: 'nothing' }), broken: 'money taken ⇔ order shipped', steps: 6 },
    'what was dispatched does not come back': {
      saga: changed('DispatchStock', { undo: 'nothing' }),
      broken: 'what has left the shelf was shipped',
      steps: 9,
    },
    'it goes on without the money': {
      saga: changed('TakePayment', { awaits: { PaymentReceived: 'proceed', PaymentDeclined: 'proceed' } }),
      broken: 'money taken ⇔ order shipped',
      steps: 9,
    },
    'nobody cancels the order': {
      saga: { ...table, onAbort: { to: order, send: () => ({ id, type: 'ApproveOrder', data: {} }) } },
      broken: 'an order ends shipped or cancelled',
      steps: 3,
    },
    'the last command is refused': {
      saga: { ...table, onAbort: { to: order, send: () => ({ id, type: 'DeliverOrder', data: {} }) } },
      broken: 'Abort is refused: OrderNotShipped',
      steps: 3,
    },
  };
  test.each(Object.entries(wrong))('%s', (_, { saga, broken, steps }) => {
    const { failure } = everyPath(saga, one);
    expect(failure?.broken).toBe(broken);
    expect(failure?.path.length).toBeLessThanOrEqual(steps);
  });
});

/** As a saga that takes a refusal at a later try for an answer would find out. */
describe('a refusal at a later try is no answer, for an earlier try', () => {
  const one = processOf(['tea'], 1, [receive]);
  const two = processOf(['tea', 'tea'], 1, [receive]);
  const delivered = processOf(['tea'], 1, [receive, deliver]);
  const wrong: Readonly<Record<string, { process: Process; trust: Trust; broken: string; path: readonly string[] }>> = {
    'was carried out, and forgotten: goods are gone': {
      process: one,
      trust: 'believed',
      broken: 'what has left the shelf was shipped',
      path: [
        'ReserveStock/0: done',
        'TakePayment/0: done',
        'ReceivePayment',
        'TakePayment/0: answered',
        'ApproveOrder/0: done',
        'DispatchStock/0: done, the answer lost, and is tried again',
        'DispatchStock/0: forgotten, then refused: NotReserved',
        'Undo TakePayment/0: done',
        'Undo ReserveStock/0: done',
        'Abort: done',
      ],
    },
    'was carried out, and forgotten: money is kept': {
      process: one,
      trust: 'believed',
      broken: 'money taken ⇔ order shipped',
      path: [
        'ReserveStock/0: done',
        'TakePayment/0: done, the answer lost, and is tried again',
        'ReceivePayment',
        'TakePayment/0: forgotten, then refused: PaymentClosed',
        'Undo ReserveStock/0: done',
        'Abort: done',
      ],
    },
    'was carried out, and forgotten: it is delivered already': {
      process: delivered,
      trust: 'believed',
      broken: 'Abort is refused: OrderNotOpen',
      path: [
        'ReserveStock/0: done',
        'TakePayment/0: done',
        'ReceivePayment',
        'TakePayment/0: answered',
        'ApproveOrder/0: done',
        'DispatchStock/0: done',
        'ShipOrder/0: done, the answer lost, and is tried again',
        'DeliverOrder',
        'ShipOrder/0: forgotten, then refused: OrderNotApproved',
        'Undo DispatchStock/0: done',
        'Undo TakePayment/0: done',
        'Undo ReserveStock/0: done',
        'Abort: refused: OrderNotOpen',
      ],
    },
    'may still be on its way': {
      process: two,
      trust: 'looked up',
      broken: 'stock reserved = stock of open orders',
      path: [
        'ReserveStock/0: done',
        'ReserveStock/1: still on its way, and is tried again',
        'ReserveStock/1: refused: OutOfStock',
        'Undo ReserveStock/0: done',
        'Abort: done',
        'ReserveStock/1 arrives late',
      ],
    },
  };
  test.each(Object.entries(wrong))('%s', (_, { process, trust, broken, path }) => {
    const holds = process.invariants[broken];
    const { failure } = everyPath(fulfilment, { ...process, invariants: holds === undefined ? {} : { [broken]: holds } }, trust);
    expect(failure).toEqual({ broken, path });
  });
});
