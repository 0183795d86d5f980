import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type JobContext, runJob } from '../../cli/es/rehearse/jobs.ts';
import { type Shard, shardsIn } from '../../cli/es/rehearse/shards.ts';
import { splitExport } from '../../cli/es/rehearse/split-export.ts';
import { releaseOf } from '../../core/rehearse/release.ts';
import { noTotals, sumOf, type Totals } from '../../core/rehearse/totals.ts';
import { accounts } from './rehearsed/accounts.ts';
import { linesOfLog, opened, paid } from './rehearsed/lines.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shards-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('the lines of one key are in one file, in their order, and no other file has any', () => {
  const shards = shardsIn(folder, 'x');
  for (let index = 0; index < 3000; index++) shards.write(`key-${index % 300}`, `key-${index % 300} ${index} ${'x'.repeat(50)}`);
  const closed = shards.close();
  expect(closed.map(({ size }) => size)).toEqual(closed.map(({ size }) => size).toSorted((a, b) => b - a));
  expect(closed.reduce((sum, { lines }) => sum + lines, 0)).toBe(3000);
  const homes = new Map<string, { file: string; last: number }>();
  for (const { file, size, lines } of closed) {
    const content = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect([content.length, statSync(file).size]).toEqual([lines, size]);
    for (const [key = '', number] of content.map((line) => line.split(' '))) {
      const home = homes.get(key) ?? { file, last: -1 };
      expect([home.file, Number(number) > home.last]).toEqual([file, true]);
      homes.set(key, { file, last: Number(number) });
    }
  }
  expect(homes.size).toBe(300);
  expect(closed.length).toBeGreaterThan(100);
});

const streams = 40;
/** Every commit of a stream stands far from the one before. */
const exported = (): string => {
  const log = linesOfLog();
  const banks = (index: number): string => `bank-${index % 7}`;
  const each = Array.from({ length: streams }, (_, index) => index);
  const lines = [
    ...each.flatMap((index) => log.commit(`s${index}`, opened(banks(index)))),
    ...each.flatMap((index) => log.commit(`s${index}`, paid(banks(index), 100), paid(banks(index + 1), index))),
  ];
  const file = join(folder, 'export.jsonl');
  writeFileSync(file, lines.join('\n'));
  return file;
};

/** Both passes in this process, with shards of any size parted again. */
const rehearsed = async (largestShard: number): Promise<Totals> => {
  const into = mkdtempSync(join(folder, 'parts-'));
  const contributions = shardsIn(into, 'documents-0');
  const releases = { next: releaseOf(accounts({ balance: (cents) => cents + 1 })), today: releaseOf(accounts()) };
  const context: JobContext = { releases, examples: 3, contributions, largestShard };
  let totals = noTotals;
  const run = async (kind: 'streams' | 'documents', shards: readonly Shard[]): Promise<void> => {
    for (const shard of shards) totals = sumOf(totals, await runJob(context, { kind, shards: [shard] }), 3);
  };
  await run('streams', await splitExport({ file: exported(), folder: into, limit: Number.POSITIVE_INFINITY, onRead: () => {} }));
  await run('documents', contributions.close());
  expect(readdirSync(into)).toEqual([]);
  return totals;
};

test('a shard that is too large is parted again, with the same result', async () => {
  const whole = await rehearsed(Number.POSITIVE_INFINITY);
  expect(whole).toMatchObject({ streams, commits: 2 * streams, events: 3 * streams });
  expect(whole.members).toMatchObject({ 'projection balances@1': { differs: streams }, 'projection banks@1': { ok: 7 } });
  expect(whole.examples.map(({ line }) => line)).toEqual([42, 44, 46]);
  expect(await rehearsed(10)).toEqual(whole);
});
