import { beforeEach, describe, expect, test } from '@jest/globals';
import { memoryEventStore } from '../../../adapters/event-log/memory-event-store.ts';
import { domain } from '../../../test/domain/index.ts';
import { order } from '../../../test/domain/order/decider.ts';
import { payment } from '../../../test/domain/payment/decider.ts';
import { stock } from '../../../test/domain/stock/decider.ts';
import { forget } from '../../../test/support/forgetting.ts';
import { handlerOn } from '../../../test/support/handling.ts';
import { Conflict, Invalid } from '../../basics/errors.ts';
import type { Message, Recorded } from '../../basics/messages.ts';
import { type Address, streamName } from '../../basics/stream.ts';
import { type EventStore, recallWindow, recorded } from '../../log/event-store.ts';
import type { AnyDecider } from '../../write/decider.ts';
import type { SagaTaskRequest, TaskAnswer, WaitingStep } from '../ports.ts';
import { sagaListener } from './listener.ts';
import { sagaStep } from './step.ts';

const input = {
  event: 'order-42@1',
  correlationId: 'c',
  context: { orderId: '42', totalCents: 240, lines: [{ productId: 'tea', reservation: '42/0' }] },
};
const call = { saga: 'fulfilment', execution: 'e', input, token: 't' };
const reserve: SagaTaskRequest = { ...call, does: 'send', step: 'ReserveStock', index: 0 };
const release: SagaTaskRequest = { ...reserve, does: 'undo' };
const takePayment: SagaTaskRequest = { ...call, does: 'send', step: 'TakePayment', index: 0, token: 't1' };
const stream = { aggregate: 'payment', id: '42' };

/** Everything that a step and the listener reach, and a word in between of each thing that they do. */
let eventStore: EventStore;
let waiting: Map<string, WaitingStep>;
let answers: [string, TaskAnswer][];
let calls: SagaTaskRequest[];
let interpose: (io: string) => Promise<void>;

const tokens = {
  put: async (one: WaitingStep) => {
    await interpose('put');
    waiting.set(one.token, one);
    await interpose('put done');
  },
  waitingOn: async (on: Address) => [...waiting.values()].filter(({ stream }) => streamName(stream) === streamName(on)),
  delete: async ({ token }: WaitingStep) => {
    await interpose('delete');
    waiting.delete(token);
    await interpose('delete done');
  },
};
const executions = {
  answer: async (token: string, answer: TaskAnswer) => {
    await interpose('answer');
    answers.push([token, answer]);
    await interpose('answer done');
  },
  stop: async () => {},
};
const step = (one: SagaTaskRequest) =>
  sagaStep({
    sagas: domain.sagas ?? [],
    handle: async (decider, to, request) => {
      await interpose('handle');
      const answer = await handlerOn(eventStore)(decider, to, request);
      await interpose('handle done');
      return answer;
    },
    eventStore: {
      read: async (...range) => {
        await interpose('read');
        return eventStore.read(...range);
      },
    },
    tokens,
    executions,
    stops: executions,
    callOperator: async (one) => void calls.push(one),
    now: () => new Date(0),
  })(one);
const listen = sagaListener({ sagas: domain.sagas ?? [], tokens, executions });

let ids = 0;
const does = async (decider: AnyDecider, id: string, command: Message) =>
  handlerOn(eventStore)(
    decider,
    { aggregate: decider.name, id },
    { commandId: `other-${ids++}`, command, correlationId: 'c', causationId: 'c' },
  );
const receive = () => does(payment, '42', { type: 'ReceivePayment', data: {} });
const placement = { customerId: 'c', lines: [{ productId: 'tea', sellerId: 's', priceCents: 1, freightCents: 0 }] };
const place = () => does(order, '42', { type: 'PlaceOrder', data: placement });
const said = () => answers.map(([, answer]) => answer);
const eventsOf = async (aggregate: string, id: string): Promise<Recorded[]> =>
  (await eventStore.read({ aggregate, id }, { from: 1, limit: 100 })).commits.flatMap(recorded);
const typesOf = async (aggregate: string, id: string) => (await eventsOf(aggregate, id)).map(({ type }) => type);

beforeEach(() => {
  eventStore = memoryEventStore(() => new Date(0));
  waiting = new Map();
  answers = [];
  calls = [];
  interpose = async () => {};
});

describe('a step', () => {
  test('sends its command, once however often it is done', async () => {
    await does(stock, 'tea', { type: 'ReceiveStock', data: { quantity: 1 } });
    for (let time = 0; time < 3; time++) await step(reserve);
    expect(await typesOf('stock', 'tea')).toEqual(['StockReceived', 'StockReserved']);
    for (let time = 0; time < 3; time++) await step(release);
    expect(await typesOf('stock', 'tea')).toEqual(['StockReceived', 'StockReserved', 'StockReleased']);
    expect(answers).toEqual(Array(6).fill(['t', { proceed: true }]));
  });

  test('answers a refusal with the reason: a function that ends with an error wakes somebody', async () => {
    await step(reserve);
    await step({ ...takePayment, step: 'ApproveOrder' });
    expect(answers).toEqual([
      ['t', { refused: 'OutOfStock' }],
      ['t1', { refused: 'OrderNotPlaced' }],
    ]);
    expect(waiting.size).toBe(0);
  });

  describe('that is refused at a later try', () => {
    const again: SagaTaskRequest = { ...reserve, isRetry: true };
    const dispatch: SagaTaskRequest = { ...reserve, step: 'DispatchStock' };

    test('does not say that nothing was done', async () => {
      await step(again);
      expect(answers).toEqual([['t', { refused: 'OutOfStock', onRetry: true }]]);
    });

    test('was done where the log has it, though the stream has forgotten it', async () => {
      const receiveOne: Message = { type: 'ReceiveStock', data: { quantity: 1 } };
      await does(stock, 'tea', receiveOne);
      await step(reserve);
      await step(dispatch);
      for (let time = 0; time < recallWindow; time++) await does(stock, 'tea', receiveOne);
      await step(dispatch);
      await step({ ...dispatch, isRetry: true });
      expect(said().slice(2)).toEqual([{ refused: 'NotReserved' }, { proceed: true }]);
    });

    test('and waits, where it waits, for what was said since', async () => {
      await step(takePayment);
      await forget(eventStore, stream, { type: 'PaymentReceived', data: {} });
      await step({ ...takePayment, token: 't2', isRetry: true });
      expect(answers).toEqual([['t2', { proceed: true }]]);
    });

    test("an undo or a last word was done where the log has it, and is an operator's where it has not", async () => {
      await place();
      const last: SagaTaskRequest = { ...call, does: 'abort', failed: {} };
      await step(last);
      await forget(eventStore, { aggregate: 'order', id: '42' }, { type: 'OrderShipped', data: {} });
      await step({ ...last, isRetry: true });
      await step({ ...last, execution: 'another', isRetry: true });
      await does(stock, 'tea', { type: 'ReceiveStock', data: { quantity: 1 } });
      await step(reserve);
      await step(release);
      await forget(eventStore, { aggregate: 'stock', id: 'tea' }, { type: 'StockReceived', data: { quantity: 1 } });
      await step({ ...release, isRetry: true });
      const proceeds = { proceed: true };
      expect(said()).toEqual([proceeds, proceeds, { refused: 'OrderNotOpen' }, proceeds, proceeds, proceeds]);
      expect((await typesOf('stock', 'tea')).filter((type) => type === 'StockReleased')).toHaveLength(1);
    });
  });

  test('says so of what cannot be sent at all', async () => {
    const lines = [{ productId: 'a tea', reservation: '1' }];
    await step({ ...reserve, input: { ...input, context: { ...input.context, lines } } });
    expect(answers).toEqual([['t', { refused: expect.stringContaining('an id has') }]]);
  });

  test.each([
    new Conflict('ConcurrencyConflict', 'others'),
    new Invalid('IdempotencyKeyReused', 'an earlier try sent something else'),
    new TypeError('a bug'),
  ])('does not say so where something may have been done: %s', async (error) => {
    interpose = () => Promise.reject(error);
    await expect(step(reserve)).rejects.toBe(error);
    expect(answers).toEqual([]);
  });

  test('that waits is remembered with the version from which on it is answered', async () => {
    await step(takePayment);
    const { saga, execution, token } = takePayment;
    const expected = { stream, since: 1, saga, step: 'TakePayment', index: 0, execution, token, timeoutSeconds: 900 };
    expect([...waiting.values()]).toEqual([expected]);
    expect(answers).toEqual([]);
    await step({ ...takePayment, revision: 1, token: 't2' });
    expect([...waiting.values()]).toEqual([expected, { ...expected, revision: 1, token: 't2' }]);
  });

  test('has the last word with the reason', async () => {
    await place();
    const last: SagaTaskRequest = { ...call, does: 'abort', failed: { TakePayment: { Error: 'States.Timeout' } } };
    for (let time = 0; time < 2; time++) await step(last);
    expect(await eventsOf('order', '42')).toMatchObject([{}, { data: { reason: 'TakePayment was not answered in time' } }]);
    await step({ ...last, input: { ...input, context: { ...input.context, orderId: '43' } } });
    expect(said()).toEqual([{ proceed: true }, { proceed: true }, { refused: 'OrderNotOpen' }]);
  });

  test('calls an operator', async () => {
    const stuck: SagaTaskRequest = { ...call, does: 'ask-operator', state: 'Undo TakePayment', token: 't', failed: { Error: 'Refused' } };
    await step(stuck);
    expect(calls).toEqual([stuck]);
  });
});

describe('an event that is awaited', () => {
  const payments = async () => (await eventsOf('payment', '42')).map((event) => listen(event));

  test('answers who waits, and nobody waits then', async () => {
    await step(takePayment);
    await receive();
    for (let time = 0; time < 3; time++) await Promise.all(await payments());
    expect(answers).toEqual([['t1', { proceed: true }]]);
    expect(waiting.size).toBe(0);
  });

  test('answers those of its tenant alone', async () => {
    for (const tenant of ['a', 'a-b'])
      await step({ ...takePayment, execution: tenant, token: tenant, input: { ...input, event: `${tenant}/order-42@1` } });
    await step(takePayment);
    const paid = { tenant: 'a', aggregate: 'payment', id: '42' };
    const command = { type: 'ReceivePayment', data: {} } as const;
    await handlerOn(eventStore)(payment, paid, { commandId: 'paid', command, correlationId: 'c', causationId: 'c' });
    const { commits } = await eventStore.read(paid, { from: 1, limit: 100 });
    for (const event of commits.flatMap(recorded)) await listen(event);
    expect(answers).toEqual([['a', { proceed: true }]]);
    expect([...waiting.values()].map(({ stream: { tenant } }) => tenant)).toEqual(['a-b', undefined]);
  });

  test('says why it came to nothing', async () => {
    await step(takePayment);
    await does(payment, '42', { type: 'DeclinePayment', data: { reason: 'no money' } });
    await Promise.all(await payments());
    expect(answers).toEqual([['t1', { abort: 'no money' }]]);
  });

  test('is found where it came first', async () => {
    interpose = async (io) => {
      if (io === 'put') await receive();
    };
    await step(takePayment);
    expect(answers).toEqual([['t1', { proceed: true }]]);
    expect(waiting.size).toBe(0);
  });

  test('from before the command says nothing', async () => {
    await step(takePayment);
    const [event] = await eventsOf('payment', '42');
    await listen({ ...(event as Recorded), type: 'PaymentReceived', metadata: { ...(event as Recorded).metadata, version: 0 } });
    expect(answers).toEqual([]);
  });

  test('of another stream says nothing', async () => {
    await step(takePayment);
    await receive();
    for (const event of await eventsOf('payment', '42')) await listen({ ...event, metadata: { ...event.metadata, id: '43' } });
    expect(answers).toEqual([]);
  });

  /** Crashed at each thing that a step does, and the event at each moment: tried again, it is answered, by the token of the last try or before. */
  const places = ['handle', 'handle done', 'put', 'put done', 'read', 'answer', 'answer done', 'delete', 'delete done'];
  const comings = ['handle done', 'put', 'put done', 'read', 'later'];
  test.each(places.flatMap((crash) => comings.map((coming) => [crash, coming])))(
    'crashed at %s, the event at %s',
    async (crash, coming) => {
      let isCrashed = false;
      let hasCome = false;
      const come = async () => {
        if (hasCome) return;
        hasCome = true;
        await receive();
        interpose = async () => {};
        await Promise.all(await payments());
      };
      const hostile = async (io: string) => {
        if (io === coming) await come();
        interpose = hostile;
        if (io === crash && !isCrashed) {
          isCrashed = true;
          throw new Error('crash');
        }
      };
      interpose = hostile;
      await step(takePayment).catch(() => {});
      if (isCrashed) await step({ ...takePayment, token: 't2' });
      interpose = async () => {};
      await come();
      // With its second try the machine has forgotten the first token.
      expect(answers).toContainEqual([isCrashed ? 't2' : 't1', { proceed: true }]);
      expect(await typesOf('payment', '42')).toEqual(['PaymentRequested', 'PaymentReceived']);
      await Promise.all(await payments());
      expect(waiting.size).toBe(0);
    },
  );
});
