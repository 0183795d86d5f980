import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { toAsyncApi } from '../../../adapters/openapi/asyncapi.ts';
import { domain as depot, orders } from '../../../test/depot/index.ts';
import { domain as shop } from '../../../test/domain/index.ts';
import type { AnyPublication } from '../../publish/publication.ts';
import { heardIn, misfits } from './heard.ts';

const document = JSON.parse(JSON.stringify(toAsyncApi(shop)));
const [publication] = shop.publications as [AnyPublication];
const published = (placed: z.ZodType) =>
  JSON.parse(JSON.stringify(toAsyncApi({ ...shop, publications: [{ ...publication, publishes: { 'OrderPlaced.v1': placed } }] })));
const shape = { orderId: z.string(), customerId: z.string(), totalCents: z.int() };

test('the events that a service sends are in its document, and not those that it receives', () => {
  expect(heardIn(document).map(({ source, type }) => `${source} ${type}`)).toEqual([
    'orders OrderPlaced.v1',
    'orders OrderDelivered.v1',
    'orders OrderCancelled.v1',
  ]);
  expect(heardIn(document)[2]?.schema).toMatchObject({ properties: { orderId: { type: 'string' }, reason: { type: 'string' } } });
  expect(heardIn(JSON.parse(JSON.stringify(toAsyncApi(depot))))).toEqual([]);
});

test('a schema that refers to itself is read as far as it goes', () => {
  const tree: z.ZodType = z.object({ name: z.string(), parts: z.lazy(() => z.array(tree)) });
  expect(heardIn(published(tree))).toMatchObject([{ schema: { properties: { name: { type: 'string' } } } }]);
});

test.each([[undefined], [[]], [{ asyncapi: '2.6.0' }], [{ openapi: '3.1.0' }]])('%j is no document', (other) =>
  expect(() => heardIn(other)).toThrow('it is no document of AsyncAPI 3'),
);

test.each<[string, unknown, readonly string[]]>([
  ['what fits', document, []],
  ['a new field', published(z.object({ ...shape, note: z.string() })), []],
  [
    'a field that is gone',
    published(z.object({ orderId: z.string(), customerId: z.string() })),
    ['orders: OrderPlaced.v1.totalCents removed'],
  ],
  [
    'a field of another type',
    published(z.object({ ...shape, totalCents: z.string() })),
    [expect.stringMatching(/^orders: OrderPlaced\.v1\.totalCents /) as unknown as string],
  ],
  [
    'a field that may be absent',
    published(z.object({ ...shape, customerId: z.string().optional() })),
    ['orders: OrderPlaced.v1.customerId is optional now'],
  ],
  ['an event that is gone', { ...document, operations: {} }, ['orders: OrderPlaced.v1 is not published any more']],
])('misfits: %s', (_, other, says) => expect(misfits(orders, other)).toEqual(says));
