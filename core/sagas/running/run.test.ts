import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { fulfilment } from '../../../test/domain/fulfilment/saga.ts';
import { payment } from '../../../test/domain/payment/decider.ts';
import { stock } from '../../../test/domain/stock/decider.ts';
import type { Recorded } from '../../basics/messages.ts';
import type { AnyDecider } from '../../write/decider.ts';
import type { SagaInput } from '../ports.ts';
import { type AnySaga, maxItems } from '../saga.ts';
import { answerIn } from './awaited.ts';
import { stepNamed, UnknownDefinition } from './definition.ts';
import { commandOf, concerns, growthOf, startOf } from './run.ts';

const event = (type: string, data: unknown, aggregate = 'order', more = {}): Recorded => ({
  type,
  data,
  metadata: {
    aggregate,
    id: '42',
    version: 1,
    eventId: `${aggregate}-42@1`,
    recordedAt: '',
    commandId: 'c',
    correlationId: 'corr',
    causationId: 'c',
    ...more,
  },
});
const line = { sellerId: 's', priceCents: 100, freightCents: 20 };
const placement = {
  customerId: 'cleo',
  lines: [
    { ...line, productId: 'tea' },
    { ...line, productId: 'cup' },
  ],
  fulfilledBy: 'marketplace',
};
const input = {
  event: 'order-42@1',
  correlationId: 'corr',
  context: {
    orderId: '42',
    totalCents: 240,
    lines: [
      { productId: 'tea', reservation: '42/0' },
      { productId: 'cup', reservation: '42/1' },
    ],
  },
};

describe('an execution has 256 KB of data, and a saga does not start whose data may grow beyond them', () => {
  const saga: AnySaga = { ...fulfilment, context: z.object({ note: z.string(), lines: z.array(z.string()) }) };
  const noted = (note: string, count: number): AnySaga => ({
    ...saga,
    startsOn: { ...saga.startsOn, context: () => ({ note, lines: Array(count).fill('é') }) },
  });
  const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
  const start = (note: string, count: number) => startOf(noted(note, count), event('OrderPlaced', placement));

  test.each([
    [0, 4096 + 65_536],
    [60, 4096 + 60 * 1024 + 2 * 60 * 64],
    [maxItems, 4096 + maxItems * 1024 + 2 * maxItems * 64],
  ])('with %d items', (count, growth) => {
    expect(growthOf(saga, { lines: Array(count).fill('') })).toBe(Math.max(growth, 4096 + 65_536));
    const most = 256 * 1024 - Math.max(growth, 4096 + 65_536);
    const longest = 'x'.repeat(most - bytesOf(start('', count)));
    expect(bytesOf(start(longest, count))).toBe(most);
    expect(() => start(`${longest}x`, count)).toThrow(
      expect.objectContaining({
        code: 'InvalidData',
        message: `fulfilment: the context makes an input of ${most + 1} bytes, and ${most} are the most with lists of this length: keep references in it`,
      }),
    );
  });
});

describe('a saga starts', () => {
  test('on its event', () => expect(startOf(fulfilment, event('OrderPlaced', placement))).toStrictEqual(input));
  test('and remembers who wished it', () =>
    expect(startOf(fulfilment, event('OrderPlaced', placement, 'order', { actor: 'ada' }))).toEqual({ ...input, actor: 'ada' }));
  test('and knows how many processes have led to it; it does not start if those are a loop', () => {
    const deep = (depth: number) => event('OrderPlaced', placement, 'order', { depth });
    const started = startOf(fulfilment, deep(15));
    expect(started).toEqual({ ...input, depth: 15 });
    const { request } = commandOf(fulfilment, 'e', started as SagaInput, { does: 'send', step: 'ReserveStock', index: 0 });
    expect(request.depth).toBe(16);
    expect(() => startOf(fulfilment, deep(16))).toThrow('fulfilment: 16 processes in a row have led to the event, which is a loop');
  });
  test('with its revision, unless that is the first', () => {
    expect(startOf({ ...fulfilment, revision: 1 }, event('OrderPlaced', placement))).toEqual(input);
    expect(startOf({ ...fulfilment, revision: 2 }, event('OrderPlaced', placement))).toEqual({ ...input, revision: 2 });
  });
  test.each(['seller', undefined])('not where it does not concern it: %s', (fulfilledBy) =>
    expect(startOf(fulfilment, event('OrderPlaced', { ...placement, fulfilledBy }))).toBeUndefined(),
  );
  test('not on another event', () => expect(startOf(fulfilment, event('OrderApproved', {}))).toBeUndefined());
  test('not with a list of more items than an execution has room for', () => {
    const of = (length: number) => event('OrderPlaced', { ...placement, lines: Array(length).fill({ ...line, productId: 'tea' }) });
    expect(startOf(fulfilment, of(maxItems))).toBeDefined();
    expect(() => startOf(fulfilment, of(maxItems + 1))).toThrow(
      expect.objectContaining({
        code: 'InvalidData',
        message: 'fulfilment: lines has 201 items, and 200 are the most that a saga takes a step for',
      }),
    );
  });
  test('on a context without its list, which the schema may allow', () => {
    const open = { ...fulfilment, context: z.object({ orderId: z.string() }) } as unknown as typeof fulfilment;
    expect(startOf(open, event('OrderPlaced', placement))?.context).toEqual({ orderId: '42' });
  });
  test('on the events that concern it, whether their context is right or not', () => {
    const startsOn = { ...fulfilment.startsOn, context: () => ({ wrong: true }) } as never;
    expect(concerns({ ...fulfilment, startsOn }, event('OrderPlaced', placement))).toBe(true);
    expect(concerns(fulfilment, event('OrderPlaced', { ...placement, fulfilledBy: 'seller' }))).toBe(false);
    expect(concerns(fulfilment, event('OrderApproved', {}))).toBe(false);
    expect(concerns({ ...fulfilment, startsOn }, event('OrderApproved', {}))).toBe(false);
    expect(concerns({ ...fulfilment, startsOn }, event('OrderPlaced', placement, 'stock'))).toBe(false);
  });
  test('not on the event of another aggregate', () =>
    expect(startOf(fulfilment, event('OrderPlaced', placement, 'stock'))).toBeUndefined());
});

describe('its commands', () => {
  const cause = { correlationId: 'corr', causationId: 'order-42@1', by: 'saga:fulfilment', depth: 1 };
  test('go to the aggregate that the step names, under an id of their own', () => {
    expect(commandOf(fulfilment, 'e', input, { does: 'send', step: 'ReserveStock', index: 1 })).toEqual({
      decider: stock,
      stream: { aggregate: 'stock', id: 'cup' },
      request: {
        ...{ commandId: 'e/ReserveStock/1', command: { type: 'ReserveStock', data: { reservation: '42/1', quantity: 1 } } },
        ...{ received: { reservation: '42/1', quantity: 1 }, ...cause },
      },
    });
  });
  test('go to the tenant whose event has started it', () => {
    const ofAcme = startOf(fulfilment, event('OrderPlaced', placement, 'order', { tenant: 'acme', eventId: 'acme/order-42@1' }));
    if (ofAcme === undefined) throw new Error('it does not start');
    for (const does of ['send', 'undo'] as const)
      expect(commandOf(fulfilment, 'e', ofAcme, { does, step: 'ReserveStock', index: 1 }).stream).toEqual({
        tenant: 'acme',
        aggregate: 'stock',
        id: 'cup',
      });
    expect(commandOf(fulfilment, 'e', ofAcme, { does: 'abort', reason: 'r' })).toMatchObject({
      stream: { tenant: 'acme', aggregate: 'order', id: '42' },
      request: { causationId: 'acme/order-42@1' },
    });
  });
  test('are undone under another', () => {
    expect(commandOf(fulfilment, 'e', { ...input, actor: 'ada' }, { does: 'undo', step: 'TakePayment', index: 0 })).toEqual({
      decider: payment,
      stream: { aggregate: 'payment', id: '42' },
      request: { commandId: 'e/TakePayment/0/undo', command: { type: 'RefundPayment', data: {} }, received: {}, ...cause, actor: 'ada' },
    });
  });
  test('end with the reason', () => {
    const { request } = commandOf(fulfilment, 'e', input, { does: 'abort', reason: 'OutOfStock' });
    const data = { reason: 'OutOfStock' };
    expect(request).toEqual({ commandId: 'e/abort', command: { type: 'CancelOrder', data }, received: data, ...cause });
  });
  test('fit their schema and an address, or are not sent', () => {
    const odd = { ...input, context: { ...input.context, lines: [{ productId: 'a tea', reservation: '1' }], totalCents: -1 } };
    expect(() => commandOf(fulfilment, 'e', odd, { does: 'send', step: 'ReserveStock', index: 0 })).toThrow(
      expect.objectContaining({ code: 'InvalidId' }),
    );
    expect(() => commandOf(fulfilment, 'e', odd, { does: 'send', step: 'TakePayment', index: 0 })).toThrow(
      expect.objectContaining({ code: 'InvalidData' }),
    );
  });
  test.each([
    [
      'a step that there is not',
      { does: 'send', step: 'constructor', index: 0 },
      "this release has no step 'constructor' in the saga 'fulfilment'",
    ],
    [
      'an undo that there is not',
      { does: 'undo', step: 'ApproveOrder', index: 0 },
      "this release has no undo of 'ApproveOrder' in the saga 'fulfilment'",
    ],
    [
      'an item that there is not',
      { does: 'send', step: 'ReserveStock', index: 2 },
      'this release takes its items from lines, which has no item 2',
    ],
  ] as const)('are not made of %s: another release knows it', (_, task, says) =>
    expect(() => commandOf(fulfilment, 'e', input, task)).toThrow(new UnknownDefinition(says)),
  );
  test('name nobody, where nobody is known who wished them', () => {
    const { request } = commandOf(fulfilment, 'e', input, { does: 'send', step: 'TakePayment', index: 0 });
    expect(Object.keys(request)).not.toContain('actor');
  });
  test('are not made of a context of another shape', () =>
    expect(() => commandOf(fulfilment, 'e', { ...input, context: {} }, { does: 'abort', reason: 'r' })).toThrow(
      expect.objectContaining({
        name: 'UnknownDefinition',
        message: expect.stringMatching(/^this release has another context: fulfilment: orderId/),
      }),
    ));
  test('are not made of a command that the aggregate no longer has', () => {
    const { RequestPayment: _, ...commands } = payment.commands;
    const to = { ...payment, commands } as AnyDecider;
    const saga: AnySaga = { ...fulfilment, steps: { TakePayment: { ...fulfilment.steps.TakePayment, to } } };
    expect(() => commandOf(saga, 'e', input, { does: 'send', step: 'TakePayment', index: 0 })).toThrow(
      new UnknownDefinition("this release has no command 'RequestPayment' of 'payment'"),
    );
  });
});

test('an event answers a step, or says nothing to it', () => {
  const step = stepNamed(fulfilment, 'TakePayment');
  expect(answerIn(step, event('PaymentReceived', {}, 'payment'))).toEqual({ proceed: true });
  expect(answerIn(step, event('PaymentDeclined', { reason: 'no money' }, 'payment'))).toEqual({ abort: 'no money' });
  expect(answerIn(step, event('PaymentRequested', {}, 'payment'))).toBeUndefined();
  expect(answerIn(step, event('PaymentReceived', {}, 'order'))).toBeUndefined();
  expect(answerIn(stepNamed(fulfilment, 'ShipOrder'), event('OrderShipped', {}))).toBeUndefined();
});
