import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { Invalid } from './errors.ts';
import { parseMessage, rowOf } from './messages.ts';

const catalogue = {
  Named: z.object({ name: z.string().min(1), tags: z.array(z.string()).default([]) }),
  Counted: z.object({ lines: z.array(z.object({ cents: z.int() })) }),
};

/** What every plain object has without being asked; a client may name them. */
const inherited = ['constructor', 'toString', 'hasOwnProperty', '__proto__', 'valueOf', '__defineGetter__'];

const errorOf = (act: () => unknown): Invalid => {
  try {
    act();
  } catch (error) {
    if (error instanceof Invalid) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe('a row', () => {
  test('is found by its own name', () => expect(rowOf({ a: 1 }, 'a')).toBe(1));
  test.each([...inherited, '', 'b', 'A'])('is not found by %j', (type) => expect(rowOf({ a: 1 }, type)).toBeUndefined());
});

describe('a message at a border', () => {
  test('is taken as its schema has it', () => {
    expect(parseMessage(catalogue, { type: 'Named', data: { name: 'ada' } })).toEqual({ type: 'Named', data: { name: 'ada', tags: [] } });
  });

  test('loses what its schema does not name', () => {
    const message = { type: 'Named', data: { name: 'ada', tags: [], isAdmin: true } };
    expect(parseMessage(catalogue, message).data).toEqual({ name: 'ada', tags: [] });
  });

  test.each([...inherited, '', 'named'])('of the type %j is unknown', (type) => {
    expect(errorOf(() => parseMessage(catalogue, { type, data: {} })).code).toBe('UnknownType');
  });

  test.each([undefined, null, 1, 'text', [], true])('with the data %j is invalid', (data) => {
    expect(errorOf(() => parseMessage(catalogue, { type: 'Named', data })).code).toBe('InvalidData');
  });

  test('names every fault, each with its path', () => {
    const error = errorOf(() =>
      parseMessage(catalogue, { type: 'Counted', data: { lines: [{ cents: 1 }, { cents: 0.5 }, { cents: '1' }] } }),
    );
    expect(error.code).toBe('InvalidData');
    expect(error.details['issues']).toEqual([
      { path: ['lines', '1', 'cents'], message: expect.any(String) },
      { path: ['lines', '2', 'cents'], message: expect.any(String) },
    ]);
    expect(error.message).toMatch(/Counted.*lines\.1\.cents.*lines\.2\.cents/s);
  });
});

test('the error of a message names its type, or each fault with its path', () => {
  expect(errorOf(() => parseMessage(catalogue, { type: 'Other', data: {} })).message).toBe("no message type 'Other' is declared");
  expect(errorOf(() => parseMessage(catalogue, { type: 'Counted', data: { lines: [{ cents: 'a' }, { cents: 'b' }] } })).message).toBe(
    'Counted: lines.0.cents: Invalid input: expected number, received string; lines.1.cents: Invalid input: expected number, received string',
  );
  expect(errorOf(() => parseMessage(catalogue, { type: 'Counted', data: 5 })).message).toBe(
    'Counted: data: Invalid input: expected object, received number',
  );
});
