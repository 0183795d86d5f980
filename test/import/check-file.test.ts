import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import * as z from 'zod';
import { checkFile } from '../../cli/import/check-file.ts';
import { beginning } from '../../cli/import/lines.ts';
import { defineMapping, history, mapped } from '../../core/import/mapping.ts';
import { tally } from '../support/tally.ts';

const folder = mkdtempSync(join(tmpdir(), 'foldstream-'));
afterAll(() => rmSync(folder, { recursive: true }));

let lines = 0;
/** A line is how many bytes of note an event has, which no compression makes less; 0 is left out. */
const mapping = defineMapping({
  line: z.int(),
  toHistory: (bytes) => {
    const event = { type: 'Added', data: { amount: 1, note: randomBytes(bytes).toString('base64') } } as const;
    const happened = { id: 'a', recordedAt: '2001-01-01T00:00:00Z', commandId: `of ${lines++}`.replace(' ', '-') };
    return bytes === 0 ? undefined : history(tally, { ...happened, events: [event, event] });
  },
});

const now = new Date('2026-01-01T00:00:00.000Z');
const write = (lines: readonly unknown[]): string => {
  const file = join(folder, 'file');
  writeFileSync(file, lines.join('\n'));
  return file;
};
const check = (lines: readonly unknown[]) => checkFile({ file: write(lines), format: mapped(mapping), from: beginning, now });

test('lines, events and aggregates are counted', async () => {
  expect(await check([1, 2, '', 0, 3])).toEqual({
    ...{ lines: 5, events: 6, repeated: 0, aggregates: new Set(['tally']), faults: 0, firstFaults: [] },
  });
});

test('all faults are counted, and the first ten are told by their lines', async () => {
  const { faults, firstFaults, events } = await check([1, ...Array<string>(12).fill('"much"'), 2]);
  expect({ faults, events }).toEqual({ faults: 12, events: 4 });
  expect(firstFaults).toHaveLength(10);
  expect(firstFaults[0]).toBe(`${join(folder, 'file')}:2: the line: data: Invalid input: expected number, received string`);
});

test('a commit that is larger than an item can be is found out', async () => {
  const { faults, firstFaults } = await check([1, 50_000, 500_000]);
  expect(faults).toBe(1);
  expect(firstFaults[0]).toMatch(/:3: a commit to tally-a takes \d+ bytes, 409600 are possible$/);
});

/** A line has what the mapping takes over: `id`, `commandId`, `amount`, `at`. */
const payments = mapped(
  defineMapping({
    line: z.object({ id: z.string(), commandId: z.string(), amount: z.int(), at: z.string().optional(), actor: z.string().optional() }),
    toHistory: ({ id, commandId, amount, at: recordedAt = '2001-01-01T00:00:00Z', actor }) =>
      history(tally, {
        ...{ id, commandId, recordedAt, events: [{ type: 'Added', data: { amount } }] },
        ...(actor === undefined ? {} : ({ actor, commandFrom: 'client' } as const)),
      }),
  }),
);
const paid = (id: string, commandId: string, amount: number, more = {}) => JSON.stringify({ id, commandId, amount, ...more });
const checkPayments = async (lines: readonly string[], options = {}) => {
  const { events, repeated, faults, firstFaults } = await checkFile({
    ...{ file: write(lines), format: payments, from: beginning, now },
    ...options,
  });
  return { events, repeated, faults, says: firstFaults.map((fault) => fault.slice(join(folder, 'file').length + 1)) };
};

test('an id that comes again in its stream with other events is a fault, which names both lines', async () => {
  const { faults, says } = await checkPayments([
    paid('a', 'k', 1),
    paid('b', 'k', 2),
    paid('a', 'k', 2),
    paid('a', 'k', 1, { at: '2002-01-01T00:00:00Z' }),
  ]);
  const why = "line 1 has the same commandId 'k' for tally-a, and other events";
  expect({ faults, says }).toEqual({ faults: 2, says: [`3: ${why}`, `4: ${why}`] });
});

test('a line that is equal to an earlier one is a fault, or is left out', async () => {
  const lines = [paid('a', 'k', 1), paid('b', 'k', 1), paid('a', 'k', 1), paid('a', 'k', 1)];
  const why = 'it is equal to line 1, so only one of them would be recorded: give each a commandId of its own';
  expect(await checkPayments(lines)).toEqual({ events: 2, repeated: 0, faults: 2, says: [`3: ${why}`, `4: ${why}`] });
  expect(await checkPayments(lines, { acceptsRepeated: true })).toEqual({ events: 2, repeated: 2, faults: 0, says: [] });
});

test('the same key of two clients is two ids, and a key of a client is no id of the import', async () => {
  const lines = [paid('a', 'k', 1), paid('a', 'k', 2, { actor: 'ada' }), paid('a', 'k', 3, { actor: 'bob' })];
  expect(await checkPayments(lines)).toMatchObject({ events: 3, faults: 0 });
  expect(await checkPayments([...lines, paid('a', 'k', 4, { actor: 'bob' })])).toMatchObject({ events: 3, faults: 1 });
});

test('a time in the future is a fault; clocks may differ by some minutes', async () => {
  const lines = ['2026-01-01T00:05:00Z', '2026-01-01T00:05:00.001Z', '2050-01-01T00:00:00Z'].map((at) =>
    paid(at.slice(0, 4), at, 1, { at }),
  );
  expect(await checkPayments(lines)).toMatchObject({
    faults: 2,
    says: ['2: recordedAt: 2026-01-01T00:05:00.001Z is in the future', '3: recordedAt: 2050-01-01T00:00:00.000Z is in the future'],
  });
});
