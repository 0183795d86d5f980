import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { checkpointIn } from '../../cli/import/checkpoint.ts';
import { beginning } from '../../cli/import/lines.ts';

const folder = mkdtempSync(join(tmpdir(), 'foldstream-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('the last saved checkpoint is loaded, until it is cleared', () => {
  const checkpoint = checkpointIn(join(folder, 'state'), ['file', 1]);
  expect(checkpoint.load()).toEqual(beginning);
  checkpoint.save({ line: 1, offset: 10 });
  checkpoint.save({ line: 2, offset: 20 });
  expect(checkpointIn(join(folder, 'state'), ['file', 1]).load()).toEqual({ line: 2, offset: 20 });
  checkpoint.clear();
  expect(checkpoint.load()).toEqual(beginning);
});

test('a checkpoint is for one file with one content, and one table', () => {
  checkpointIn(folder, ['file', 1, 'table']).save({ line: 2, offset: 20 });
  expect(checkpointIn(folder, ['file', 2, 'table']).load()).toEqual(beginning);
  expect(checkpointIn(folder, ['file', 1, 'another table']).load()).toEqual(beginning);
});

test.each(['', '{"line":', '{}', '{"line":1.5,"offset":3}'])('an unreadable checkpoint is ignored: %j', (content) => {
  const checkpoint = checkpointIn(join(folder, 'broken'), ['file']);
  checkpoint.save({ line: 2, offset: 20 });
  for (const file of readdirSync(join(folder, 'broken'))) writeFileSync(join(folder, 'broken', file), content);
  expect(checkpoint.load()).toEqual(beginning);
});
