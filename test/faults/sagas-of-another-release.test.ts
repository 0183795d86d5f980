import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Message } from '../../core/basics/messages.ts';
import { recorded } from '../../core/log/event-store.ts';
import { continueSagas } from '../../core/sagas/running/continuing.ts';
import type { AnySaga } from '../../core/sagas/saga.ts';
import type { AnyDecider } from '../../core/write/decider.ts';
import type { Definition } from '../../lib/saga-definition.ts';
import { fulfilment } from '../domain/fulfilment/saga.ts';
import { order } from '../domain/order/decider.ts';
import { payment } from '../domain/payment/decider.ts';
import { stock } from '../domain/stock/decider.ts';
import { handlerOn } from '../support/handling.ts';
import { request } from '../support/requests.ts';
import { eventually, noticeOf, type SagaService, sagaService } from '../support/saga-service.ts';

// A saga that is under way while code is deployed that does not know it, or that was rolled back: it waits, and nothing is undone.

/** The state machine of `fulfilment` as release 0.2.0 deployed it. Its executions keep it to their end. */
const released = JSON.parse(readFileSync('test/faults/saga-of-0.2.0.json', 'utf8')) as Definition;

const { ReserveStock: reserve, ...withoutReserve } = fulfilment.steps;
const { TakePayment: pay, ...withoutPayment } = fulfilment.steps;
const other = (steps: AnySaga['steps']): readonly AnySaga[] => [{ ...fulfilment, steps }];
const { DispatchStock: dispatch, ...more } = fulfilment.steps;
const releases: Readonly<Record<string, readonly AnySaga[]>> = {
  'renames a step over a list': other({ Reserve: reserve, ...withoutReserve }),
  'renames a step that waits': other({ Pay: pay, ...withoutPayment }),
  'has no saga of this name': [{ ...fulfilment, name: 'shipping' }],
  'takes other items': other({ ...more, DispatchStock: { ...dispatch, forEach: 'parcels' } } as AnySaga['steps']),
};

const driven = (service: SagaService) => {
  const ids = { order: randomUUID(), payment: '', stock: randomUUID() };
  ids.payment = ids.order;
  const start = `order-${ids.order}@1`;
  const done = new Set<string | undefined>();
  const does = (decider: AnyDecider, command: Message) =>
    handlerOn(service.eventStore)(decider, { aggregate: decider.name, id: ids[decider.name as keyof typeof ids] }, request(command));
  const eventsOf = async (aggregate: keyof typeof ids) => {
    const { commits } = await service.eventStore.read({ aggregate, id: ids[aggregate] }, { from: 1, limit: 200 });
    return commits.flatMap(recorded);
  };
  return {
    start,
    begin: async () => {
      await does(stock, { type: 'ReceiveStock', data: { quantity: 1 } });
      const lines = [{ productId: ids.stock, sellerId: 's', priceCents: 100, freightCents: 10 }];
      await does(order, { type: 'PlaceOrder', data: { customerId: 'c', lines, fulfilledBy: 'marketplace' } });
      await service.functions().start(noticeOf(start));
    },
    /** From now on this code runs. */
    deploy: (sagas?: readonly AnySaga[]) =>
      service.invokeFor(ids.order, async (call) => {
        await service.functions(sagas === undefined ? {} : { sagas }).step(call);
        done.add(call.step);
      }),
    pay: async (sagas?: readonly AnySaga[]) => {
      const asked = () => eventually(async () => ((await eventsOf('payment')).length > 0 ? true : undefined));
      await asked();
      await does(payment, { type: 'ReceivePayment', data: {} });
      await service.functions(sagas === undefined ? {} : { sagas }).listen(noticeOf(`payment-${ids.payment}@2`));
    },
    /** The bus has no notice of the payment. */
    payUnheard: async () => {
      await eventually(() => (done.has('TakePayment') ? true : undefined)); // It has looked for the event, and waits.
      await does(payment, { type: 'ReceivePayment', data: {} });
    },
    typesOf: async (aggregate: keyof typeof ids) => (await eventsOf(aggregate)).map(({ type }) => type),
    status: () => service.execution(start)?.status,
    cases: async () => (await service.cases.of('fulfilment')).filter(({ event }) => event === start),
  };
};
type Driven = ReturnType<typeof driven>;

const ends = async (saga: Driven) => {
  expect(await eventually(() => (saga.status() === 'RUNNING' ? undefined : saga.status()))).toBe('SUCCEEDED');
  expect(await saga.typesOf('order')).toEqual(['OrderPlaced', 'OrderApproved', 'OrderShipped']);
  expect(await saga.typesOf('payment')).toEqual(['PaymentRequested', 'PaymentReceived']);
  expect(await saga.typesOf('stock')).toEqual(['StockReceived', 'StockReserved', 'StockDispatched']);
};

describe('an execution that knows the answer', () => {
  let service: SagaService;
  beforeAll(async () => {
    service = await sagaService(0.02);
  });
  const stuck = async (saga: Driven) =>
    eventually(async () => {
      const cases = await saga.cases();
      return cases.length > 0 ? cases : undefined;
    });
  const retry = async (saga: Driven) => {
    for (const one of await stuck(saga)) {
      await service.operator.retry(one.token);
      await service.cases.close(one);
    }
  };

  test.each(Object.entries(releases))('waits for an operator while a release runs that %s, and goes on after it', async (_, sagas) => {
    const saga = driven(service);
    saga.deploy(sagas);
    await saga.begin();
    const paid = saga.pay(); // As soon as the payment is requested.
    expect((await stuck(saga))[0]?.failed).toMatchObject({ Error: 'UnknownDefinition' });
    expect(saga.status()).toBe('RUNNING');
    saga.deploy();
    await retry(saga);
    await paid;
    await ends(saga);
  });

  test('ends with its own steps while a release runs that has another revision and keeps this one', async () => {
    const [renamed] = releases['renames a step that waits'] ?? [];
    const second = { ...renamed, revision: 2, before: [fulfilment] } as AnySaga;
    const saga = driven(service);
    saga.deploy([second]);
    await saga.begin();
    await saga.pay([second]);
    await ends(saga);
    expect(await saga.cases()).toEqual([]);
  });

  test('waits for an operator if the event that it waits for comes while the code does not know the step', async () => {
    const saga = driven(service);
    await saga.begin();
    // The step waits. Its event is heard by code that has another name for it.
    await saga.pay(releases['renames a step that waits']);
    expect((await stuck(saga))[0]?.failed).toMatchObject({ Error: 'UnknownDefinition' });
    await retry(saga);
    await ends(saga);
  });
});

describe('an execution that waits for an event of which no saga of the running code knows', () => {
  let service: SagaService;
  beforeAll(async () => {
    service = await sagaService(0.002); // The time of the step is up after 1.8 seconds.
  });
  /** A release in which no step awaits a payment: its relay tells nobody of one. */
  const { TakePayment: waits, ...withoutWaiting } = fulfilment.steps;
  const unaware = other({ Charge: { ...waits, awaits: undefined, timeoutSeconds: undefined }, ...withoutWaiting });

  test('does not go back when its time is up, and ends after code that knows the step is deployed', async () => {
    const saga = driven(service);
    saga.deploy();
    await saga.begin();
    await saga.payUnheard();
    saga.deploy(unaware);
    const cases = await eventually(async () => ((await saga.cases()).length > 0 ? saga.cases() : undefined));
    expect(cases[0]?.failed).toMatchObject({ Error: 'UnknownDefinition' });
    expect(await saga.typesOf('payment')).toEqual(['PaymentRequested', 'PaymentReceived']);
    saga.deploy();
    const retry = { sagas: [fulfilment as AnySaga], cases: service.cases, retry: service.operator.retry };
    expect(await continueSagas({ ...retry, release: 'another' })).toBeGreaterThan(0);
    await ends(saga);
    expect(await saga.cases()).toEqual([]);
  });

  test('finds the event when its time is up, if the code knows the step', async () => {
    const saga = driven(service);
    saga.deploy();
    await saga.begin();
    await saga.payUnheard();
    await ends(saga);
    expect(await saga.cases()).toEqual([]);
  });

  test('goes back if the event is not in the log', async () => {
    const saga = driven(service);
    await saga.begin();
    await eventually(() => (saga.status() === 'RUNNING' ? undefined : true));
    expect(await saga.typesOf('order')).toEqual(['OrderPlaced', 'OrderCancelled']);
    expect(await saga.typesOf('stock')).toEqual(['StockReceived', 'StockReserved', 'StockReleased']);
  });
});

describe('an execution of release 0.2.0, which would take every answer for a reason to undo the saga,', () => {
  let service: SagaService;
  beforeAll(async () => {
    service = await sagaService(0.02, () => released);
  });
  const stopped = async (saga: Driven) => {
    await eventually(() => (saga.status() === 'ABORTED' ? true : undefined));
    expect(service.execution(saga.start)?.ending).toMatchObject({ error: 'UnknownDefinition' });
    expect(await saga.typesOf('order')).not.toContain('OrderCancelled');
    expect(await saga.typesOf('stock')).not.toContain('StockReleased');
  };
  const redrive = (saga: Driven) => service.operator.takeUp('fulfilment', service.execution(saga.start)?.name ?? '');

  test.each(Object.entries(releases))('is stopped while a release runs that %s, and is redriven after it', async (_, sagas) => {
    const saga = driven(service);
    saga.deploy(sagas);
    await saga.begin();
    const paid = saga.pay();
    await stopped(saga);
    saga.deploy();
    await redrive(saga);
    await paid;
    await ends(saga);
  });

  test('is stopped if the event that it waits for comes while the code does not know the step', async () => {
    const saga = driven(service);
    await saga.begin();
    await saga.pay(releases['renames a step that waits']);
    await stopped(saga);
    await redrive(saga);
    await ends(saga);
  });
});
