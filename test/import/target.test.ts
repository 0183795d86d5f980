import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { parseOptions } from '../../cli/import/options.ts';
import { clientOf, identityOf, runningDomain, targetOf } from '../../cli/import/target.ts';
import { createEventsTable, createNamesTable, engineClient } from '../support/dynamo.ts';

const folder = mkdtempSync(join(tmpdir(), 'foldstream-'));
afterAll(() => rmSync(folder, { recursive: true }));
const stateFolder = join(folder, '.local');

const given = (...args: string[]) => targetOf(parseOptions(['file', '--mapping', 'mapping.ts', ...args], folder), stateFolder);
const run = (where: string, facts: object) => {
  mkdirSync(join(stateFolder, where), { recursive: true });
  writeFileSync(join(stateFolder, where, 'system.json'), JSON.stringify({ url: 'http://127.0.0.1:3000', region: 'r', ...facts }));
};

test('without a table it is the system that runs on this machine', () => {
  const fines = { endpoint: 'http://127.0.0.1:1', events: 'e', names: 'n', domain: 'examples/fines' };
  const orders = { endpoint: 'http://127.0.0.1:2', events: 'e', names: 'n' };
  const to = ({ events, ...system }: typeof orders) => ({ region: 'r', table: events, ...system });

  expect(() => given()).toThrow('No such system runs on this machine: start it (npm start), or say where to import to');
  run('examples-fines', fines);
  expect(given()).toEqual(to(fines));
  expect(() => given('--domain', 'domain')).toThrow('No such system runs');
  run('.', orders);
  expect(() => given()).toThrow('Several systems run on this machine: say which domain it is for');
  expect(given('--domain', 'domain')).toEqual(to(orders));
  expect(given('--domain', 'examples/fines')).toEqual(to(fines));
});

test('a check takes the domain of the system that runs, unless one is said', () => {
  const alone = join(folder, 'checked', '.local');
  const domainFor = (...args: string[]) => runningDomain(parseOptions(['file', '--check', ...args], folder), alone);
  expect(domainFor()).toBeUndefined();
  mkdirSync(alone, { recursive: true });
  const facts = { endpoint: 'http://127.0.0.1:1', region: 'r', events: 'e', domain: 'examples/fines', process: process.pid };
  writeFileSync(join(alone, 'system.json'), JSON.stringify(facts));
  expect(domainFor()).toBe('examples/fines');
  expect([domainFor('--domain', 'domain'), domainFor('--table', 'e', '--names', 'n')]).toEqual([undefined, undefined]);
});

test('into a system that keeps nothing, if no other one runs or it is asked for', () => {
  const alone = join(folder, 'alone', '.local');
  const at = (place: string, facts: object) => {
    mkdirSync(join(alone, place), { recursive: true });
    writeFileSync(join(alone, place, 'system.json'), JSON.stringify({ endpoint: 'http://127.0.0.1:1', region: 'r', ...facts }));
  };
  const to = (...args: string[]) => targetOf(parseOptions(['file', ...args], folder), alone).table;
  at('memory-7', { events: 'passing', process: process.pid, isKept: false });
  expect([to(), to('--memory')]).toEqual(['passing', 'passing']);
  at('.', { events: 'kept', process: process.pid, isKept: true });
  expect([to(), to('--memory')]).toEqual(['kept', 'passing']);
});

test('the description of a running system must be complete', () => {
  run('other', { endpoint: 'http://127.0.0.1:1' });
  expect(() => given()).toThrow('other/system.json: events: ');
  rmSync(join(stateFolder, 'other'), { recursive: true });
});

test('a table alone is one on AWS', () => expect(given('--table', 'e', '--names', 'n')).toEqual({ table: 'e', names: 'n' }));

test('a table with an endpoint is read there', () =>
  expect(given('--table', 'e', '--endpoint', 'http://127.0.0.1:1')).toEqual({ table: 'e', names: '', endpoint: 'http://127.0.0.1:1' }));

test('an engine on this machine is asked without credentials of AWS', async () => {
  const client = clientOf({ table: 'e', names: '', endpoint: 'http://127.0.0.1:1' }, 7);
  expect(await client.config.credentials()).toMatchObject({ accessKeyId: 'local' });
  client.destroy();
});

test('two tables have different identities', async () => {
  const client = engineClient();
  const [one, another] = [await createEventsTable(), await createEventsTable()];
  expect(await identityOf({ client, table: one })).toBe(await identityOf({ client, table: one }));
  expect(await identityOf({ client, table: one })).not.toBe(await identityOf({ client, table: another }));
});

test('a table that is no events table is refused', async () => {
  const table = await createNamesTable();
  await expect(identityOf({ client: engineClient(), table })).rejects.toThrow(
    `The table ${table} is not an events table: its keys are name.`,
  );
});
