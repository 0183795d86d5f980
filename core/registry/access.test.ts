import { describe, expect, test } from '@jest/globals';
import { tally, tallyTotal } from '../../test/support/tally.ts';
import {
  operatorScope,
  readingOwnDocuments,
  readingOwnStreams,
  scopePattern,
  scopesOf,
  scopeToReadDocuments,
  scopeToReadStreams,
  scopeToSend,
} from './access.ts';

const plain = { deciders: [tally], projections: [tallyTotal] };
const named = {
  deciders: [
    { ...tally, name: 'other' },
    { ...tally, scopes: { Close: 'tally:close' } },
  ],
  projections: [
    { ...tallyTotal, name: 'other-total' },
    { ...tallyTotal, scope: 'reports' },
  ],
};

describe('the scope for a command', () => {
  test.each([
    ['tally', 'Close', 'tally:close'],
    ['tally', 'Add', 'tally:write'],
    ['other', 'Close', 'other:write'],
    ['tally', 'constructor', 'tally:write'],
    ['nobody', 'Close', 'nobody:write'],
  ])('%s.%s is %s', (aggregate, command, scope) => expect(scopeToSend(named, aggregate, command)).toBe(scope));
});

test('the scope for the streams of an aggregate is named after it', () => expect(scopeToReadStreams('tally')).toBe('tally:read'));

test.each([
  ['tally-total', 'reports'],
  ['other-total', 'other-total:read'],
  ['nothing', 'nothing:read'],
])('the scope for the documents of %s is %s', (projection, scope) => expect(scopeToReadDocuments(named, projection)).toBe(scope));

test('the scopes of a service are those of its commands, streams, projections and operators, each once', () => {
  expect(scopesOf(plain)).toEqual(['tally:write', 'tally:read', 'tally-total:read', 'operations:read']);
  expect(scopesOf(named)).toEqual([
    ...['other:write', 'tally:write', 'tally:close', 'other:read', 'tally:read', 'other-total:read', 'reports', 'operations:read'],
  ]);
  expect(operatorScope).toBe('operations:read');
});

describe('what belongs to the actor of a token', () => {
  const owned = {
    deciders: [
      tally,
      { ...tally, name: 'other', owner: () => 'ada', ownScope: 'other:own' },
      { ...tally, name: 'third', owner: () => 'ada' },
    ],
    projections: [
      { ...tallyTotal, owner: 'trail' as const, ownScope: 'old:own' },
      { ...tallyTotal, revision: 3, owner: 'trail' as const, ownScope: 'new:own' },
      { ...tallyTotal, revision: 2, owner: 'trail' as const },
      { ...tallyTotal, revision: 4 },
      { ...tallyTotal, name: 'free', owner: 'trail' as const },
    ],
  };

  test.each([
    ['tally', undefined],
    ['other', { scope: 'other:own' }],
    ['third', { scope: undefined }],
    ['nobody', undefined],
  ])('may be read of the streams of %s: %j', (aggregate, reading) => expect(readingOwnStreams(owned, aggregate)).toEqual(reading));

  test.each([
    ['tally-total', { scope: 'new:own' }],
    ['free', { scope: undefined }],
    ['nothing', undefined],
  ])('may be read of the documents of %s, as its newest revision with an owner says: %j', (projection, reading) =>
    expect(readingOwnDocuments(owned, projection)).toEqual(reading),
  );

  test('has scopes that are scopes of the service', () =>
    expect(scopesOf(owned)).toEqual(expect.arrayContaining(['other:own', 'old:own', 'new:own'])));
});

test.each([
  ['a', true],
  ['order:write', true],
  ['A0._:/-z', true],
  ['a'.repeat(128), true],
  ['a'.repeat(129), false],
  ['', false],
  [':a', false],
  ['a b', false],
  ['a"', false],
  [' a', false],
])('can %j be a scope: %s', (scope, can) => expect(scopePattern.test(scope)).toBe(can));
