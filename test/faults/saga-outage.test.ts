import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { toSagaCall } from '../../adapters/lambda/saga-events.ts';
import type { Message } from '../../core/basics/messages.ts';
import { recorded } from '../../core/log/event-store.ts';
import type { SagaTaskRequest } from '../../core/sagas/ports.ts';
import type { AnySaga } from '../../core/sagas/saga.ts';
import type { AnyDecider } from '../../core/write/decider.ts';
import { sagaDefinition } from '../../lib/saga-definition.ts';
import { fulfilment } from '../domain/fulfilment/saga.ts';
import { order } from '../domain/order/decider.ts';
import { payment } from '../domain/payment/decider.ts';
import { stock } from '../domain/stock/decider.ts';
import type { Connection, HttpAnswer } from '../support/faults.ts';
import { handlerOn } from '../support/handling.ts';
import { request } from '../support/requests.ts';
import { eventually, noticeOf, type SagaFunctions, type SagaService, sagaService } from '../support/saga-service.ts';

// An outage of three hours, with a saga in each of its states. The sagas go on after it as if nothing had been: nothing is undone, and no
// operator is asked.

/** A second of the machine, of the queues and of the outage, in seconds of the clock. */
const timeScale = 1 / 20_000;
const hours = (count: number) => setTimeout(count * 3600 * 1000 * timeScale);
/** The time until a queue hands a message over again. */
const untilNextReceive = () => setTimeout(180 * 1000 * timeScale);

/** A third party that is away does not answer. How long to wait for it is a decision of the saga's author: here it is a day. */
const { TakePayment, ...others } = fulfilment.steps;
const patient: AnySaga = { ...fulfilment, steps: { ...fulfilment.steps, TakePayment: { ...TakePayment, timeoutSeconds: 24 * 3600 } } };

type Answer = 'receives' | 'declines';
const answers: Readonly<Record<Answer, Message>> = {
  receives: { type: 'ReceivePayment', data: {} },
  declines: { type: 'DeclinePayment', data: { reason: 'no money' } },
};
const ends = {
  receives: {
    order: ['OrderPlaced', 'OrderApproved', 'OrderShipped'],
    payment: ['PaymentRequested', 'PaymentReceived'],
    stock: ['StockReceived', 'StockReserved', 'StockDispatched'],
  },
  declines: {
    order: ['OrderPlaced', 'OrderCancelled'],
    payment: ['PaymentRequested', 'PaymentDeclined'],
    stock: ['StockReceived', 'StockReserved', 'StockReleased'],
  },
};

/** Where a saga is when the outage begins, and what its payment comes to. */
const places: readonly (readonly [string, Answer])[] = [
  ['start', 'receives'],
  ...['ReserveStock', 'TakePayment', ...Object.keys(others).slice(1)].map((step) => [`send ${step}`, 'receives'] as const),
  ['wait for the payment', 'receives'],
  ['wait for the payment', 'declines'],
  ['undo ReserveStock', 'declines'],
  ['abort', 'declines'],
];

type Part = 'DynamoDB' | 'EventBridge' | 'a third party';

/** Everything that fails together, and recovers together. */
interface World {
  readonly service: SagaService;
  readonly functions: SagaFunctions;
  isAway: Part | undefined;
}

const refuse = (): Promise<{ response: HttpAnswer }> =>
  Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));

const worldWith = async (saga: AnySaga): Promise<World> => {
  const service = await sagaService(timeScale, () => sagaDefinition(saga, 'step'));
  const isOut = (target = '') => world.isAway === 'DynamoDB' && target.startsWith('DynamoDB');
  const on = (connection: Connection): Connection => ({
    handle: (asked, options) => (isOut(asked.headers['x-amz-target']) ? refuse() : connection.handle(asked, options)),
    destroy: () => connection.destroy(),
  });
  const world: World = { service, functions: service.functions({ on }), isAway: undefined };
  return world;
};

const kindOf = ({ does, step = '' }: SagaTaskRequest): string => `${does} ${step}`.trim();

/** A saga that stops at a place until the outage has begun. */
const begin = async (world: World, [place, answer]: (typeof places)[number], outage: Promise<void>) => {
  const { service, functions } = world;
  const ids: Readonly<Record<string, string>> = { order: randomUUID(), stock: randomUUID() };
  const idOf = ({ name }: AnyDecider) => ids[name] ?? (ids['order'] as string);
  const does = (decider: AnyDecider, command: Message) =>
    handlerOn(service.eventStore)(decider, { aggregate: decider.name, id: idOf(decider) }, request(command));
  const eventsOf = async (decider: AnyDecider) =>
    (await service.eventStore.read({ aggregate: decider.name, id: idOf(decider) }, { from: 1, limit: 100 })).commits.flatMap(recorded);
  const reached = Promise.withResolvers<void>();
  const stopAt = async (here: string): Promise<void> => {
    if (here !== place) return;
    reached.resolve();
    await outage;
  };
  /** What the bus and its queues do with an event. */
  const deliver = async (kind: 'start' | 'listen', eventId: string): Promise<void> => {
    while (world.isAway === 'EventBridge') await untilNextReceive();
    await functions[kind](noticeOf(eventId)).catch(async () => {
      await untilNextReceive();
      await deliver(kind, eventId);
    });
  };
  const provide = async (): Promise<void> => {
    await eventually(async () => ((await eventsOf(payment)).length > 0 ? true : undefined));
    await stopAt('wait for the payment');
    while (world.isAway !== undefined && world.isAway !== 'EventBridge') await untilNextReceive();
    await does(payment, answers[answer]);
    const { metadata } = (await eventsOf(payment)).at(-1) ?? { metadata: { eventId: '' } };
    await deliver('listen', metadata.eventId);
  };
  let operators = 0;
  service.invokeFor(ids['order'] as string, async (task) => {
    const call = toSagaCall(task);
    if (call.does === 'ask-operator') operators += 1;
    await stopAt(kindOf(call));
    await functions.step(task);
  });
  await does(stock, { type: 'ReceiveStock', data: { quantity: 1 } });
  const lines = [{ productId: ids['stock'], sellerId: 's', priceCents: 100, freightCents: 10 }];
  await does(order, { type: 'PlaceOrder', data: { customerId: 'c', lines, fulfilledBy: 'marketplace' } });
  const eventId = `order-${ids['order']}@1`;
  const told = (async () => {
    await stopAt('start');
    await Promise.all([deliver('start', eventId), provide()]);
  })();
  await reached.promise;
  const typesOf = async (decider: AnyDecider) => (await eventsOf(decider)).map(({ type }) => type);
  return {
    place: `${place}, ${answer}`,
    end: async () => {
      await told;
      const { status } = await eventually(() =>
        service.execution(eventId)?.status === 'RUNNING' ? undefined : service.execution(eventId),
      );
      return { status, operators, order: await typesOf(order), payment: await typesOf(payment), stock: await typesOf(stock) };
    },
  };
};

describe('after an outage of three hours every saga goes on where it was:', () => {
  let world: World;
  beforeAll(async () => {
    world = await worldWith(patient);
  });

  test.each<[Part]>([['DynamoDB'], ['EventBridge'], ['a third party']])(
    '%s',
    async (part) => {
      const outage = Promise.withResolvers<void>();
      const sagas = await Promise.all(places.map((place) => begin(world, place, outage.promise)));
      world.isAway = part;
      outage.resolve();
      await hours(3);
      world.isAway = undefined;
      const ended = await Promise.all(sagas.map(async ({ place, end }) => [place, await end()] as const));
      expect(Object.fromEntries(ended)).toEqual(
        Object.fromEntries(
          places.map(([place, answer]) => [`${place}, ${answer}`, { status: 'SUCCEEDED', operators: 0, ...ends[answer] }]),
        ),
      );
    },
    60_000,
  );
});
