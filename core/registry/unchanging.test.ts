import { describe, expect, test } from '@jest/globals';
import { isJson, isUnchanging } from './unchanging.ts';

const isSame = (one: unknown, other: unknown): boolean => one === other;
const unchanging = (ask: () => unknown): boolean => isUnchanging(ask, isSame);

describe('an answer changes', () => {
  test.each<[string, () => unknown]>([
    ['with the time', () => Date.now()],
    ['with a new date', () => new Date().toISOString()],
    ['with a date as text', () => Date()],
    ['with each part of the date', () => new Date().getUTCFullYear()],
    ['with the month', () => new Date().getUTCMonth()],
    ['with the day', () => new Date().getUTCDate()],
    ['with the weekday', () => new Date().getUTCDay()],
    ['with the hour', () => new Date().getUTCHours()],
    ['with the minute', () => new Date().getUTCMinutes()],
    ['with the second', () => new Date().getUTCSeconds()],
    ['with the millisecond', () => new Date().getUTCMilliseconds()],
    ['with chance', () => Math.random() > 0.5],
    [
      'with the number of the call',
      (() => {
        let calls = 0;
        return () => ++calls;
      })(),
    ],
  ])('%s', (_, ask) => expect(unchanging(ask)).toBe(false));

  test('in the last round, too', () => {
    let calls = 0;
    expect(unchanging(() => (++calls > 7 ? 'other' : 'usual'))).toBe(false);
    expect(calls).toBe(8);
  });
});

describe('an answer does not change', () => {
  test.each<[string, () => unknown]>([
    ['if it is fixed', () => 7],
    ['with a date that is told', () => new Date('2020-02-03T00:00:00Z').toISOString()],
    ['with a date of parts', () => new Date(2020, 1, 3).getMonth()],
    [
      'with other functions of Date and Math',
      () => [Date.parse('2020-01-01T00:00:00Z'), Date.UTC(2020, 1), Math.max(1, 2), Math.PI].join(),
    ],
    ['with the type of the clock', () => new Date(0) instanceof Date],
  ])('%s', (_, ask) => expect(unchanging(ask)).toBe(true));

  test('if the comparison says so', () =>
    expect(
      isUnchanging(
        () => Date.now(),
        () => true,
      ),
    ).toBe(true));
});

test('the clock and chance are the usual ones afterwards, also after an error', () => {
  const before = [Date, Math];
  expect(unchanging(() => 1)).toBe(true);
  expect(() =>
    unchanging(() => {
      throw new Error('no default');
    }),
  ).toThrow('no default');
  expect([Date, Math]).toEqual(before);
  expect(Date === before[0] && Math === before[1]).toBe(true);
  expect(Date.now()).toBeGreaterThan(Date.parse('2013-01-01T00:00:00Z'));
});

test.each<[unknown, boolean]>([
  [null, true],
  ['text', true],
  ['', true],
  [false, true],
  [0, true],
  [Number.NaN, false],
  [Number.POSITIVE_INFINITY, false],
  [undefined, false],
  [1n, false],
  [Symbol('s'), false],
  [() => 1, false],
  [[], true],
  [[1, ['a']], true],
  [[1, undefined], false],
  [{}, true],
  [Object.create(null), true],
  [{ a: { b: [null] } }, true],
  [{ a: undefined }, true],
  [{ a: 1n }, false],
  [{ a: 1, b: new Date(0) }, false],
  [new Map(), false],
])('%p has a form in JSON: %p', (value, expected) => expect(isJson(value)).toBe(expected));
