import { describe, expect, test } from '@jest/globals';
import { toSagaCall } from '../../adapters/lambda/saga-events.ts';

const input = { event: 'order-42@1', correlationId: 'c', context: { orderId: '42' } };
const task = { saga: 'fulfilment', execution: 'e', input, does: 'send', step: 'ShipOrder', index: 0, token: 't' };
const first = { ...task, entered: { Name: 'ShipOrder', EnteredTime: '2018-01-01T00:00:00.000Z', RetryCount: 0 }, redrives: 0 };

test('the request of a state machine is a task', () => {
  expect(toSagaCall(first)).toEqual({ ...task, isRetry: false });
  expect(toSagaCall({ ...first, does: 'undo' })).toEqual({ ...task, does: 'undo' });
  expect(() => toSagaCall({ ...first, does: 'something' })).toThrow('does');
});

describe('an earlier try may have been carried out', () => {
  const stuck = { Error: 'States.Timeout', Cause: '' };
  test.each<[string, object]>([
    ['at a retry', { entered: { RetryCount: 3 } }],
    ['after an operator', { input: { ...input, stuck } }],
    ['in an execution that was taken up again', { redrives: 1 }],
    ['where the engine does not count retries', { entered: { Name: 'ShipOrder' } }],
    ['where it knows nothing of states', { entered: null }],
    ['where it knows nothing of redrives', { redrives: null }],
    ['where a machine of an earlier release does not say', { entered: undefined, redrives: undefined }],
  ])('%s', (_, more) => {
    expect(toSagaCall({ ...first, ...more })).toEqual({ ...task, isRetry: true });
  });
});
