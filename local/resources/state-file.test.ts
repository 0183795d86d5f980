import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { readState, writeState } from './state-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'foldstream-state-'));
const file = join(folder, 'tables.json');
afterAll(() => rmSync(folder, { recursive: true }));

test('a read returns the last write, or the given default before the first write', async () => {
  expect(await readState(file, [])).toEqual([]);
  await writeState(file, ['a']);
  await writeState(file, ['a', 'b']);
  expect(await readState(file, [])).toEqual(['a', 'b']);
});

test('a write that was interrupted by a kill is ignored', async () => {
  await writeState(file, { a: 1 });
  writeFileSync(`${file}.new`, '{"a":');
  expect(await readState(file, {})).toEqual({ a: 1 });
  await writeState(file, { a: 2 });
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ a: 2 });
});
