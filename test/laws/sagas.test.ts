import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Message, Recorded } from '../../core/basics/messages.ts';
import { recorded } from '../../core/log/event-store.ts';
import type { AnyDecider } from '../../core/write/decider.ts';
import { order } from '../domain/order/decider.ts';
import { payment } from '../domain/payment/decider.ts';
import { stock } from '../domain/stock/decider.ts';
import { handlerOn } from '../support/handling.ts';
import { request } from '../support/requests.ts';
import { runs } from '../support/runs.ts';
import { noticeOf, type SagaService, sagaService } from '../support/saga-service.ts';

let service: SagaService;
beforeAll(async () => {
  service = await sagaService(0.05);
});

/** Each event comes so often. */
const times = 3;

const aggregates = ['order', 'payment', 'stock'];

interface Delivery {
  readonly deliver: () => Promise<unknown>;
  /** So many events more are recorded before it comes, or the saga is over. */
  readonly lateness: number;
  /** How many there were when it set out. */
  readonly since: number;
}

const answers = {
  received: { type: 'ReceivePayment', data: {} },
  declined: { type: 'DeclinePayment', data: { reason: 'no money' } },
} as const;

const expected = {
  received: {
    order: ['OrderPlaced', 'OrderApproved', 'OrderShipped'],
    payment: ['PaymentRequested', 'PaymentReceived'],
    stock: ['StockReceived', 'StockReserved', 'StockDispatched'],
  },
  declined: {
    order: ['OrderPlaced', 'OrderCancelled'],
    payment: ['PaymentRequested', 'PaymentDeclined'],
    stock: ['StockReceived', 'StockReserved', 'StockReleased'],
  },
};

/** An order's saga while every event of it comes three times to whoever listens to it, at any time, in any order, some at once. */
const playOut = async (answer: keyof typeof answers, chance: () => number) => {
  const id = randomUUID();
  const does = (decider: AnyDecider, command: Message) =>
    handlerOn(service.eventStore)(decider, { aggregate: decider.name, id }, request(command));
  const eventsOf = async (aggregate: string): Promise<readonly Recorded[]> =>
    (await service.eventStore.read({ aggregate, id }, { from: 1, limit: 100 })).commits.flatMap(recorded);

  const { start, listen } = service.functions();
  const listeners: Readonly<Record<string, (event: Recorded) => Promise<unknown>>> = {
    OrderPlaced: ({ metadata }) => start(noticeOf(metadata.eventId)),
    PaymentRequested: () => does(payment, answers[answer]), // The provider.
    PaymentReceived: ({ metadata }) => listen(noticeOf(metadata.eventId)),
    PaymentDeclined: ({ metadata }) => listen(noticeOf(metadata.eventId)),
  };
  await does(stock, { type: 'ReceiveStock', data: { quantity: 1 } });
  const lines = [{ productId: id, sellerId: 's', priceCents: 100, freightCents: 10 }];
  await does(order, { type: 'PlaceOrder', data: { customerId: 'c', lines, fulfilledBy: 'marketplace' } });
  const started = `order-${id}@1`;

  const known = new Set<string>();
  const pool: Delivery[] = [];
  const gather = async (): Promise<void> => {
    for (const aggregate of aggregates)
      for (const event of await eventsOf(aggregate)) {
        const { eventId } = event.metadata;
        const listener = known.has(eventId) ? undefined : listeners[event.type];
        known.add(eventId);
        const first = chance() % times;
        for (let copy = 0; listener !== undefined && copy < times; copy++)
          pool.push({ deliver: () => listener(event), since: known.size, lateness: copy === first ? 0 : chance() % 6 });
      }
  };
  const isOver = () => !['RUNNING', undefined].includes(service.execution(started)?.status);
  while (!isOver() || pool.length > 0) {
    await gather();
    const due = pool.filter(({ since, lateness }) => isOver() || known.size >= since + lateness);
    const some = Array.from({ length: 1 + (chance() % 3) }).flatMap(() => due.splice(chance() % Math.max(due.length, 1), 1));
    for (const one of some) pool.splice(pool.indexOf(one), 1);
    await Promise.all(some.map(({ deliver }) => deliver()));
    if (some.length === 0) await setTimeout(2);
  }
  return {
    executions: service.executions(started).length,
    waiting: await service.tokens.waitingOn({ aggregate: 'payment', id }),
    events: Object.fromEntries(
      await Promise.all(aggregates.map(async (aggregate) => [aggregate, (await eventsOf(aggregate)).map(({ type }) => type)] as const)),
    ),
  };
};

test.each(['received', 'declined'] as const)(
  'each event three times, in any order: one execution, one reservation, one payment request, one end; the payment is %s',
  async (answer) => {
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat(1000)), async (chances) => {
        const played = await playOut(answer, () => chances.next().value);
        expect(played).toEqual({ executions: 1, waiting: [], events: expected[answer] });
      }),
      runs(12, 30),
    );
  },
);
