import { expect, test } from '@jest/globals';
import { Conflict, Denied, ensure, Invalid, InvalidEvent, NotFound, Refusal, TooLargeTogether, Unavailable, Unwritable } from './errors.ts';

const details = { field: 'customerId' };

// State machines catch errors by these names, problem documents show the codes, and logs are searched for both.
test.each<[Error, object]>([
  [
    new Invalid('InvalidData', 'customerId: required', details),
    { name: 'Invalid', code: 'InvalidData', message: 'customerId: required', details },
  ],
  [new Invalid('InvalidId', 'too long'), { name: 'Invalid', code: 'InvalidId', details: {} }],
  [new Denied('Forbidden', 'no', 'order:write'), { name: 'Denied', code: 'Forbidden', message: 'no', scope: 'order:write' }],
  [new Denied('Unauthorized', 'no token'), { name: 'Denied', code: 'Unauthorized', scope: undefined }],
  [new NotFound('UnknownRoute', 'no route'), { name: 'NotFound', code: 'UnknownRoute', message: 'no route' }],
  [new Refusal('OrderNotOpen', details), { name: 'Refusal', code: 'OrderNotOpen', message: 'OrderNotOpen', details }],
  [new Refusal('OrderNotOpen'), { details: {} }],
  [
    new Conflict('PreconditionFailed', 'it is at 3', details),
    { name: 'Conflict', code: 'PreconditionFailed', message: 'it is at 3', details },
  ],
  [new Conflict('ConcurrencyConflict', 'others were first'), { code: 'ConcurrencyConflict', details: {} }],
  [new InvalidEvent('by: expected number'), { name: 'InvalidEvent', message: 'by: expected number' }],
  [new Unwritable('no room'), { name: 'Unwritable', message: 'no room' }],
  [new TooLargeTogether('too many'), { name: 'TooLargeTogether', message: 'too many' }],
  [new Unavailable('no answer'), { name: 'Unavailable', code: 'Unavailable', message: 'no answer', retryAfterSeconds: 1 }],
])('%s has its name, code and details', (error, expected) => {
  expect(error).toMatchObject(expected);
  expect(error).toBeInstanceOf(Error);
});

test('what is too large together is unwritable, too', () => {
  expect(new TooLargeTogether('too many')).toBeInstanceOf(Unwritable);
});

test('an invariant that holds lets the command go on, and one that does not refuses it with code and details', () => {
  expect(() => ensure(true, 'OrderNotOpen')).not.toThrow();
  expect(() => ensure(false, 'OrderNotOpen', details)).toThrow(new Refusal('OrderNotOpen', details));
  expect(() => ensure(false, 'OrderNotOpen', details)).toThrow(expect.objectContaining({ code: 'OrderNotOpen', details }));
});
