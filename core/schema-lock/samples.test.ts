import { describe, expect, test } from '@jest/globals';
import { samplesOf } from './samples.ts';

const a = { const: 'a' };
const b = { const: 'b' };
const either = { enum: [1, 2] };

describe('the samples of a schema', () => {
  test.each<[string, Parameters<typeof samplesOf>[0], readonly unknown[]]>([
    ['its examples before all else', { type: 'integer', examples: [7, 8], enum: [9] }, [7, 8]],
    ['its allowed values', { type: 'string', enum: ['s', 'm'], const: 'x' }, ['s', 'm']],
    ['its constant', { const: 5, anyOf: [a] }, [5]],
    ['each different one once', { enum: [1, 1, { x: 1 }, { x: 1 }] }, [1, { x: 1 }]],
    ['twelve at most', { enum: Array.from({ length: 20 }, (_, index) => index) }, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]],
    ['those of each alternative', { anyOf: [a, b, a] }, ['a', 'b']],
    ['those of one alternative or another', { oneOf: [a, { type: 'null' }] }, ['a', null]],
    ['those of each type', { type: ['boolean', 'null'] }, [true, false, null]],
    ['text, where it names no type', {}, ['sam', '']],
    ['none of a type that is not known', { type: 'map' }, []],
  ])('are %s', (_, schema, expected) => expect(samplesOf(schema)).toEqual(expected));

  test.each<[string, object, readonly unknown[]]>([
    ['a short one and none', {}, ['sam', '']],
    ['one of the least length', { minLength: 8 }, ['samplesa']],
    ['one within a small length', { maxLength: 2 }, ['sa', '']],
    ['one that must have a character', { minLength: 1 }, ['sam']],
    ['a time', { format: 'date-time' }, ['2001-02-03T04:05:06.789Z']],
    ['a date', { format: 'date' }, ['2001-02-03']],
    ['a time of a day', { format: 'time' }, ['04:05:06']],
    ['a duration', { format: 'duration' }, ['P1D']],
    ['an address', { format: 'email' }, ['ada@example.com']],
    ['an id', { format: 'uuid' }, ['6f1c1a2e-1df4-4c52-9d2e-0f6f0f6b1a11']],
    ['a link', { format: 'uri' }, ['https://example.com/']],
    ['text, where the format is not known', { format: 'ipv4' }, ['sam', '']],
  ])('of a text are %s', (_, schema, expected) => expect(samplesOf({ type: 'string', ...schema })).toEqual(expected));

  test.each<[string, object, readonly unknown[]]>([
    ['near 0', {}, [0, 1, 7, 1000]],
    ['near the lower bound, and the upper bound', { minimum: 5, maximum: 100 }, [5, 6, 12, 100]],
    ['above an exclusive bound', { exclusiveMinimum: 5 }, [6, 12, 1005]],
    ['below an exclusive bound', { minimum: 0, exclusiveMaximum: 7 }, [0, 1]],
    ['not far below', { minimum: -1_000_000 }, [-1000, -999, -993, 0]],
    ['not very large', { maximum: 1_000_000_000 }, [0, 1, 7, 1000]],
    ['just below very large', { maximum: 999_999_999 }, [0, 1, 7, 1000, 999_999_999]],
    ['multiples', { multipleOf: 5 }, [0, 5, 35, 5000]],
  ])('of a number are %s', (_, schema, expected) => {
    expect(samplesOf({ type: 'number', ...schema })).toEqual(expected);
    expect(samplesOf({ type: 'integer', ...schema })).toEqual(expected);
  });

  test('of a whole number are whole', () => {
    expect(samplesOf({ type: 'number', multipleOf: 0.5 })).toEqual([0, 0.5, 3.5, 500]);
    expect(samplesOf({ type: 'integer', multipleOf: 0.5 })).toEqual([0, 500]);
  });

  test.each<[string, object, readonly unknown[]]>([
    ['two items and none', { items: either }, [[1, 2], []]],
    ['the least number of items', { items: either, minItems: 3 }, [[1, 2, 1]]],
    ['two items, where one is demanded', { items: either, minItems: 1 }, [[1, 2]]],
    ['none of items without a sample', { items: { type: 'map' } }, [[]]],
    ['any item', {}, [['sample', 'sample'], []]],
    ['the first of each place', { prefixItems: [either, b, true] }, [[1, 'b']]],
  ])('of a list are %s', (_, schema, expected) => expect(samplesOf({ type: 'array', ...schema })).toEqual(expected));

  test.each<[string, object, readonly unknown[]]>([
    ['an empty one', {}, [{}]],
    ['all fields, and the required ones', { properties: { a, b }, required: ['b'] }, [{ a: 'a', b: 'b' }, { b: 'b' }]],
    [
      'each further sample of a field',
      { properties: { a, n: either }, required: ['a', 'n'] },
      [
        { a: 'a', n: 1 },
        { a: 'a', n: 2 },
      ],
    ],
    ['no field without a sample', { properties: { a, m: { type: 'map' } }, required: ['a'] }, [{ a: 'a' }]],
    [
      'one more field, where others are kept',
      { properties: { a }, required: ['a'], additionalProperties: either },
      [{ a: 'a' }, { a: 'a', extra: 1 }],
    ],
    ['no more field, where others are refused', { properties: { a }, required: ['a'], additionalProperties: false }, [{ a: 'a' }]],
  ])('of an object are %s', (_, schema, expected) => expect(samplesOf({ type: 'object', ...schema })).toEqual(expected));
});

describe('a reference', () => {
  test('stands for its definition', () => expect(samplesOf({ $ref: '#/$defs/one', $defs: { one: either } })).toEqual([1, 2]));
  test('to a definition that is not there may be any text', () => {
    expect(samplesOf({ $ref: '#/$defs/one' })).toEqual(['sam', '']);
    expect(samplesOf({ $ref: '#/$defs/one', $defs: {} })).toEqual(['sam', '']);
  });
  test('to the schema itself ends after five levels', () => {
    const tree = { type: 'object', properties: { a, next: { $ref: '#' } }, required: ['a'] };
    const deepest = samplesOf(tree)[0];
    expect(deepest).toEqual({ a: 'a', next: { a: 'a', next: { a: 'a' } } });
  });
});
