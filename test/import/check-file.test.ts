import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import * as z from 'zod';
import { checkFile } from '../../cli/import/check-file.ts';
import { beginning } from '../../cli/import/lines.ts';
import { defineMapping, history } from '../../core/import/mapping.ts';
import { tally } from '../support/tally.ts';

const folder = mkdtempSync(join(tmpdir(), 'foldstream-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A line is how many bytes of note an event has, which no compression makes less; 0 is left out. */
const mapping = defineMapping({
  line: z.int(),
  toHistory: (bytes) => {
    const event = { type: 'Added', data: { amount: 1, note: randomBytes(bytes).toString('base64') } } as const;
    const happened = { id: 'a', recordedAt: '2001-01-01T00:00:00Z', commandId: 'one' };
    return bytes === 0 ? undefined : history(tally, { ...happened, events: [event, event] });
  },
});

const check = (lines: readonly unknown[]) => {
  const file = join(folder, 'file');
  writeFileSync(file, lines.join('\n'));
  return checkFile({ file, mapping, from: beginning });
};

test('lines, events and aggregates are counted', async () => {
  expect(await check([1, 2, '', 0, 3])).toEqual({ lines: 5, events: 6, aggregates: new Set(['tally']), faults: 0, firstFaults: [] });
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
