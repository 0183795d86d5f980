import { describe, expect, test } from '@jest/globals';
import { stopNotices, toSagaCall, toStop } from '../../adapters/lambda/saga-events.ts';
import type { IntegrationEvent } from '../../core/publish/publication.ts';

const input = { event: 'order-42@1', correlationId: 'c', context: { orderId: '42' } };
const task = { saga: 'fulfilment', execution: 'e', input, does: 'send', step: 'ShipOrder', index: 0, token: 't' };
const enteredAt = '2018-01-01T00:00:00.000Z';
const first = { ...task, entered: { Name: 'ShipOrder', EnteredTime: enteredAt, RetryCount: 0 }, redrives: 0 };

test('the request of a state machine is a task', () => {
  expect(toSagaCall(first)).toEqual({ ...task, isRetry: false, enteredAt });
  expect(toSagaCall({ ...first, does: 'undo' })).toEqual({ ...task, does: 'undo', isRetry: false, enteredAt });
  for (const does of ['look', 'ask-operator'])
    expect(toSagaCall({ ...first, does: does === 'look' ? does : 'wait' })).toEqual({ ...task, does });
  const second = { ...input, revision: 2 };
  expect(toSagaCall({ ...first, revision: 2, input: second })).toEqual({ ...task, revision: 2, input: second, isRetry: false, enteredAt });
  expect(toSagaCall({ ...first, revision: 1, told: {} })).toEqual({ ...task, revision: 1, isRetry: false, enteredAt });
  const started = { ...input, again: true };
  expect(toSagaCall({ ...first, input: started })).toEqual({ ...task, input: started, isRetry: false, enteredAt });
  expect(() => toSagaCall({ ...first, does: 'something' })).toThrow('does');
});

describe('an earlier try may have been carried out', () => {
  const stuck = { Error: 'States.Timeout', Cause: '' };
  test.each<[string, object]>([
    ['at a retry', { entered: { RetryCount: 3 } }],
    ['at a retry by an engine that says when in another form', { entered: { RetryCount: 3, EnteredTime: 'just now' } }],
    ['after an operator', { input: { ...input, stuck: { ShipOrder: {} } } }],
    ['after an operator, in a step that begins with others', { told: { index: 0, stuck: { ShipOrder: stuck } } }],
    ['after an operator, in an execution of an earlier release', { input: { ...input, stuck } }],
    ['in an execution that was taken up again', { redrives: 1 }],
    ['where the engine does not count retries', { entered: { Name: 'ShipOrder' } }],
    ['where it knows nothing of states', { entered: null }],
    ['where it knows nothing of redrives', { redrives: null }],
    ['where a machine of an earlier release does not say', { entered: undefined, redrives: undefined }],
  ])('%s', (_, more) => {
    for (const does of ['send', 'undo']) expect(toSagaCall({ ...first, does, ...more })).toEqual({ ...task, does, isRetry: true });
  });

  test('at a retry, but not before the state was entered', () => {
    expect(toSagaCall({ ...first, entered: { ...first.entered, RetryCount: 1 } })).toEqual({ ...task, isRetry: true, enteredAt });
  });

  test.each(['undo', 'abort'])('in an %s that says nothing of tries', (does) => {
    expect(toSagaCall({ ...task, does })).toEqual({ ...task, does, isRetry: true });
  });
});

test.each<[string, object]>([
  ['another step', { input: { ...input, stuck: { TakePayment: {} } } }],
  ['a step whose name every object knows', { input: { ...input, stuck: { constructor: {} } } }],
])('the first try of a step is no later one after an operator looked at %s', (_, more) => {
  expect(toSagaCall({ ...first, ...more })).toEqual({ ...task, isRetry: false, enteredAt });
});

describe('a notice to stop an execution', () => {
  const stop = { saga: 'fulfilment', execution: 'fulfilment-4f2a', why: 'no such step' };
  const at = new Date('2026-01-01T00:00:00.000Z');
  const sent = async (): Promise<object> => {
    const events: IntegrationEvent[] = [];
    await stopNotices({ bus: { publish: async (event) => void events.push(event) }, now: () => at }).stop(stop);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ source: 'sagas', type: 'StopExecution' });
    return { 'detail-type': events[0]?.type, detail: JSON.parse(JSON.stringify(events[0])) };
  };
  const later = (minutes: number) => new Date(at.getTime() + minutes * 60_000);

  test('names the execution', async () => expect(toStop(await sent(), later(0))).toEqual(stop));
  test('is followed for an hour: an older one was replayed', async () => {
    expect(toStop(await sent(), later(60))).toEqual(stop);
    expect(toStop(await sent(), later(61))).toBe('too late');
  });
  test.each([
    ['the notice of an event', { 'detail-type': 'PaymentReceived.v1', detail: { id: 'payment-42@2' } }],
    ['anything else', {}],
  ])('is not %s', (_, event) => expect(toStop(event, at)).toBeUndefined());
});
