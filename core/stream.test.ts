import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Invalid } from './errors.ts';
import { address, eventId, parseStreamName, parseToken, streamName } from './stream.ts';

const letters = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'];
const digits = [...'0123456789'];
const string = (head: readonly string[], rest: readonly string[], maxLength: number) =>
  fc
    .tuple(fc.constantFrom(...head), fc.string({ unit: fc.constantFrom(...rest), maxLength: maxLength - 1 }))
    .map(([first, others]) => first + others);

const aggregates = string(letters.slice(0, 26), [...letters, ...digits], 64);
const ids = string([...letters, ...digits, '_'], [...letters, ...digits, ...'._~:@-'], 128);
const addresses = fc.record({ aggregate: aggregates, id: ids });

describe('an address', () => {
  test.each([
    '1',
    'a',
    'A',
    '_',
    '0',
    'a-b',
    'a-',
    'a.b',
    'a..',
    'a:b',
    'a~b',
    'a@b',
    'a@1',
    'ada@example.org',
    'x'.repeat(128),
    '4bd2e1a0-7d4f-4f0e-9d7a-0d9a4f1f2a11',
    '2026-01-01T09:00:00.000Z',
  ])('takes the id %s', (id) => {
    expect(address('order', id)).toEqual({ aggregate: 'order', id });
  });

  test.each([
    '',
    ' ',
    'a b',
    '-a',
    '.a',
    '..',
    '.',
    '~a',
    ':a',
    '@a',
    'a/b',
    'a\\b',
    'a#b',
    'a%2Fb',
    'a+b',
    'a\nb',
    'a\n',
    '\u0000',
    'é',
    'ａ',
    '😀',
    'x'.repeat(129),
  ])('refuses the id %j', (id) => {
    const make = () => address('order', id);
    expect(make).toThrow(Invalid);
    expect(make).toThrow(expect.objectContaining({ code: 'InvalidId', details: { issues: [expect.objectContaining({ path: ['id'] })] } }));
  });

  test.each(['', 'Order', 'my-order', 'my_order', '1order', 'order/', 'ordér', 'order\n', `o${'x'.repeat(64)}`])(
    'refuses the aggregate %j',
    (aggregate) => {
      expect(() => address(aggregate, '1')).toThrow(expect.objectContaining({ code: 'InvalidId' }));
    },
  );
});

describe("a stream's name", () => {
  test('is the aggregate and the id', () => expect(streamName(address('order', '42'))).toBe('order-42'));

  test('law: it names one address, which can be read back', () => {
    fc.assert(fc.property(addresses, (one) => expect(parseStreamName(streamName(address(one.aggregate, one.id)))).toEqual(one)));
  });

  test.each([
    ['order', 'a-b', 'order', 'a'],
    ['a', 'b-c', 'a', 'b'],
    ['order', '1', 'order1', '1'],
    ['order', '1-1', 'order', '11'],
  ])('%s %s and %s %s do not meet', (aggregate, id, otherAggregate, otherId) => {
    expect(streamName(address(aggregate, id))).not.toBe(streamName(address(otherAggregate, otherId)));
  });

  test.each(['', 'order', '-', 'order-', '-1', 'Order-1', 'order-a b', 'my_order-1'])('%j is none', (name) => {
    expect(() => parseStreamName(name)).toThrow(expect.objectContaining({ code: 'InvalidId' }));
  });
});

describe('a token', () => {
  test('is the name of an event', () => expect(eventId(address('order', '42'), 8)).toBe('order-42@8'));

  test('law: it can be read back, even where the id has an @', () => {
    const versions = fc.integer({ min: 0, max: 999_999_999_999_999 });
    fc.assert(
      fc.property(addresses, versions, (stream, version) => expect(parseToken(eventId(stream, version))).toEqual({ stream, version })),
    );
  });

  test.each([
    '',
    '@',
    'order-42',
    'order-42@',
    'order-42@x',
    'order-42@-1',
    'order-42@01',
    'order-42@1.5',
    'order-42@1e3',
    'order-42@ 1',
    'order-42@9999999999999999',
  ])('%j is none', (token) => {
    expect(() => parseToken(token)).toThrow(expect.objectContaining({ code: 'InvalidRequest' }));
  });

  test.each(['42@1', 'Order-42@1', 'order-@1', '@1'])('%j names no stream', (token) => {
    expect(() => parseToken(token)).toThrow(Invalid);
  });
});
