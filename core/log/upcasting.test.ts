import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { InvalidEvent, NewerRelease } from '../basics/errors.ts';
import { currentVersion, downcast, upcast, versioned, writtenSchema, writtenVersion } from './upcasting.ts';

const paid = versioned(z.object({ cents: z.int(), currency: z.string() }), {
  1: { from: z.object({ euros: z.number() }), to: ({ euros }) => ({ cents: Math.round(euros * 100) }) },
  2: { from: z.object({ cents: z.int() }), to: ({ cents }) => ({ cents, currency: 'EUR' }) },
});
const lift = (schema: z.ZodType, version: unknown, data: unknown) =>
  upcast(schema, { type: 'Paid', schema: version as number, data }, 'order-42@3');
const errorOf = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (error) {
    return error;
  }
};

describe('the current version', () => {
  const plain = z.object({ cents: z.int() });

  test.each<[string, z.ZodType, number]>([
    ['without upcasters', plain, 1],
    ['with two', paid, 3],
    ['of an optional schema', paid.optional(), 3],
    ['of a read-only schema', paid.readonly(), 3],
    ['of a schema in a pipe', paid.pipe(z.any()), 3],
    ['of a schema that ends a pipe', z.any().pipe(paid), 1],
    ['of a described schema', paid.describe('a payment'), 3],
    ['of a wrapped schema without upcasters', plain.optional().readonly(), 1],
  ])('%s', (_, schema, version) => expect(currentVersion(schema)).toBe(version));

  test('is that of the versioned schema alone, not of the schema that it was made of', () => {
    versioned(plain, { 1: { from: z.object({}), to: () => ({ cents: 0 }) } });
    expect(currentVersion(plain)).toBe(1);
  });
});

describe('data', () => {
  test.each<[number, unknown, unknown]>([
    [1, { euros: 1.5 }, { cents: 150, currency: 'EUR' }],
    [2, { cents: 7 }, { cents: 7, currency: 'EUR' }],
    [3, { cents: 7, currency: 'CHF' }, { cents: 7, currency: 'CHF' }],
  ])('of version %d is lifted one version at a time', (version, data, lifted) => expect(lift(paid, version, data)).toEqual(lifted));

  test('of the current version are not looked at', () => {
    const data = { anything: true };
    expect(lift(paid, 3, data)).toBe(data);
  });

  test.each([0, -1, Number.NaN, undefined])('of version %p have none', (version) => {
    const error = errorOf(() => lift(paid, version, {}));
    expect(error).toBeInstanceOf(InvalidEvent);
    expect((error as Error).message).toBe('order-42@3: Paid has no schema version');
  });

  test('of a version above the current one are those of a newer release', () => {
    const error = errorOf(() => lift(paid, 4, {}));
    expect(error).toBeInstanceOf(NewerRelease);
    expect(error).toMatchObject({ needs: { type: 'Paid', schema: 4 }, details: { event: 'order-42@3', schema: 4, known: 3 } });
    expect(error).toMatchObject({ name: 'NewerRelease', code: 'NewerRelease', retryAfterSeconds: 60 });
  });

  test('of a version whose upcaster is missing are invalid, with the step', () => {
    const gap = versioned(z.object({}), { 2: { from: z.object({}), to: () => ({}) } } as never);
    const error = errorOf(() => lift(gap, 1, {}));
    expect(error).toBeInstanceOf(InvalidEvent);
    expect((error as Error).message).toBe('order-42@3: Paid has no upcaster from schema version 1 to 2');
  });

  test('that do not fit their old schema are invalid, with the field', () => {
    const error = errorOf(() => lift(paid, 1, { euros: 'much' }));
    expect(error).toBeInstanceOf(InvalidEvent);
    expect((error as Error).message).toMatch(/^order-42@3: the upcaster of Paid from schema version 1 failed: .*Paid of version 1.*euros/);
    expect((error as Error).cause).toBeInstanceOf(Error);
  });

  test.each<[unknown, string]>([
    [new Error('no rate'), 'no rate'],
    ['no rate', 'no rate'],
  ])('whose upcaster throws are invalid, with the reason', (thrown, reason) => {
    const failing = versioned(z.object({}), {
      1: {
        from: z.object({}),
        to: () => {
          throw thrown;
        },
      },
    });
    const error = errorOf(() => lift(failing, 1, {}));
    expect(error).toBeInstanceOf(InvalidEvent);
    expect(error).toMatchObject({ message: `order-42@3: the upcaster of Paid from schema version 1 failed: ${reason}`, cause: thrown });
  });
});

describe('a schema that is written as the version before', () => {
  const paidV1 = z.object({ euros: z.number() });
  const paidV2 = z.object({ cents: z.int(), currency: z.string(), note: z.string().optional() });
  const up = { from: paidV1, to: ({ euros }: { euros: number }) => ({ cents: Math.round(euros * 100), currency: 'EUR' }) };
  const both = versioned(paidV2, { 1: up }, { writes: 1, back: ({ cents }) => ({ euros: cents / 100 }) });
  const down = (schema: z.ZodType, data: unknown) => downcast(schema, { type: 'Paid', data }, 'order-42');

  test.each<[string, z.ZodType, number, number]>([
    ['the version before', both, 2, 1],
    ['the version before, of an optional schema', both.optional(), 2, 1],
    ['the current version, without such an option', paid, 3, 3],
    ['version 1, without versions', paidV1, 1, 1],
  ])('reads and writes: %s', (_, schema, reads, writes) => {
    expect([currentVersion(schema), writtenVersion(schema)]).toEqual([reads, writes]);
    expect(writtenSchema(schema)).toBe(reads === writes ? schema : paidV1);
  });

  test('turns new data into data of that version', () => {
    expect(down(both, { cents: 150, currency: 'EUR' })).toEqual({ euros: 1.5 });
    expect(down(both, { currency: 'EUR', cents: 150 })).toEqual({ euros: 1.5 });
    expect(lift(both, 1, { euros: 1.5 })).toEqual({ cents: 150, currency: 'EUR' });
    expect(lift(both, 2, { cents: 7, currency: 'CHF' })).toEqual({ cents: 7, currency: 'CHF' });
  });

  test('keeps only the fields that this version has', () => {
    const careless = versioned(paidV2, { 1: up }, { writes: 1, back: ({ cents }) => ({ euros: cents / 100, more: true }) });
    expect(down(careless, { cents: 150, currency: 'EUR' })).toEqual({ euros: 1.5 });
  });

  test('leaves the data of another schema alone', () => {
    const data = { anything: true };
    expect(down(paid, data)).toBe(data);
  });

  test.each<[object, string]>([
    [{ cents: 1, currency: 'CHF' }, 'currency'],
    [{ cents: 1, currency: 'EUR', note: 'thanks' }, 'note'],
    [{ cents: 1, currency: 'CHF', note: 'thanks' }, 'currency, note'],
  ])('refuses data that a reader would not find again: %j', (data, fields) => {
    const error = errorOf(() => down(both, data));
    expect(error).toBeInstanceOf(InvalidEvent);
    expect((error as Error).message).toBe(
      `order-42: Paid cannot be recorded as schema version 1: a reader would find other data (${fields})`,
    );
  });

  test('names a field that only the reader would find', () => {
    const noted = versioned(
      paidV2,
      { 1: { ...up, to: (old) => ({ ...up.to(old), note: '' }) } },
      { writes: 1, back: ({ cents }) => ({ euros: cents / 100 }) },
    );
    expect((errorOf(() => down(noted, { cents: 1, currency: 'EUR' })) as Error).message).toMatch(/other data \(note\)$/);
  });

  test.each<[string, () => never | object, RegExp]>([
    ['makes other data', () => ({ euros: 'many' }), /as schema version 1: Paid of version 1: euros: /],
    ['makes data that cannot be lifted to the current schema', () => ({ euros: 0.5e300 }), /as schema version 1: Paid: cents: /],
    [
      'throws',
      () => {
        throw new Error('no rate');
      },
      /as schema version 1: no rate$/,
    ],
    [
      'throws a text',
      () => {
        throw 'no rate';
      },
      /as schema version 1: no rate$/,
    ],
  ])('fails where the step back %s', (_, back, says) => {
    const error = errorOf(() => down(versioned(paidV2, { 1: up }, { writes: 1, back: back as never }), { cents: 1, currency: 'EUR' }));
    expect(error).toBeInstanceOf(InvalidEvent);
    expect((error as Error).message).toMatch(says);
    expect((error as Error).cause).toBeDefined();
  });

  test.each<[object, number, number]>([
    [{ 1: up }, 2, 1],
    [{ 1: up, 2: up }, 1, 2],
    [{}, 0, 0],
  ])('is refused for another version: %#', (rows, writes, before) => {
    const declared = () => versioned(paidV2, rows as never, { writes, back: () => ({}) } as never);
    expect(declared).toThrow(
      `versioned: writes is ${writes}, and only the version before the current one can be written, which is ${before}`,
    );
  });
});
