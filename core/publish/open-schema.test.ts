import { expect, test } from '@jest/globals';
import { openSchema } from './open-schema.ts';

test('a published schema allows fields that it does not name, at every depth, and says all else', () => {
  const closed = { type: 'object', additionalProperties: false };
  const schema = {
    ...closed,
    required: ['lines', 'note'],
    properties: {
      lines: { type: 'array', items: { ...closed, properties: { amount: { type: 'integer' } } } },
      labels: { type: 'object', additionalProperties: { type: 'string' } },
      note: { type: ['string', 'null'], default: null },
    },
  };
  const before = structuredClone(schema);
  expect(openSchema(schema)).toEqual({
    type: 'object',
    required: ['lines', 'note'],
    properties: {
      lines: { type: 'array', items: { type: 'object', properties: { amount: { type: 'integer' } } } },
      labels: { type: 'object', additionalProperties: { type: 'string' } },
      note: { type: ['string', 'null'], default: null },
    },
  });
  expect(schema).toEqual(before);
});
