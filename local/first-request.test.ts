import { describe, expect, test } from '@jest/globals';
import { firstRequest } from './first-request.ts';

const asking = (schema: object, components = {}) => ({
  paths: {
    '/health': { get: {} },
    '/order/{id}/PlaceOrder': { post: { requestBody: { content: { 'application/json': { schema } } } } },
    '/order/{id}/ShipOrder': { post: { requestBody: { content: { 'application/json': { schema: {} } } } } },
  },
  components: { schemas: components },
});

const dataOf = (curl: string | undefined): unknown => JSON.parse(/-d '(.*)'$/.exec(curl ?? '')?.[1] ?? '');

describe('the first request', () => {
  test('is the first command', () => {
    const curl = firstRequest(
      'http://here',
      asking({ type: 'object', required: ['customerId'], properties: { customerId: { type: 'string' } } }),
    );
    expect(curl).toBe(`curl http://here/order/1/PlaceOrder -H 'content-type: application/json' -d '{"customerId":"customerId-1"}'`);
  });

  test('has what its schema requires, and no more', () => {
    const line = {
      type: 'object',
      required: ['cents'],
      properties: { cents: { type: 'integer', exclusiveMinimum: 99 }, note: { type: 'string' } },
    };
    const schema = {
      type: 'object',
      required: ['lines', 'at', 'kind', 'fixed', 'either', 'long', 'flag', 'maybe', 'given'],
      properties: {
        lines: { type: 'array', items: { $ref: '#/components/schemas/Line' } },
        at: { type: 'string', format: 'date-time' },
        kind: { enum: ['a', 'b'] },
        fixed: { const: 7 },
        either: { anyOf: [{ type: 'number', minimum: 5 }, { type: 'string' }] },
        long: { type: 'string', minLength: 10 },
        flag: { type: 'boolean' },
        maybe: { type: ['string', 'null'] },
        given: { type: 'string', examples: ["it's"] },
      },
    };
    const curl = firstRequest('http://here', asking(schema, { Line: line }))?.replace("'\\''", "'");
    expect(dataOf(curl)).toEqual({
      lines: [{ cents: 100 }],
      at: '2026-01-01T12:00:00.000Z',
      kind: 'a',
      fixed: 7,
      either: 5,
      long: 'long-1----',
      flag: true,
      maybe: 'maybe-1',
      given: "it's",
    });
  });

  test('is the example of the description, if there is one', () => {
    const document = { paths: { '/a/{id}': { post: { requestBody: { content: { 'application/json': { example: { a: 1 } } } } } } } };
    expect(dataOf(firstRequest('', document))).toEqual({ a: 1 });
  });

  test('does not exist if no route takes a command', () => expect(firstRequest('', { paths: { '/health': { get: {} } } })).toBeUndefined());
});
