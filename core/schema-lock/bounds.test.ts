import { describe, expect, test } from '@jest/globals';
import { boundChanges, same, typeChanges } from './bounds.ts';

describe('two values are the same', () => {
  test.each<[unknown, unknown, boolean]>([
    [{ a: 1, b: { c: [1], d: 2 } }, { b: { d: 2, c: [1] }, a: 1 }, true],
    [{ c: 1, a: 1, b: 1 }, { b: 1, a: 1, c: 1 }, true],
    [null, null, true],
    [undefined, undefined, true],
    [[1, 2], [2, 1], false],
    [{ a: 1 }, { a: 2 }, false],
    [{ a: 1 }, { b: 1 }, false],
    [{ a: [{ b: 1 }] }, { a: [{ b: 2 }] }, false],
    [{}, null, false],
    ['1', 1, false],
  ])('%j and %j: %s', (one, other, expected) => expect(same(one, other)).toBe(expected));
});

describe('another type', () => {
  const changed = (before: unknown, after: unknown): readonly string[] =>
    typeChanges({ type: before }, { type: after }, 'at').map(({ severity, change }) => `${severity}: ${change}`);
  const wider = ['compatible: takes more types'];
  const other = ['incompatible: has another type'];

  test.each<[unknown, unknown, readonly string[]]>([
    ['string', 'string', []],
    ['string', ['string'], []],
    ['string', ['string', 'null'], wider],
    [['string', 'null'], 'string', other],
    ['integer', 'number', wider],
    ['number', 'integer', other],
    ['string', 'number', other],
    [['integer', 'null'], ['number', 'null'], wider],
    ['string', undefined, wider],
    [undefined, 'string', other],
    [undefined, undefined, []],
  ])('from %j to %j: %j', (before, after, expected) => expect(changed(before, after)).toEqual(expected));

  test('names the place and both schemas', () => {
    expect(typeChanges({ type: 'string' }, { type: 'null' }, 'jar.Filled')).toEqual([
      { severity: 'incompatible', path: 'jar.Filled', change: 'has another type', before: { type: 'string' }, after: { type: 'null' } },
    ]);
  });
});

describe('a bound', () => {
  const changed = (before: object, after: object) =>
    boundChanges({ ...before }, { ...after }, 'at').map(({ severity, change }) => `${severity}: ${change}`);

  test.each<[object, object, readonly string[]]>([
    [{ minimum: 1 }, { minimum: 1 }, []],
    [{ minimum: 2 }, { minimum: 1 }, ['compatible: minimum changed']],
    [{ minimum: 1 }, { minimum: 2 }, ['incompatible: minimum changed']],
    [{ exclusiveMinimum: 2 }, { exclusiveMinimum: 1 }, ['compatible: exclusiveMinimum changed']],
    [{ exclusiveMinimum: 1 }, { exclusiveMinimum: 2 }, ['incompatible: exclusiveMinimum changed']],
    [{ minLength: 2 }, { minLength: 1 }, ['compatible: minLength changed']],
    [{ maximum: 1 }, { maximum: 2 }, ['compatible: maximum changed']],
    [{ maximum: 2 }, { maximum: 1 }, ['incompatible: maximum changed']],
    [{ exclusiveMaximum: 1 }, { exclusiveMaximum: 2 }, ['compatible: exclusiveMaximum changed']],
    [{ maxItems: 2 }, { maxItems: 1 }, ['incompatible: maxItems changed']],
    [{ maximum: 1 }, {}, ['compatible: maximum changed']],
    [{}, { maximum: 1 }, ['incompatible: maximum changed']],
    [{ pattern: 'a' }, { pattern: 'b' }, ['incompatible: pattern changed']],
    [{ someminimum: 2 }, { someminimum: 1 }, ['incompatible: someminimum changed']],
    [{ somemaximum: 1 }, { somemaximum: 2 }, ['incompatible: somemaximum changed']],
    [{ pattern: 'a' }, {}, ['compatible: pattern changed']],
    [{ default: 1 }, {}, ['incompatible: default changed']],
    [{}, { default: 1 }, ['incompatible: default changed']],
    [{ $ref: '#/a' }, {}, ['incompatible: $ref changed']],
    [{ enum: ['a'] }, { enum: ['b', 'a'] }, ['compatible: enum changed']],
    [{ enum: ['a', 'b'] }, { enum: ['a'] }, ['incompatible: enum changed']],
    [{ enum: [{ x: 1, y: 2 }] }, { enum: [{ y: 2, x: 1 }, null] }, ['compatible: enum changed']],
    [{ const: 'a' }, { enum: ['a', 'b'] }, ['compatible: enum changed']],
    [{ const: 'a' }, { enum: ['a'] }, []],
    [{ 'x-checks': ['one', 'two'] }, { 'x-checks': ['two'] }, ['compatible: its refinements changed']],
    [{ 'x-checks': ['one'] }, { 'x-checks': ['one', 'two'] }, ['incompatible: its refinements changed']],
    [{ minimum: 1, maximum: 5 }, { maximum: 4, minimum: 0 }, ['compatible: minimum changed', 'incompatible: maximum changed']],
  ])('%j becomes %j: %j', (before, after, expected) => expect(changed(before, after)).toEqual(expected));

  test('is no keyword for the parts of a value', () => {
    const parts = { type: 1, properties: 1, required: 1, additionalProperties: 1, items: 1, prefixItems: 1 };
    expect(changed({ ...parts, anyOf: 1, oneOf: 1, allOf: 1, $defs: 1, examples: 1 }, {})).toEqual([]);
  });

  test('is told with its place and both values, as far as there are some', () => {
    const [change, gone, added] = [
      boundChanges({ maximum: 1 }, { maximum: 2 }, 'jar.ml'),
      boundChanges({ maximum: 1 }, {}, 'jar.ml'),
      boundChanges({}, { maximum: 2 }, 'jar.ml'),
    ];
    expect(change).toStrictEqual([{ severity: 'compatible', path: 'jar.ml', change: 'maximum changed', before: 1, after: 2 }]);
    expect(gone).toStrictEqual([{ severity: 'compatible', path: 'jar.ml', change: 'maximum changed', before: 1 }]);
    expect(added).toStrictEqual([{ severity: 'incompatible', path: 'jar.ml', change: 'maximum changed', after: 2 }]);
  });
});
