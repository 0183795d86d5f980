import { beforeEach, describe, expect, test } from '@jest/globals';
import { memoryEventStore } from '../../../adapters/event-log/memory-event-store.ts';
import { order } from '../../../test/domain/order/decider.ts';
import { stock } from '../../../test/domain/stock/decider.ts';
import { handlerOn } from '../../../test/support/handling.ts';
import type { Message } from '../../basics/messages.ts';
import type { Address } from '../../basics/stream.ts';
import type { EventStore, Range } from '../../log/event-store.ts';
import type { AnyDecider } from '../../write/decider.ts';
import type { SagaTaskRequest } from '../ports.ts';
import { carriedOut, triesOf } from './retry.ts';

const stream = { aggregate: 'stock', id: 'tea' };
const reserve: Message = { type: 'ReserveStock', data: { reservation: '42/0', quantity: 1 } };
const request = { commandId: 'e/ReserveStock/0', command: reserve, correlationId: 'c', causationId: 'order-42@1' };
const placement = { customerId: 'c', lines: [{ productId: 'tea', sellerId: 's', priceCents: 1, freightCents: 0 }] };

let store: EventStore;
let minute: number;
let reads: Range[];

const does = (decider: AnyDecider, id: string, command: Message, commandId: string) =>
  handlerOn(store)(decider, { aggregate: decider.name, id }, { ...request, commandId, command });
const place = () => does(order, '42', { type: 'PlaceOrder', data: placement }, 'place');
const receive = async (from: number, to: number) => {
  for (let time = from; time < to; time++) await does(stock, 'tea', { type: 'ReceiveStock', data: { quantity: 1 } }, `receive-${time}`);
};
const look = () =>
  carriedOut(
    {
      read: (of: Address, range) => {
        reads.push(range);
        return store.read(of, range);
      },
    },
    { stream, request },
  );

beforeEach(() => {
  minute = 0;
  reads = [];
  store = memoryEventStore(() => new Date(minute * 60_000));
});

describe('the tries of a task', () => {
  const input = { event: 'order-42@1', correlationId: 'c', context: {} };
  const task: SagaTaskRequest = { saga: 's', execution: 'e', input, does: 'send', token: 't' };
  const day = 24 * 3600_000;
  const placedAt = '1970-01-01T00:01:00.000Z'; // Five minutes earlier than the log says.
  const at = (days: number) => new Date(days * day).toISOString();
  const sinceOf = async (more: Partial<SagaTaskRequest>) => triesOf(store, { ...task, ...more })?.since();

  beforeEach(async () => {
    minute = 6;
    await place();
  });

  test('are as any request, if nothing is known of them', () => expect(triesOf(store, task)).toBeUndefined());

  test('begin with the state, for the first one', async () => {
    expect(triesOf(store, { ...task, isRetry: false, enteredAt: at(9) })).toMatchObject({ isFirst: true });
    expect(await sinceOf({ isRetry: false, enteredAt: at(9) })).toBe(new Date(9 * day - 10_000).toISOString());
  });

  test('begin with the saga, for a later one, or three days before the state if that is later', async () => {
    expect(triesOf(store, { ...task, isRetry: true })).toMatchObject({ isFirst: false });
    expect(await sinceOf({ isRetry: true })).toBe(placedAt);
    expect(await sinceOf({ isRetry: true, enteredAt: at(3) })).toBe(placedAt);
    expect(await sinceOf({ isRetry: true, enteredAt: at(9) })).toBe(at(6));
  });

  test('begin with the saga, for an execution that may not be the first one of its event', async () => {
    const again = { input: { ...input, again: true }, enteredAt: at(9) };
    expect(triesOf(store, { ...task, ...again })).toMatchObject({ isFirst: false });
    for (const isRetry of [false, true]) expect(await sinceOf({ ...again, isRetry })).toBe(placedAt);
    expect(triesOf(store, { ...task, isRetry: false, input: { ...input, again: false } })).toBeUndefined();
  });

  test('begin with the log, if it does not have the first event of the saga', async () => {
    expect(await sinceOf({ isRetry: true, input: { ...input, event: 'order-43@1' } })).toBe(at(0));
  });

  test('read nothing before it is asked when they begin', () => {
    const unread = { read: () => Promise.reject(new Error('read')) };
    expect(triesOf(unread, { ...task, isRetry: true })).toMatchObject({ isFirst: false });
  });
});

describe('what a command did at an earlier try', () => {
  test.each([0, 1, 64, 99, 100, 250])('is found %d commits later, as it was answered', async (others) => {
    await place();
    await receive(0, 1);
    const answer = await does(stock, 'tea', reserve, request.commandId);
    await receive(1, 1 + others);
    expect(await look()).toEqual({ ...answer, isRepeated: true });
  });

  test('is not what a client did under a key that looks like its id', async () => {
    await place();
    await handlerOn(store)(stock, stream, { ...request, commandFrom: 'client', command: { type: 'ReceiveStock', data: { quantity: 1 } } });
    expect(await look()).toBeUndefined();
  });

  test('is nothing where it was not carried out, of a stream with nothing in it, too', async () => {
    await place();
    expect(await look()).toBeUndefined();
    await receive(0, 250);
    reads = [];
    expect(await look()).toBeUndefined();
    expect(reads.length).toBe(1 + 3);
  });

  test('is not looked for in what is older than the saga, by more than clocks differ', async () => {
    await receive(0, 250);
    minute = 6;
    await place();
    await receive(250, 251);
    expect(await look()).toBeUndefined();
    expect(reads.length).toBe(1 + 1);
  });

  test('is found where the clock of its function is behind that of the event, by no more than clocks differ', async () => {
    minute = 5;
    await place();
    minute = 0;
    await receive(0, 1);
    const answer = await does(stock, 'tea', reserve, request.commandId);
    await receive(1, 251);
    expect(await look()).toEqual({ ...answer, isRepeated: true });
  });

  test('is looked for everywhere where the log does not say when the saga began', async () => {
    await receive(0, 250);
    expect(await look()).toBeUndefined();
    expect(reads.length).toBe(1 + 3);
  });

  test('is not known where the log cannot be read', async () => {
    store = { ...store, read: () => Promise.reject(new Error('throttled')) };
    await expect(look()).rejects.toThrow('throttled');
  });
});
