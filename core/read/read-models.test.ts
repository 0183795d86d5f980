import { describe, expect, test } from '@jest/globals';
import { tallyTotal } from '../../test/support/tally.ts';
import { Poison } from '../log/poison.ts';
import { nothing } from './projection.ts';
import { checkpointPrefix, documentKeyRule, faultOf, isDocumentKey, progressKey, wholeVersion } from './read-models.ts';

const none = undefined;

describe('a key of a document', () => {
  test.each<[string, string | undefined, string, boolean]>([
    ['text', none, 'customer-1', true],
    ['one character', none, 'a', true],
    ['empty text', none, '', false],
    ['empty text of a tenant', 'acme', '', false],
    ['half of a character', none, 'a\ud800', false],
    ['a whole pair of surrogates', none, '\u{1f600}', true],
    ['the beginning of a checkpoint', none, 'stream#order-1', false],
    ['the beginning of a checkpoint, elsewhere', none, 'order-stream#', true],
    ['1,024 bytes', none, 'x'.repeat(1024), true],
    ['1,025 bytes', none, 'x'.repeat(1025), false],
    ['1,024 bytes in 512 characters', none, 'é'.repeat(512), true],
    ['1,026 bytes in 513 characters', none, 'é'.repeat(513), false],
    ['1,024 bytes with the tenant', 'acme', 'x'.repeat(1019), true],
    ['1,025 bytes with the tenant', 'acme', 'x'.repeat(1020), false],
  ])('may be %s', (_, tenant, key, expected) => expect(isDocumentKey(tenant, key)).toBe(expected));

  test('has a rule that is told to who breaks it', () =>
    expect(documentKeyRule).toBe("a document's key is text of 1 to 1024 bytes that does not begin with 'stream#'"));
});

describe('the key of the row with a version of a stream', () => {
  const stream = { aggregate: 'tally', id: '7' };
  test('is that of its document', () => {
    expect(progressKey(tallyTotal, stream)).toBe('7');
    expect(progressKey(tallyTotal, { ...stream, tenant: 'acme' })).toBe('acme/7');
  });
  test('is that of a checkpoint beside documents of many streams', () => {
    const many = { ...tallyTotal, key: () => 'all' };
    expect(progressKey(many, stream)).toBe(`${checkpointPrefix}tally-7`);
    expect(progressKey(many, { ...stream, tenant: 'acme' })).toBe('acme/stream#tally-7');
  });
});

describe('the fault of a parked stream', () => {
  const commit = { stream: { aggregate: 'tally', id: '7' }, version: 3 };
  const now = new Date('2026-05-04T03:02:01.000Z');
  test('names the event that cannot be applied', () => {
    expect(faultOf(commit, new Poison('tally-7@4', new RangeError('too much')), now)).toEqual({
      stream: 'tally-7',
      eventId: 'tally-7@4',
      error: 'RangeError: too much',
      parkedAt: '2026-05-04T03:02:01.000Z',
    });
  });
  test('names the first event of the commit, if the error names none', () =>
    expect(faultOf(commit, new Error('too large'), now)).toMatchObject({ eventId: 'tally-7@3', error: 'too large' }));
  test('keeps the first 1,000 characters of the error, and no half of one', () => {
    expect(faultOf(commit, new Error('x'.repeat(1001)), now).error).toBe('x'.repeat(1000));
    expect(faultOf(commit, new Error(`${'x'.repeat(999)}\u{1f600}`), now).error).toBe(`${'x'.repeat(999)}\ufffd`);
  });
});

test('a row contains whole commits up to its version, unless it says another one', () => {
  expect(wholeVersion({ ...nothing, version: 7 })).toBe(7);
  expect(wholeVersion({ ...nothing, version: 7, wholeVersion: 0 })).toBe(0);
});
