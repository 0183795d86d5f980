import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Invalid } from './errors.ts';
import {
  type Address,
  address,
  eventId,
  isStreamName,
  isTenant,
  ofTenant,
  parseStreamName,
  parseToken,
  streamName,
  withoutTenant,
} from './stream.ts';

const letters = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'];
const digits = [...'0123456789'];
const string = (head: readonly string[], rest: readonly string[], maxLength: number) =>
  fc
    .tuple(fc.constantFrom(...head), fc.string({ unit: fc.constantFrom(...rest), maxLength: maxLength - 1 }))
    .map(([first, others]) => first + others);

const aggregates = string(letters.slice(0, 26), [...letters, ...digits], 64);
const ids = string([...letters, ...digits, '_'], [...letters, ...digits, ...'._~:@-'], 128);
const tenants = string([...letters, ...digits], [...letters, ...digits, ...'._-'], 64).filter((name) => name !== 'operator');
const addresses = fc.record({ aggregate: aggregates, id: ids });
const ofTenants = fc.oneof(addresses, fc.record({ tenant: tenants, aggregate: aggregates, id: ids }));

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

describe('a tenant', () => {
  test.each(['a', 'A', '0', 'acme', 'a-b', 'order-1', 'a.b', 'a_', 'operators', 'x'.repeat(64)])('may be called %s', (tenant) => {
    expect(address('order', '1', tenant)).toEqual({ tenant, aggregate: 'order', id: '1' });
    expect(isTenant(tenant)).toBe(true);
  });
  test.each(['', '-a', '.', '..', '_a', 'a/b', 'a b', 'a@b', 'a:b', 'é', 'a\n', 'operator', 'x'.repeat(65)])(
    'cannot be called %j',
    (tenant) => {
      expect(() => address('order', '1', tenant)).toThrow(expect.objectContaining({ code: 'InvalidId' }));
      expect(() => streamName({ tenant, aggregate: 'order', id: '1' })).toThrow(expect.objectContaining({ code: 'InvalidId' }));
    },
  );
  test.each([undefined, null, 7, ['a'], {}, true])('cannot be %j', (tenant) => expect(isTenant(tenant)).toBe(false));
});

describe("a stream's name", () => {
  test('is the aggregate and the id', () => expect(streamName(address('order', '42'))).toBe('order-42'));
  test('of a tenant begins with it', () => {
    expect(streamName(address('order', '42', 'acme'))).toBe('acme/order-42');
    expect(parseStreamName('acme/order-42')).toEqual({ tenant: 'acme', aggregate: 'order', id: '42' });
    expect(eventId(address('order', '42', 'acme'), 8)).toBe('acme/order-42@8');
  });

  test('law: it names one address, which can be read back', () => {
    fc.assert(fc.property(addresses, (one) => expect(parseStreamName(streamName(address(one.aggregate, one.id)))).toEqual(one)));
  });

  test('law: of a tenant, too, and no two addresses make one name', () => {
    fc.assert(
      fc.property(ofTenants, ofTenants, (one, other) => {
        expect(parseStreamName(streamName(one))).toEqual(one);
        expect(streamName(one) === streamName(other)).toBe(isDeepStrictEqual(one, other));
      }),
    );
  });

  // Short parts, so that those that could meet do come up.
  test('law: no two addresses of few letters make one name', () => {
    const few = fc.string({ unit: fc.constantFrom('a', '-', '/'), minLength: 1, maxLength: 3 });
    const part = fc.record({ tenant: fc.option(few, { nil: undefined }), aggregate: few, id: few });
    const nameOf = ({ aggregate, id, tenant }: Address) => {
      try {
        return streamName(address(aggregate, id, tenant));
      } catch {
        return undefined;
      }
    };
    const seen = new Map<string, string>();
    fc.assert(
      fc.property(part, (one) => {
        const name = nameOf(one);
        if (name === undefined) return;
        const written = JSON.stringify([one.tenant, one.aggregate, one.id]);
        expect(seen.get(name) ?? written).toBe(written);
        seen.set(name, written);
      }),
      { numRuns: 3000 },
    );
    expect(seen.size).toBeGreaterThan(5);
  });

  test.each([
    ['order', 'a-b', 'order', 'a'],
    ['a', 'b-c', 'a', 'b'],
    ['order', '1', 'order1', '1'],
    ['order', '1-1', 'order', '11'],
  ])('%s %s and %s %s do not meet', (aggregate, id, otherAggregate, otherId) => {
    expect(streamName(address(aggregate, id))).not.toBe(streamName(address(otherAggregate, otherId)));
  });

  test.each([
    '',
    'order',
    '-',
    'order-',
    '-1',
    'Order-1',
    'order-a b',
    'my_order-1',
    '/order-1',
    'a/b/order-1',
    'a/order',
    'order-1/',
    'order-a/b',
  ])('%j is none', (name) => {
    expect(() => parseStreamName(name)).toThrow(expect.objectContaining({ code: 'InvalidId' }));
  });
});

describe('a token', () => {
  test('is the name of an event', () => expect(eventId(address('order', '42'), 8)).toBe('order-42@8'));

  test('law: it can be read back, even where the id has an @', () => {
    const versions = fc.integer({ min: 0, max: 999_999_999_999_999 });
    fc.assert(
      fc.property(ofTenants, versions, (stream, version) => expect(parseToken(eventId(stream, version))).toEqual({ stream, version })),
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

describe('a key that a tenant owns', () => {
  test('begins with the tenant, and is told without it', () => {
    expect([ofTenant('acme', 'a/b'), ofTenant(undefined, 'a/b')]).toEqual(['acme/a/b', 'a/b']);
    expect([withoutTenant('acme', 'acme/a/b'), withoutTenant(undefined, 'acme/a/b')]).toEqual(['a/b', 'acme/a/b']);
  });
});

describe('the errors of names', () => {
  const rule = 'an id has 1 to 128 characters out of A-Z a-z 0-9 . _ ~ : @ - and begins with a letter, a digit or _';
  test.each<[() => unknown, string, object]>([
    [() => address('Order', '42'), "'Order' cannot be an aggregate's name", {}],
    [() => address('order', ''), rule, { issues: [{ path: ['id'], message: rule }] }],
    [() => address('order', '42', 'a/b'), "'a/b' cannot be a tenant", {}],
    [() => parseStreamName('order'), "'order' is not a stream's name (aggregate-id)", {}],
    [() => parseStreamName('-42'), "'' cannot be an aggregate's name", {}],
    [() => parseToken('order-42'), "'order-42' is not a token (stream@version)", {}],
    [() => parseToken('@order-42'), "'@order-42' is not a token (stream@version)", {}],
    [() => parseToken('@1'), "'' is not a stream's name (aggregate-id)", {}],
    [() => parseToken('order-42@10'.replace('10', 'x0')), "'order-42@x0' is not a token (stream@version)", {}],
  ])('say what is wrong: %p', (act, message, details) => {
    expect(act).toThrow(expect.objectContaining({ message, details }));
  });

  test('make a text no name of a stream', () => {
    expect(['order-42', 'acme/order-42', 'order', 'Order-42', 'order-', ''].map(isStreamName)).toEqual([
      ...[true, true],
      ...[false, false, false, false],
    ]);
    expect(() => isStreamName(undefined as never)).toThrow(TypeError);
  });
});
