import { expect, test } from '@jest/globals';
import { fulfilment } from '../../../test/domain/fulfilment/saga.ts';
import type { Recorded } from '../../basics/messages.ts';
import { type AnySaga, maxItems } from '../saga.ts';
import { sagaStarter } from './starter.ts';

const line = { productId: 'tea', sellerId: 's', priceCents: 100, freightCents: 20 };
const day = 24 * 3600 * 1000;
const now = Date.parse('2026-06-01T00:00:00.000Z');
const placed = (age: number, fulfilledBy = 'marketplace', lines = [line]): Recorded => ({
  type: 'OrderPlaced',
  data: { customerId: 'cleo', lines, fulfilledBy },
  metadata: {
    ...{ aggregate: 'order', id: '42', version: 1, eventId: 'order-42@1', commandId: 'c', correlationId: 'c', causationId: 'c' },
    recordedAt: new Date(now - age).toISOString(),
  },
});

const startedBy = async (event: Recorded, saga: AnySaga = fulfilment) => {
  const [started, late]: string[][] = [[], []];
  const start = sagaStarter({
    sagas: [saga],
    executions: { start: async (machine, input) => void started?.push(`${machine} ${input.event}${input.again === true ? ' again' : ''}`) },
    now: () => new Date(now),
    onTooLate: (name, id) => void late?.push(`${name} ${id}`),
  });
  await start(event);
  return { started, late };
};

const minute = 60_000;
test.each([
  [0, ''],
  [5 * minute, ''],
  [5 * minute + 1, ' again'],
  [30 * day, ' again'],
])('an event starts its saga when it is %d ms old, and says if the saga may have begun elsewhere', async (age, again) => {
  expect(await startedBy(placed(age))).toEqual({ started: [`fulfilment order-42@1${again}`], late: [] });
});

test('a saga with another name starts on the machine that it had first', async () => {
  const renamed = { ...fulfilment, name: 'shipping', formerly: 'fulfilment' };
  expect(await startedBy(placed(0), renamed)).toEqual({ started: ['fulfilment order-42@1'], late: [] });
});

test('an event that concerns no saga starts none', async () => {
  expect(await startedBy(placed(0, 'seller'))).toEqual({ started: [], late: [] });
});

test('an older one starts none, and that is told', async () => {
  expect(await startedBy(placed(30 * day + 1))).toEqual({ started: [], late: ['fulfilment order-42@1'] });
});

test('of an old one that concerns no saga nobody is told', async () => {
  expect(await startedBy(placed(300 * day, 'seller'))).toEqual({ started: [], late: [] });
});

test('an old one is passed over, even if what it says is no context of today', async () => {
  const lines = Array(maxItems + 1).fill(line);
  await expect(startedBy(placed(0, 'marketplace', lines))).rejects.toThrow('fulfilment: lines has 201 items');
  expect(await startedBy(placed(30 * day + 1, 'marketplace', lines))).toEqual({ started: [], late: ['fulfilment order-42@1'] });
});
