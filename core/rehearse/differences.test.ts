import { expect, test } from '@jest/globals';
import { changesBetween } from './differences.ts';

test.each<[string, unknown, unknown]>([
  ['the same', { a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 }],
  ['a field that is undefined', { a: 1, b: undefined }, { a: 1 }],
  ['no document', null, null],
])('no change: %s', (_, today, next) => expect(changesBetween(today, next)).toEqual([]));

test.each<[string, unknown, unknown, unknown]>([
  ['a field', { a: 1, b: 2 }, { a: 1, b: 3 }, [{ path: 'b', today: '2', next: '3' }]],
  ['a field within', { a: { b: { c: 'x' } } }, { a: { b: { c: 'y' } } }, [{ path: 'a.b.c', today: '"x"', next: '"y"' }]],
  ['an item of a list', { a: [1, 2] }, { a: [1, 3] }, [{ path: 'a.1', today: '2', next: '3' }]],
  ['a field that is new', {}, { a: null }, [{ path: 'a', next: 'null' }]],
  ['a field that is gone', { a: false }, {}, [{ path: 'a', today: 'false' }]],
  ['a list in place of an object', { a: {} }, { a: [] }, [{ path: 'a', today: '{}', next: '[]' }]],
  ['a document that is gone', { a: 1 }, null, [{ path: '', today: '{"a":1}', next: 'null' }]],
  ['a value in place of another', 1, 2, [{ path: '', today: '1', next: '2' }]],
])('%s is a change', (_, today, next, changes) => expect(changesBetween(today, next)).toEqual(changes));

test('the first 20 changes are told, also of a deep result', () => {
  const fields = (value: number) => Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`f${index}`, { value }]));
  const changes = changesBetween({ a: fields(1), b: fields(1) }, { a: fields(2), b: fields(2) });
  expect(changes.map(({ path }) => path)).toEqual(Array.from({ length: 20 }, (_, index) => `a.f${index}.value`));
});

test('a long value is cut at 200 characters, and no character is cut in two', () => {
  expect(changesBetween('x'.repeat(198), 'x'.repeat(199))).toEqual([
    { path: '', today: `"${'x'.repeat(198)}"`, next: `"${'x'.repeat(199)}…` },
  ]);
  expect(changesBetween(`${'x'.repeat(198)}😀`, 1)[0]?.today).toBe(`"${'x'.repeat(198)}\ufffd…`);
});
