import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { jsonSchemaOf, placedAt, pointerStep } from './json-schema.ts';

const text = { type: 'string' };
const fails = z.string().default(() => {
  throw new Error('no');
});
const twice = z.union([z.string().meta({ id: 'Same' }), z.int().meta({ id: 'Same' })]);
const endless = (): z.ZodType => z.object({ name: z.string(), next: z.lazy(() => endless()).optional() });
const list = z.object({
  name: z.string(),
  get rest() {
    return z.array(list);
  },
  bad: twice,
});

describe('a schema is described as far as possible:', () => {
  test.each<[string, z.ZodType, unknown]>([
    ['as JSON Schema', z.string().min(1), { type: 'string', minLength: 1 }],
    ['any where JSON has no type', z.date(), {}],
    ['any for a type of its own', z.custom(() => true), {}],
    ['any where it throws', fails, {}],
    ['any where two parts share an id', twice, {}],
    ['any where it ends nowhere', z.lazy(() => endless()), {}],
    ['a list of any', z.array(twice), { type: 'array', items: {} }],
    [
      'a type beside such types',
      z.object({ a: z.string(), b: z.bigint().optional() }),
      { type: 'object', properties: { a: text, b: {} }, required: ['a'], additionalProperties: false },
    ],
    [
      'a field beside fields that cannot be',
      z.object({ a: z.string(), b: twice, c: fails, d: twice.optional() }),
      { type: 'object', properties: { a: text, b: {}, c: {}, d: {} }, required: ['a', 'b', 'c'] },
    ],
    ['nothing that is required', z.object({ a: twice.optional() }), { type: 'object', properties: { a: {} } }],
    [
      'a field in a list',
      z.object({ items: z.array(z.object({ a: z.string(), b: twice })) }),
      {
        type: 'object',
        properties: { items: { type: 'array', items: { type: 'object', properties: { a: text, b: {} }, required: ['a', 'b'] } } },
        required: ['items'],
      },
    ],
    ['an object that ends nowhere', endless(), { type: 'object', properties: { name: text, next: {} }, required: ['name'] }],
    [
      'an object that refers to itself',
      list,
      { type: 'object', properties: { name: text, rest: { type: 'array', items: {} }, bad: {} }, required: ['name', 'rest', 'bad'] },
    ],
  ])('%s', (_, schema, described) => expect(jsonSchemaOf(schema)).toEqual(described));

  test('as it is sent', () => {
    const schema = z.object({ a: fails, b: twice });
    expect(jsonSchemaOf(schema, { io: 'input' })).toEqual({ type: 'object', properties: { a: {}, b: {} }, required: ['b'] });
  });
});

test('a schema that refers to itself does so from its place', () => {
  const at = '#/paths/~1x';
  expect(placedAt(jsonSchemaOf(z.json()), at)).toMatchObject({
    anyOf: expect.arrayContaining([{ type: 'array', items: { $ref: '#/paths/~1x' } }]),
  });
  expect(placedAt(jsonSchemaOf(z.object({ a: z.json() })), at)).toMatchObject({
    properties: { a: { $ref: '#/paths/~1x/$defs/__schema0' } },
  });
  const draft7 = jsonSchemaOf(z.object({ a: z.json() }), { target: 'draft-7' });
  expect(placedAt(draft7, at)).toMatchObject({ properties: { a: { $ref: '#/paths/~1x/definitions/__schema0' } } });
  const elsewhere = { $ref: '#/components/schemas/Answer', properties: { $ref: { const: '#' } }, not: { $ref: '#x' } };
  expect(placedAt(elsewhere, at)).toEqual(elsewhere);
  expect(pointerStep('/a~/{id}')).toBe('~1a~0~1%7Bid%7D');
});

test('a schema that makes new schemas without end is described to its first level, and not made deep: it can still be parsed', () => {
  let deepest = 0;
  const endless = (depth = 0): z.ZodType => {
    deepest = Math.max(deepest, depth);
    return z.object({ name: z.string(), left: z.lazy(() => endless(depth + 1)).optional() });
  };
  const schema = endless();
  expect(jsonSchemaOf(schema)).toMatchObject({ type: 'object', properties: { name: { type: 'string' } }, required: ['name'] });
  expect(deepest).toBeLessThan(100);
  expect(schema.parse({ name: 'a', left: { name: 'b' } })).toEqual({ name: 'a', left: { name: 'b' } });
});
