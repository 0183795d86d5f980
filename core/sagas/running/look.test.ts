import { beforeEach, describe, expect, test } from '@jest/globals';
import { memoryEventStore } from '../../../adapters/event-log/memory-event-store.ts';
import { domain } from '../../../test/domain/index.ts';
import { payment } from '../../../test/domain/payment/decider.ts';
import { handlerOn } from '../../../test/support/handling.ts';
import { request } from '../../../test/support/requests.ts';
import { NewerRelease } from '../../basics/errors.ts';
import type { Message } from '../../basics/messages.ts';
import type { EventStore } from '../../log/event-store.ts';
import type { SagaTaskRequest, TaskAnswer, WaitingStep } from '../ports.ts';
import type { AnySaga } from '../saga.ts';
import { sagaStep } from './step.ts';

// The time of a step is up. No notice of the awaited event has reached it, although the event may be in the log.

const input = { event: 'order-42@1', correlationId: 'c', context: { orderId: '42', totalCents: 240, lines: [] } };
const pay: SagaTaskRequest = {
  saga: 'fulfilment',
  revision: 1,
  execution: 'e',
  input,
  token: 't1',
  does: 'send',
  step: 'TakePayment',
  index: 0,
};
const late: SagaTaskRequest = { ...pay, does: 'look', token: 't2' };
const stream = { aggregate: 'payment', id: '42' };

let eventStore: EventStore;
let waiting: WaitingStep[];
let answers: [string, TaskAnswer][];
let stopped: string[];
beforeEach(() => {
  eventStore = memoryEventStore(() => new Date(0));
  waiting = [];
  answers = [];
  stopped = [];
});

const step = (call: SagaTaskRequest, sagas: readonly AnySaga[] = domain.sagas ?? [], handle = handlerOn(eventStore)) =>
  sagaStep({
    ...{ sagas, handle, eventStore },
    tokens: { put: async (one) => void waiting.push(one), waitingOn: async () => waiting, delete: async () => {} },
    executions: { answer: async (...one) => void answers.push(one) },
    stops: { stop: async ({ execution }) => void stopped.push(execution) },
    now: () => new Date(),
    callOperator: async () => {},
  })(call);
const does = (command: Message) => handlerOn(eventStore)(payment, stream, request(command as never));
const receive = () => does({ type: 'ReceivePayment', data: {} });
const commits = async () => (await eventStore.read(stream, { from: 1, limit: 100 })).commits.length;
const unheard = { late: 'TakePayment was not answered in time' };

test('the event that nobody told of is found', async () => {
  await step(pay);
  await receive();
  expect(answers).toEqual([]);
  await step(late);
  expect(answers).toEqual([['t2', { proceed: true }]]);
});

test('an event that aborts the saga is found as well', async () => {
  await step(pay);
  await does({ type: 'DeclinePayment', data: { reason: 'no money' } });
  await step(late);
  expect(answers).toEqual([['t2', { abort: 'no money' }]]);
});

test('without an event the step was not answered in time, and no command is sent', async () => {
  await step(pay);
  const before = await commits();
  await step(late);
  expect(answers).toEqual([['t2', unheard]]);
  expect(await commits()).toBe(before);
});

test('a step that was never carried out is not carried out now', async () => {
  await step(late);
  expect(answers).toEqual([['t2', unheard]]);
  expect(await commits()).toBe(0);
});

test('without the row of the waiting step, the look begins at its command', async () => {
  await step(pay);
  await receive();
  waiting = [];
  await step(late);
  expect(answers).toEqual([['t2', { proceed: true }]]);
});

test('an event before the step does not answer it', async () => {
  await step(pay);
  await receive();
  waiting = [{ ...(waiting[0] as WaitingStep), since: 3 }];
  await step(late);
  expect(answers).toEqual([['t2', unheard]]);
});

test.each([['execution'], ['step']] as const)('the row of another %s is not its own', async (field) => {
  await step(pay);
  await receive();
  waiting = [{ ...(waiting[0] as WaitingStep), [field]: 'another', since: 3 }];
  await step(late);
  expect(answers).toEqual([['t2', { proceed: true }]]);
});

describe('code that does not know the step', () => {
  const [saga] = domain.sagas as readonly [AnySaga];
  const { TakePayment, ...others } = saga.steps;
  test.each<readonly [string, readonly AnySaga[]]>([
    ['the step', [{ ...saga, steps: { ...others, Pay: TakePayment } as AnySaga['steps'] }]],
    ['the revision', [{ ...saga, revision: 2 }]],
    ['the saga', []],
  ])('answers that it does not know %s, and the saga does not go back', async (_, sagas) => {
    await step(pay);
    await step(late, sagas);
    expect(answers).toEqual([['t2', { unknown: expect.stringContaining('this release has no') }]]);
  });
});

describe('a stream with an event of a newer release', () => {
  const newer = () => Promise.reject(new NewerRelease('payment-42@2: this release knows no event'));
  test.each(['send', 'undo', 'abort'] as const)('makes the task %s wait: nothing is refused', async (task) => {
    await step({ ...pay, does: task, failed: {} }, undefined, newer as never);
    expect(answers).toEqual([['t1', { unknown: expect.stringContaining('knows no event') }]]);
  });

  test('stops an execution whose machine would take every answer for a refusal', async () => {
    const { revision: _, ...old } = pay;
    await step(old, undefined, newer as never);
    expect([answers, stopped]).toEqual([[], ['e']]);
  });

  test('makes the look wait', async () => {
    await step(pay);
    const tail = (await eventStore.load(stream, { fingerprint: 'any', initialState: () => 0, evolve: (state) => state }, 'strong')).tail;
    const events = [{ type: 'PaymentReceived', schema: 9, data: {} }];
    await eventStore.append(tail, request({ type: 'Any', data: {} }), { events, folded: { fingerprint: 'any', state: 0 } });
    await step(late);
    expect(answers).toEqual([['t2', { unknown: expect.stringContaining('schema version') }]]);
  });
});
