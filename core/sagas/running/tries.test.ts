import { beforeEach, expect, test } from '@jest/globals';
import { memoryEventStore } from '../../../adapters/event-log/memory-event-store.ts';
import { domain } from '../../../test/domain/index.ts';
import { payment } from '../../../test/domain/payment/decider.ts';
import { handlerOn } from '../../../test/support/handling.ts';
import { type EventStore, recorded } from '../../log/event-store.ts';
import type { SagaTaskRequest, SagaTokens, TaskAnswer, WaitingStep } from '../ports.ts';
import { sagaListener } from './listener.ts';
import { type SagaStepPorts, sagaStep } from './step.ts';

// Two tries of a step that waits for a payment, and the payment in between or after them.

const input = { event: 'order-42@1', correlationId: 'c', context: { orderId: '42', totalCents: 240, lines: [] } };
const first: SagaTaskRequest = { saga: 'fulfilment', execution: 'e', input, does: 'send', step: 'TakePayment', index: 0, token: 'first' };
const second: SagaTaskRequest = { ...first, token: 'second', isRetry: true };
const stream = { aggregate: 'payment', id: '42' };

let eventStore: EventStore;
let waiting: Map<string, WaitingStep>;
let answers: [string, TaskAnswer][];

const tokens: SagaTokens = {
  put: async (one) => void waiting.set(one.token, one),
  waitingOn: async () => [...waiting.values()],
  delete: async ({ token }) => void waiting.delete(token),
};
const executions = { answer: async (token: string, answer: TaskAnswer) => void answers.push([token, answer]), stop: async () => {} };
const handle: SagaStepPorts['handle'] = (...asked) => handlerOn(eventStore)(...asked);
const step = (call: SagaTaskRequest, differently: Partial<SagaStepPorts> = {}) =>
  sagaStep({
    ...{ sagas: domain.sagas ?? [], handle, eventStore, tokens, executions, stops: executions, callOperator: async () => {} },
    ...differently,
  })(call);
const receive = () =>
  handle(
    payment,
    { id: stream.id },
    { commandId: 'r', command: { type: 'ReceivePayment', data: {} }, correlationId: 'c', causationId: 'c' },
  );
const listen = async () => {
  const { commits } = await eventStore.read(stream, { from: 1, limit: 100 });
  for (const event of commits.flatMap(recorded)) await sagaListener({ sagas: domain.sagas ?? [], tokens, executions })(event);
};

beforeEach(() => {
  eventStore = memoryEventStore(() => new Date(0));
  waiting = new Map();
  answers = [];
});

test('the second is answered, though the first, which was thought lost, says after it that it waits', async () => {
  const late: SagaTokens = {
    ...tokens,
    put: async (one) => {
      await step(second);
      await tokens.put(one);
    },
  };
  await step(first, { tokens: late });
  await receive();
  await listen();
  expect(answers).toContainEqual(['second', { proceed: true }]);
  expect(waiting.size).toBe(0);
});

test('the second is answered by what came between them, where the stream has forgotten the first and finds nothing to do', async () => {
  await step(first);
  const { version } = await receive();
  await step(second, { handle: async () => ({ stream, version, events: [], isRepeated: false }) });
  expect(answers).toEqual([['second', { proceed: true }]]);
});

test('a step whose command finds nothing to do waits on, though the last event of the stream is one that it awaits', async () => {
  const command = { type: 'RequestPayment', data: { amountCents: 240 } } as const;
  await handle(payment, { id: stream.id }, { commandId: 'r0', command, correlationId: 'c', causationId: 'c' });
  const { version } = await receive();
  await step(first, { handle: async () => ({ stream, version, events: [], isRepeated: false }) });
  expect((await eventStore.read(stream, { from: 1, limit: 10 })).commits.flatMap(recorded).map(({ type }) => type)).toEqual([
    'PaymentRequested',
    'PaymentReceived',
  ]);
  expect(answers).toEqual([]);
  expect([...waiting.values()]).toMatchObject([{ token: 'first', since: 3 }]);
});
