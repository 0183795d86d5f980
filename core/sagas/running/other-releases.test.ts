import { beforeEach, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { memoryEventStore } from '../../../adapters/event-log/memory-event-store.ts';
import { fulfilment } from '../../../test/domain/fulfilment/saga.ts';
import { domain } from '../../../test/domain/index.ts';
import { order } from '../../../test/domain/order/decider.ts';
import { stock } from '../../../test/domain/stock/decider.ts';
import { handlerOn } from '../../../test/support/handling.ts';
import type { Message } from '../../basics/messages.ts';
import { type EventStore, recorded } from '../../log/event-store.ts';
import type { AnyDecider } from '../../write/decider.ts';
import type { ExecutionToStop, SagaTaskRequest, TaskAnswer, WaitingStep } from '../ports.ts';
import type { AnySaga } from '../saga.ts';
import { sagaStep } from './step.ts';

// A task of an execution that another release has started, or of another revision of its saga.

const input = {
  event: 'order-42@1',
  correlationId: 'c',
  context: { orderId: '42', totalCents: 240, lines: [{ productId: 'tea', reservation: '42/0' }] },
};
const call = { saga: 'fulfilment', execution: 'e', input, token: 't', index: 0 };
const reserve: SagaTaskRequest = { ...call, does: 'send', step: 'ReserveStock' };
const release: SagaTaskRequest = { ...reserve, does: 'undo' };
const takePayment: SagaTaskRequest = { ...call, does: 'send', step: 'TakePayment', token: 't1' };

let eventStore: EventStore;
let waiting: Map<string, WaitingStep>;
let answers: [string, TaskAnswer][];
let stopped: ExecutionToStop[];

const step = (one: SagaTaskRequest, sagas: readonly AnySaga[] = domain.sagas ?? []) =>
  sagaStep({
    sagas,
    handle: (...asked) => handlerOn(eventStore)(...asked),
    eventStore,
    tokens: { put: async (token) => void waiting.set(token.token, token), waitingOn: async () => [], delete: async () => {} },
    executions: { answer: async (token, answer) => void answers.push([token, answer]) },
    stops: { stop: async (execution) => void stopped.push(execution) },
    callOperator: async () => {},
    now: () => new Date(0),
  })(one);

let ids = 0;
const does = async (decider: AnyDecider, id: string, command: Message) =>
  handlerOn(eventStore)(decider, { id }, { commandId: `other-${ids++}`, command, correlationId: 'c', causationId: 'c' } as never);
const placement = {
  customerId: 'c',
  lines: [{ productId: 'tea', sellerId: 's', priceCents: 1, freightCents: 0 }],
  fulfilledBy: 'marketplace',
};
const place = () => does(order, '42', { type: 'PlaceOrder', data: placement });
const said = () => answers.map(([, answer]) => answer);
const typesOf = async (aggregate: string, id: string) =>
  (await eventStore.read({ aggregate, id }, { from: 1, limit: 100 })).commits.flatMap(recorded).map(({ type }) => type);

beforeEach(() => {
  eventStore = memoryEventStore(() => new Date(0));
  waiting = new Map();
  answers = [];
  stopped = [];
});

/** The requests of executions that another release has started. */
const unknown: Readonly<Record<string, readonly [Partial<SagaTaskRequest>, string]>> = {
  'a saga': [{ saga: 'refund' }, "this release has no saga 'refund'"],
  'a revision': [{ revision: 2 }, "this release has no revision 2 of the saga 'fulfilment'"],
  'a step': [{ step: 'Weigh' }, "this release has no step 'Weigh' in the saga 'fulfilment'"],
  'a context of another shape': [
    { input: { ...input, context: { orderId: '42', lines: [] } } },
    'this release has another context: fulfilment: totalCents: Invalid input: expected number, received undefined',
  ],
  'an item of a list': [{ index: 1 }, 'this release takes its items from lines, which has no item 1'],
};
describe.each(Object.entries(unknown))('a task of another release, with %s that this code does not know,', (_, [change, why]) => {
  test.each([{}, { isRetry: true }])('is neither refused nor failed, but unknown: %j', async (more) => {
    await step({ ...reserve, revision: 1, ...more, ...change });
    expect(answers).toEqual([['t', { unknown: why }]]);
    expect(stopped).toEqual([]);
  });

  test('has its execution stopped if its machine does not know that answer: it would undo the saga', async () => {
    if (change.revision !== undefined) return; // Such a machine knows the answer.
    await step({ ...reserve, ...change });
    expect(stopped).toEqual([{ saga: change.saga ?? 'fulfilment', execution: 'e', why }]);
    expect(answers).toEqual([]);
  });

  test('is unknown to every machine as an undo: each asks an operator about that', async () => {
    await step({ ...release, ...change });
    expect(answers).toEqual([['t', { unknown: why }]]);
    expect(stopped).toEqual([]);
  });
});

test('a task of another release with an undo that this code does not have is unknown', async () => {
  await step({ ...release, step: 'ApproveOrder' });
  expect(answers).toEqual([['t', { unknown: "this release has no undo of 'ApproveOrder' in the saga 'fulfilment'" }]]);
});

test('a task is that of the revision that the execution runs', async () => {
  const { TakePayment, ...others } = fulfilment.steps;
  const second: AnySaga = {
    ...fulfilment,
    revision: 2,
    before: [fulfilment],
    steps: { ...others, Charge: { ...TakePayment, timeoutSeconds: 5 } },
  };
  const run = (one: SagaTaskRequest) => step(one, [second]);
  await run({ ...takePayment, revision: 1 });
  await run({ ...takePayment, revision: 2, token: 't2', input: { ...input, revision: 2 } });
  expect(answers).toEqual([['t2', { unknown: "this release has no step 'TakePayment' in the saga 'fulfilment'" }]]);
  await run({ ...takePayment, revision: 2, step: 'Charge', token: 't3', input: { ...input, revision: 2 } });
  expect([...waiting.values()].map(({ step: name, revision, timeoutSeconds }) => [name, revision, timeoutSeconds])).toEqual([
    ['TakePayment', 1, 900],
    ['Charge', 2, 5],
  ]);
});

test('a task makes its context again if another revision made it', async () => {
  await place();
  const context = z.object({ order: z.string() });
  const second: AnySaga = {
    ...{ ...fulfilment, revision: 2, before: [fulfilment], context },
    startsOn: { ...fulfilment.startsOn, context: (_, { id }) => ({ order: id }) },
    steps: { ApproveOrder: { ...fulfilment.steps.ApproveOrder, send: ({ order: id }) => ({ id, type: 'ApproveOrder', data: {} }) } },
  };
  await step({ ...reserve, revision: 2, step: 'ApproveOrder' }, [second]);
  expect(said()).toEqual([{ proceed: true }]);
  expect(await typesOf('order', '42')).toEqual(['OrderPlaced', 'OrderApproved']);
});

test('a task of another release does nothing, though an earlier try of it was carried out', async () => {
  await does(stock, 'tea', { type: 'ReceiveStock', data: { quantity: 1 } });
  await step({ ...reserve, revision: 1 });
  await step({ ...reserve, revision: 1, step: 'Weigh', isRetry: true });
  expect(said()).toEqual([{ proceed: true }, { unknown: expect.any(String) }]);
  expect(await typesOf('stock', 'tea')).toEqual(['StockReceived', 'StockReserved']);
});
