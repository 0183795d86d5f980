import { describe, expect, test } from '@jest/globals';
import { checkedClaims, checkedTerms } from './commit-log.ts';

test('claims without names are left as they are', () => {
  const claims = { claimed: [], released: [] };
  expect(checkedClaims(claims, undefined)).toBe(claims);
});

test('a name is claimed and released once', () => {
  expect(checkedClaims({ claimed: ['ada', 'ada'], released: ['bob', 'bob'] }, undefined)).toEqual({ claimed: ['ada'], released: ['bob'] });
  expect(checkedClaims({ claimed: ['ada', 'bob', 'ada'], released: ['eve', 'eve'] }, 'acme')).toEqual({
    claimed: ['ada', 'bob'],
    released: ['eve'],
  });
});

test.each([
  ['without a tenant', undefined, 'x'.repeat(2048)],
  ['beside its tenant', 'acme', 'x'.repeat(2043)],
  ['counted in bytes', undefined, 'é'.repeat(1024)],
])('the longest name of all fits into a key: %s', (_, tenant, name) => {
  expect(checkedClaims({ claimed: [name], released: [name] }, tenant)).toEqual({ claimed: [name], released: [name] });
  expect(checkedClaims({ claimed: [], released: ['ada', `${name}x`, '', '\udc00'] }, tenant)).toEqual({ claimed: [], released: ['ada'] });
});

test.each([
  ['an empty one', undefined, '', "a claimed name has 1 to 2048 bytes, and this one has 0: ''"],
  ['a long one', undefined, 'x'.repeat(2049), `a claimed name has 1 to 2048 bytes, and this one has 2049: '${'x'.repeat(100)}'`],
  ['a long one of a tenant', 'acme', 'é'.repeat(1022), `a claimed name has 1 to 2043 bytes, and this one has 2044: '${'é'.repeat(100)}'`],
  ['one with half a character', undefined, 'a\ud800', "a claimed name cannot have half of a surrogate pair: 'a\ufffd'"],
])('a claimed name that is no key is invalid: %s', (_, tenant, name, message) => {
  expect(() => checkedClaims({ claimed: ['ada', name], released: [] }, tenant)).toThrow(
    expect.objectContaining({ code: 'InvalidData', message }),
  );
});

describe('a transaction has room for a commit and 99 others', () => {
  const many = (count: number, prefix: string): string[] => Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
  const terms = (names: number, streams: number) => ({
    ...{ claimed: many(names, 'a'), released: many(names, 'b') },
    unmoved: many(streams, 'room').map((stream) => ({ stream, version: 7 })),
  });

  test('each of them counts once', () => {
    const { unmoved, ...claims } = terms(30, 39);
    expect(checkedTerms({ stream: 'guest-1', ...claims, unmoved: [...unmoved, ...unmoved] })).toEqual({ ...claims, unmoved });
  });

  test.each([
    [
      30,
      40,
      'a commit to guest-1 claims and releases 60 names and reads 40 streams (room-0, room-1, room-2, room-3, room-4, …), 99 are possible',
    ],
    [49, 2, 'a commit to guest-1 claims and releases 98 names and reads 2 streams (room-0, room-1), 99 are possible'],
    [50, 0, 'a commit to guest-1 claims and releases 100 names, 99 are possible'],
  ])('%d names claimed and released, and %d streams are too many', (names, streams, message) => {
    const details = { stream: 'guest-1', names: 2 * names, streams, max: 99 };
    expect(() => checkedTerms({ stream: 'guest-1', ...terms(names, streams) })).toThrow(
      expect.objectContaining({ code: 'CommitTooLarge', message, details }),
    );
  });
});
