import { expect, test } from '@jest/globals';
import type { Aggregate } from '../../core/write/command-handler.ts';
import { noCache, tailCache } from './tail-cache.ts';

const at = (id: string) => ({ aggregate: 'tally', id });
const holding = (id: string, sizeBytes = 1): Aggregate => ({ tail: { stream: at(id), sizeBytes } }) as Aggregate;
const keptOf = (cache: ReturnType<typeof tailCache>, ids: string): string =>
  [...ids].filter((id) => cache.get(at(id)) !== undefined).join('');

test('an aggregate is found again, and another one is not', () => {
  const cache = tailCache({ maxEntries: 2, maxBytes: 100 });
  const a = holding('a');
  cache.set(a);
  expect(cache.get(at('a'))).toBe(a);
  expect(cache.get(at('b'))).toBeUndefined();
});

test('beyond the most entries the one that was used longest ago is dropped', () => {
  const cache = tailCache({ maxEntries: 2, maxBytes: 100 });
  for (const id of 'ab') cache.set(holding(id));
  cache.get(at('a'));
  cache.set(holding('c'));
  expect(keptOf(cache, 'abc')).toBe('ac');
  expect(cache.sizeBytes()).toBe(2);
});

test('beyond the most bytes as many are dropped as are needed', () => {
  const cache = tailCache({ maxEntries: 100, maxBytes: 100 });
  for (const id of 'abcd') cache.set(holding(id, 25));
  expect(keptOf(cache, 'abcd')).toBe('abcd');
  cache.set(holding('e', 25));
  cache.set(holding('f', 1));
  expect(keptOf(cache, 'abcdef')).toBe('cdef');
  expect(cache.sizeBytes()).toBe(76);
});

test('one that is set again counts once, with its new size', () => {
  const cache = tailCache({ maxEntries: 2, maxBytes: 100 });
  cache.set(holding('a', 20));
  cache.set(holding('b', 1));
  const grown = holding('a', 25);
  cache.set(grown);
  expect(cache.sizeBytes()).toBe(26);
  expect(cache.get(at('a'))).toBe(grown);
  cache.set(holding('c', 1));
  expect(keptOf(cache, 'abc')).toBe('ac');
});

test('one of more than a quarter of the bytes is not kept, nor what was kept of it before', () => {
  const cache = tailCache({ maxEntries: 2, maxBytes: 100 });
  cache.set(holding('a', 25));
  cache.set(holding('b', 10));
  cache.set(holding('a', 26));
  expect(keptOf(cache, 'ab')).toBe('b');
  expect(cache.sizeBytes()).toBe(10);
});

test('no cache keeps nothing', () => {
  noCache.set(holding('a'));
  expect(noCache.get(at('a'))).toBeUndefined();
});
