import { expect, test } from '@jest/globals';
import { isSameJson } from './same-json.ts';

test.each<[unknown, unknown, boolean]>([
  [{ a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }, true],
  [{ a: 1 }, { a: 2 }, false],
  [{ a: 1 }, { b: 1 }, false],
  [{ a: undefined }, {}, true],
  [[1, 2], [2, 1], false],
  [[{ b: 1, a: 2 }], [{ a: 2, b: 1 }], true],
  [{ 0: 'a' }, ['a'], false],
  [null, null, true],
  [null, {}, false],
  ['1', 1, false],
])('%p and %p are the same JSON: %p', (one, other, expected) => expect(isSameJson(one, other)).toBe(expected));
