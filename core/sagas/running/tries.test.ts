import { beforeEach, describe, expect, test } from '@jest/globals';
import { memoryEventStore } from '../../../adapters/event-log/memory-event-store.ts';
import { fulfilment } from '../../../test/domain/fulfilment/saga.ts';
import { domain } from '../../../test/domain/index.ts';
import { payment } from '../../../test/domain/payment/decider.ts';
import { forget } from '../../../test/support/forgetting.ts';
import { handlerOn } from '../../../test/support/handling.ts';
import { loadAll } from '../../../test/support/requests.ts';
import type { Message } from '../../basics/messages.ts';
import type { Address } from '../../basics/stream.ts';
import { type EventStore, recallWindow, recorded } from '../../log/event-store.ts';
import type { AnyDecider } from '../../write/decider.ts';
import type { SagaTaskRequest, SagaTokens, TaskAnswer, WaitingStep } from '../ports.ts';
import type { AnySaga, AnyStep } from '../saga.ts';
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
    ...{
      sagas: domain.sagas ?? [],
      handle,
      eventStore,
      tokens,
      executions,
      stops: executions,
      callOperator: async () => {},
      now: () => new Date(0),
    },
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

const pay = fulfilment.steps.TakePayment as AnyStep;
const onlyNew: AnySaga = { ...fulfilment, steps: { TakePayment: { ...pay, onlyNew: true } } };

describe.each<[string, AnySaga]>([
  ['any event', fulfilment],
  ['a new event', onlyNew],
])('of a step that awaits %s', (_, saga) => {
  test('the second try is answered by what came between them, where the stream has forgotten the first', async () => {
    await step(first);
    await receive();
    await forget(eventStore, stream, { type: 'PaymentReceived', data: {} });
    await step(second, { sagas: [saga] });
    expect(answers).toEqual([['second', { proceed: true }]]);
    expect((await loadAll(eventStore, stream)).commits).toHaveLength(2 + recallWindow);
  });
});

test('a command that finds nothing to do is not answered by what was said before, where only a new event will do', async () => {
  await step(first);
  const { version } = await receive();
  await step(first, { sagas: [onlyNew], handle: async () => ({ stream, version, events: [], isRepeated: false }) });
  expect(answers).toEqual([]);
  const events = [{ type: 'PaymentRequested', version: version + 1 }];
  await step(second, { sagas: [onlyNew], handle: async () => ({ stream, version: version + 1, events, isRepeated: false }) });
  expect(answers).toEqual([]);
});

describe('a step whose command finds nothing to do', () => {
  const does = (...commands: Message[]) =>
    commands.reduce(async (before, command, index) => {
      await before;
      return (
        await handle(payment as AnyDecider, { id: stream.id }, { commandId: `r${index}`, command, correlationId: 'c', causationId: 'c' })
      ).version;
    }, Promise.resolve(0));
  const requested: Message = { type: 'RequestPayment', data: { amountCents: 240 } };
  const declined: Message = { type: 'DeclinePayment', data: { reason: 'no money' } };
  const received: Message = { type: 'ReceivePayment', data: {} };
  const nothing = (version: number) => ({ handle: async () => ({ stream, version, events: [], isRepeated: false }) });

  test.each<[string, readonly Message[], TaskAnswer]>([
    ['one that proceeds', [requested, received], { proceed: true }],
    ['one that aborts', [requested, declined], { abort: 'no money' }],
    ['one with others after it', [requested, received, { type: 'RefundPayment', data: {} }], { proceed: true }],
  ])('is answered by the awaited event that is in the stream: %s', async (_, commands, answer) => {
    await step(first, nothing(await does(...commands)));
    expect(answers).toEqual([['first', answer]]);
    expect(waiting.size).toBe(0);
  });

  test('is answered by the newest of several, however far back it is', async () => {
    const asked: AnyStep['awaits'] = { PaymentRequested: () => ({ abort: 'asked' }), PaymentReceived: 'proceed' };
    const sagas: readonly AnySaga[] = [{ ...fulfilment, steps: { TakePayment: { ...pay, awaits: asked } } }];
    const slowly = { read: (on: Address, range: Parameters<EventStore['read']>[1]) => eventStore.read(on, { ...range, limit: 1 }) };
    const version = await does(requested, received);
    await step(first, { ...nothing(version), sagas, eventStore: slowly });
    await step(first, { ...nothing(1), sagas, eventStore: slowly });
    expect(answers).toEqual([
      ['first', { proceed: true }],
      ['first', { abort: 'asked' }],
    ]);
  });

  test('waits on where only a new event will do', async () => {
    const version = await does(requested, received);
    await step(first, { ...nothing(version), sagas: [onlyNew] });
    expect(answers).toEqual([]);
    expect([...waiting.values()]).toMatchObject([{ token: 'first', since: 3 }]);
  });

  test('waits on where no awaited event is in the stream', async () => {
    await step(first, nothing(await does(requested)));
    expect(answers).toEqual([]);
    expect([...waiting.values()]).toMatchObject([{ token: 'first', since: 2 }]);
  });
});
