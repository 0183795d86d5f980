import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import { createEventsTable, storedItems } from '../support/dynamo.ts';
import { fewer } from '../support/runs.ts';

const folder = mkdtempSync(join(tmpdir(), 'foldstream-'));
afterAll(() => rmSync(folder, { recursive: true }));

const begin = (...args: string[]): ChildProcess =>
  spawn(process.execPath, ['cli/import.ts', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
const end = async (child: ChildProcess) => {
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('nothing can be read');
  const [out, err, [code]] = await Promise.all([text(stdout), text(stderr), once(child, 'close')]);
  return { code, out, err };
};
const run = (...args: string[]) => end(begin(...args));

const fines = ['--mapping', 'examples/fines/mapping.ts', '--domain', 'examples/fines'];
const into = (table: string) => ['--endpoint', process.env['DYNAMODB_ENDPOINT'] ?? '', '--table', table];

const payment = (fine: number) =>
  JSON.stringify({ fine: `F${fine}`, activity: 'Payment', at: '2006-01-02T00:00:00+01:00', paymentAmount: 1.5, totalPaymentAmount: 1.5 });
const write = (name: string, lines: readonly string[]): string => {
  const file = join(folder, name);
  writeFileSync(file, lines.join('\n'));
  return file;
};
const count = fewer(900, 3000);
const numbers = Array.from({ length: count }, (_, index) => index);

test('an import that was killed continues in a second run, and a third run records nothing', async () => {
  const table = await createEventsTable();
  const file = write('killed.jsonl', numbers.map(payment));
  const isIn = async (fine: number) => (await storedItems(table, { aggregate: 'fine', id: `F${fine}` })).length > 0;

  const killed = begin(file, ...fines, ...into(table), '--concurrency', '4');
  const ending = end(killed);
  while (killed.exitCode === null && !(await isIn(100))) await setTimeout(5);
  killed.kill('SIGKILL');
  expect(await ending).toMatchObject({ code: null });
  expect(await isIn(count - 1)).toBe(false);

  expect(await run(file, ...fines, ...into(table))).toMatchObject({ code: 0 });
  const { code, out } = await run(file, ...fines, ...into(table));
  expect(code).toBe(0);
  const all = count.toLocaleString('en-US');
  expect(out).toMatch(new RegExp(`${all} lines in .*: 0 events recorded, ${all} were there already`));
  expect(out).toContain(`${all} streams begin with them`);
}, 600_000);

test('a file with a fault in it is refused before anything is recorded', async () => {
  const table = await createEventsTable();
  const file = write('faulty.jsonl', [payment(1), payment(2).replace('1.5', '"much"')]);
  const { code, out, err } = await run(file, ...fines, ...into(table));
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toContain(`${file}:2: the line: paymentAmount: Invalid input: expected number, received string`);
  expect(err).toContain('1 lines cannot be imported, so nothing was recorded.');
  expect(await storedItems(table, { aggregate: 'fine', id: 'F1' })).toEqual([]);
});

test('one history may be imported for two tenants', async () => {
  const table = await createEventsTable();
  const file = write('of-tenants.jsonl', [payment(1)]);
  for (const tenant of ['acme', 'bolt'])
    expect(await run(file, ...fines, ...into(table), '--tenant', tenant)).toMatchObject({
      code: 0,
      out: expect.stringContaining('1 event'),
    });
  for (const tenant of ['acme', 'bolt']) expect(await storedItems(table, { tenant, aggregate: 'fine', id: 'F1' })).toHaveLength(1);
  expect(await storedItems(table, { aggregate: 'fine', id: 'F1' })).toEqual([]);
});

test('a file can be checked without recording it', async () => {
  const { code, out } = await run(write('fine.jsonl', [payment(1), payment(2)]), ...fines, '--check');
  expect({ code, out }).toEqual({ code: 0, out: '2 lines checked: 2 events to record\n' });
});

const some = write('some.jsonl', [payment(1)]);
const table = 'no-such-table';
const refusals: Readonly<Record<string, { args: string[]; says: string }>> = {
  'no file': { args: fines, says: 'Say which FILE to import' },
  'no export, where no mapping is named': { args: [some, '--check'], says: '1 lines cannot be imported, so nothing was recorded.' },
  'a tenant for an export': { args: [some, '--tenant', 'acme'], says: '--tenant is for files with a mapping' },
  'a module without a mapping': { args: [some, '--mapping', 'examples/fines/index.ts', '--check'], says: "index.ts exports no 'mapping'." },
  'a module that is not there': { args: [some, '--mapping', 'none.ts', '--check'], says: 'none.ts' },
  'a domain that knows nothing of it': { args: [some, ...fines.slice(0, 2), '--check'], says: "The domain has no aggregate 'fine'" },
  'an endpoint without a table': { args: [some, ...fines, '--endpoint', 'http://127.0.0.1:1'], says: 'are said together with --table' },
  'a table that is not there': { args: [some, ...fines, ...into(table)], says: `The table ${table} does not answer` },
  'a file that is not there': { args: ['none.jsonl', ...fines, '--check'], says: 'none.jsonl' },
  'no work at all': { args: [some, ...fines, '--concurrency', '0'], says: '--concurrency is a whole number from 1 to 256' },
  'a tenant that cannot be': { args: [some, ...fines, '--tenant', 'a/b'], says: "--tenant cannot be 'a/b'" },
  'an unknown option': { args: [some, '--speed'], says: '--speed' },
};
test.each(Object.entries(refusals))('%s: the error says so in a line', async (_, { args, says }) => {
  const { code, err } = await run(...args);
  expect(code).toBe(1);
  expect(err.trim().split('\n').at(-1)).toContain(says);
});

test('the help shows the usage', async () => {
  const { code, out } = await run('--help');
  expect(code).toBe(0);
  expect(out).toContain('npm run import -- FILE [--mapping MODULE]');
});
