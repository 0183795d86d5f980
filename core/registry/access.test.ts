import { describe, expect, test } from '@jest/globals';
import { tally, tallyTotal } from '../../test/support/tally.ts';
import { operatorScope, scopePattern, scopesOf, scopeToReadDocuments, scopeToReadStreams, scopeToSend } from './access.ts';

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
