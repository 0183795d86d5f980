import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { run } from '../../cli/es/run.ts';
import { spoken } from './spawned.ts';

/** No system keeps its notes here: other tests run systems in the folder of temporary files. */
const stateFolder = mkdtempSync(join(tmpdir(), 'no-system-'));

const out = jest.spyOn(console, 'log');
const said = jest.spyOn(console, 'error');
beforeEach(() => {
  for (const spy of [out, said]) spy.mockReset().mockImplementation(() => {});
});
afterAll(() => {
  jest.restoreAllMocks();
  rmSync(stateFolder, { recursive: true });
});

const es = async (...args: readonly string[]) => {
  const code = await run(args, stateFolder);
  return { code, out: out.mock.calls.join('\n'), said: said.mock.calls.join('\n') };
};

const endpoint = process.env['DYNAMODB_ENDPOINT'] ?? '';

test.each<[string[], RegExp]>([
  [[], /^Say what to do\./],
  [['drop'], /^There is no command 'drop'/],
  [['constructor'], /^There is no command 'constructor'/],
  [['show'], /^say which STREAM/],
  [['show', 'order'], /is not a stream's name/],
  [['show', 'order-1', '--version', '0'], /^--version is a whole number from 1/],
  [['show', 'order-1', '--version', '1', '--at', '2026-01-01'], /exclude each other/],
  [['show', 'order-1', '--at', 'yesterday'], /^--at is a time in ISO 8601/],
  [['show', 'order-1', '--at', '2026-01-01T09:00'], /^--at is a time in ISO 8601/],
  [['verify', 'order-1', 'order-2'], /^one stream at a time/],
  [['verify', '--fast'], /^Unknown option '--fast'/],
  [['tail', '-n', 'x'], /^--number is a whole number/],
  [['export', 'order-1'], /^export takes no 'order-1'/],
  [['projections', 'drop', 'orders@1'], /^projections takes flip or retry, not 'drop'/],
  [['projections', 'flip', 'a@1', 'b@1'], /^one revision at a time/],
  [['audit', '--segments', '0'], /^--segments is a whole number from 1/],
  [['parked', '--limit', 'all'], /^--limit is a whole number from 1/],
  [['log', 'order-1'], /^log takes no 'order-1'/],
  [['log', '--since', 'yesterday'], /^--since is a time in ISO 8601/],
  [['show', 'order-1', '--why', 'x'], /^Unknown option '--why'/],
  [['rehearse'], /^rehearse takes --from EXPORT/],
  [['rehearse', 'x', '--from', 'package.json'], /^rehearse takes --from EXPORT/],
  [['rehearse', '--from', 'nothing'], /^--from nothing: there is no such file/],
  [['rehearse', '--from', 'package.json', '--workers', '0'], /^--workers is a whole number from 1/],
  [['rehearse', '--from', 'package.json', '--against', 'v99'], /^--against v99 is no folder, and git has no/],
  [['rehearse', '--from', 'package.json', '--against', 'docs'], /^--against docs: neither the folder nor its .* has an index\.ts/],
  [['rehearse', '--from', 'package.json', '--only', 'loans'], /^--only loans: the domain has only /],
  [['redrive'], /^say which PROJECTION/],
  [['redrive', 'orders'], /^say one STREAM, like order-42, or --all/],
  [['redrive', 'orders', 'order-1', '--all'], /^say one STREAM, like order-42, or --all/],
  [['redrive', 'orders', 'order'], /is not a stream's name/],
  [['redrive', 'orders', '--discarded'], /^--discarded is about every projection/],
  [['redrive', 'orders', '--all', '--from', 'x'], /^--from is said together with --discarded/],
  [['audit', '--table', 't', '--outputs', 'o.json'], /^--table and --outputs exclude each other/],
  [['verify', '--endpoint', 'http://127.0.0.1:1'], /said together with --table/],
])('%j is wrong usage: prints the usage, with exit code 2', async (args, message) => {
  expect(await es(...args)).toEqual({ code: 2, out: '', said: expect.stringMatching(message) });
  expect(said.mock.calls.join()).toMatch(/npm run es -- /);
});

test('help exits with 0', async () => {
  expect(await es('--help')).toMatchObject({ code: 0, out: expect.stringMatching(/es -- show.*es -- verify.*es -- tail.*es -- export/s) });
});

test('each command has its own help', async () => {
  expect(await es('verify', '--help')).toMatchObject({ code: 0, out: expect.stringMatching(/^npm run es -- verify.*--table NAME/s) });
});

describe('a missing part is named in a line:', () => {
  test('a running system', async () => {
    expect(await es('verify')).toMatchObject({
      code: 1,
      said: expect.stringMatching(/^No system runs on this machine: start it \(npm start\).*$/),
    });
  });

  test('a table', async () => {
    expect(await es('verify', '--table', 'none', '--endpoint', endpoint)).toEqual({
      code: 1,
      out: '',
      said: `There is no table 'none' at ${endpoint}.`,
    });
  });

  test('a database', async () => {
    const { code, said } = await spoken(['verify', '--table', 'none', '--endpoint', 'http://127.0.0.1:1']);
    expect({ code, said }).toEqual({ code: 1, said: expect.stringMatching(/^DynamoDB does not answer: .*ECONNREFUSED.*\n$/) });
  });
});
