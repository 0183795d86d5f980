import { expect, test } from '@jest/globals';
import { freeze } from './freeze.ts';

test('a value is frozen down to its leaves, and is the same value', () => {
  const value = { lines: [{ id: 1 }], none: null, text: 'x' };
  expect(freeze(value)).toBe(value);
  expect([value, value.lines, value.lines[0]].map(Object.isFrozen)).toEqual([true, true, true]);
  expect(() => value.lines.push({ id: 2 })).toThrow(TypeError);
});

test('a value without parts is returned as it is', () => {
  expect([freeze(null), freeze(undefined), freeze('text'), freeze(1)]).toEqual([null, undefined, 'text', 1]);
});

test('a function is frozen, and what hangs on it is not', () => {
  const parts = { a: 1 };
  const named = Object.assign(() => 1, { parts });
  expect([Object.isFrozen(freeze(named)), Object.isFrozen(parts)]).toEqual([true, false]);
});
