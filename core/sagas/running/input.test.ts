import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { memoryEventStore } from '../../../adapters/event-log/memory-event-store.ts';
import { fulfilment } from '../../../test/domain/fulfilment/saga.ts';
import { order } from '../../../test/domain/order/decider.ts';
import { handlerOn } from '../../../test/support/handling.ts';
import type { EventStore } from '../../log/event-store.ts';
import type { SagaInput } from '../ports.ts';
import type { AnySaga } from '../saga.ts';
import { UnknownDefinition } from './definition.ts';
import { inputFor } from './input.ts';

const second: AnySaga = {
  ...fulfilment,
  revision: 2,
  before: [fulfilment],
  context: z.object({ order: z.string() }),
  startsOn: { ...fulfilment.startsOn, context: (_, { id }) => ({ order: id }) },
};
const first: SagaInput = { event: 'order-42@1', correlationId: 'c', context: { orderId: '42', totalCents: 110, lines: [] } };
const unread: Pick<EventStore, 'read'> = { read: () => Promise.reject(new Error('no read is needed')) };

const placed = async (): Promise<EventStore> => {
  const store = memoryEventStore(() => new Date(0));
  const data = {
    customerId: 'c',
    lines: [{ productId: 'tea', sellerId: 's', priceCents: 100, freightCents: 10 }],
    fulfilledBy: 'marketplace',
  };
  const cause = { commandId: 'i', correlationId: 'c', causationId: 'c', actor: 'ada' };
  await handlerOn(store)(order, { id: '42' }, { ...cause, command: { type: 'PlaceOrder', data } as never });
  return store;
};

test('an input of the same revision is taken as it is', async () => {
  expect(await inputFor(unread, fulfilment, first)).toBe(first);
  const input = { ...first, revision: 2, context: { order: '42' } };
  expect(await inputFor(unread, second, input)).toBe(input);
});

test('the context of another revision is made again, from the event', async () => {
  const store = await placed();
  expect(await inputFor(store, second, first)).toEqual({
    event: 'order-42@1',
    revision: 2,
    correlationId: 'c',
    actor: 'ada',
    context: { order: '42' },
  });
  const later = { ...first, revision: 2, context: { order: '42' } };
  expect(await inputFor(store, fulfilment, later)).toEqual({
    ...{ event: 'order-42@1', correlationId: 'c', actor: 'ada' },
    context: { orderId: '42', totalCents: 110, lines: [{ productId: 'tea', reservation: '42/0' }] },
  });
});

test.each<[string, AnySaga]>([
  ['does not start on the event', { ...second, startsOn: { ...second.startsOn, context: () => undefined } }],
  ['makes no context of it that fits', { ...second, startsOn: { ...second.startsOn, context: () => ({}) } }],
])('a revision that %s is unknown', async (_, saga) => {
  await expect(inputFor(await placed(), saga, first)).rejects.toThrow(
    new UnknownDefinition("revision 2 of the saga 'fulfilment' does not start on order-42@1"),
  );
});

test('a bug is no unknown definition', async () => {
  const context = () => {
    throw new TypeError('a bug');
  };
  await expect(inputFor(await placed(), { ...second, startsOn: { ...second.startsOn, context } }, first)).rejects.toThrow(TypeError);
});
