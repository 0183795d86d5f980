import { runInNewContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import { exactJson, jsonBytes } from './exact-json.ts';

class Point {
  readonly x = 1;
}
const nested = (levels: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { value };
  return value;
};

test.each([
  ['a text', 'é', '"é"'],
  ['true', true, 'true'],
  ['null', null, 'null'],
  ['a number', -1.5, '-1.5'],
  ['a list', [1, ['a']], '[1,["a"]]'],
  ['an object', { a: { b: [] } }, '{"a":{"b":[]}}'],
  ['an object of another realm', runInNewContext('({ a: 1 })'), '{"a":1}'],
  ['a field that is undefined', { a: undefined, b: 1 }, '{"b":1}'],
  ['500 levels', nested(500), JSON.stringify(nested(500))],
  ['a text at the 501st level', nested(501), JSON.stringify(nested(501))],
])('JSON keeps %s', (_, value, json) => expect(exactJson(value)).toBe(json));

test.each([
  ['undefined', undefined],
  ['a function', () => 1],
  ['a bigint', 1n],
  ['not a number', Number.NaN],
  ['infinity', Number.NEGATIVE_INFINITY],
  ['undefined in a list', [undefined]],
  ['a hole in a list', new Array(1)],
  ['a bad item at the end of a list', [1, Number.NaN]],
  ['a bad field', { a: 1, b: { c: Number.NaN } }],
  ['a date', new Date(0)],
  ['a map', new Map()],
  ['an object of a class', new Point()],
  ['an object without a prototype', Object.create(null)],
  ['502 levels', nested(502)],
])('JSON does not keep %s', (_, value) => expect(exactJson(value)).toBeUndefined());

test('the memory of a value is the bytes of its JSON, and infinite without JSON', () => {
  expect(jsonBytes('"é"')).toBe(4);
  expect(jsonBytes(undefined)).toBe(Number.POSITIVE_INFINITY);
});
