import { expect, test } from '@jest/globals';
import { checkedClaims } from './commit-log.ts';

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
