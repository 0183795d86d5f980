import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { placeOf } from '../../cli/es/events-table.ts';
import { UsageError } from '../../cli/es/flags.ts';

const nowhere: Record<string, string> = {};
let root: string;
let state: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'foldstream-places-'));
  state = join(root, '.local');
  mkdirSync(state);
});
afterEach(() => rmSync(root, { recursive: true }));

const facts = { url: 'http://127.0.0.1:3000', endpoint: 'http://127.0.0.1:8000', region: 'us-east-1', events: 'events', names: 'names' };
const write = (file: string, more = {}): void => {
  mkdirSync(dirname(join(state, file)), { recursive: true });
  writeFileSync(join(state, file), JSON.stringify({ ...facts, ...more }));
};

test('if no system runs, the error says how to start one', () => {
  expect(() => placeOf(nowhere, state)).toThrow('No system runs on this machine: start it (npm start), or say which table (--table NAME).');
  rmSync(state, { recursive: true });
  expect(() => placeOf(nowhere, state)).toThrow('npm start');
});

test('the running system is found', () => {
  write('system.json');
  expect(placeOf(nowhere, state)).toEqual({
    table: 'events',
    endpoint: facts.endpoint,
    region: 'us-east-1',
    domain: join(root, 'domain'),
    readSide: { readModels: {}, bus: '', pointers: '', discarded: { folders: [] } },
  });
});

test('of several running systems, the one of the domain is found', () => {
  write('system.json');
  write('examples-fines/system.json', { domain: 'examples/fines', events: 'fines' });
  expect(() => placeOf(nowhere, state)).toThrow('say which domain');
  expect(placeOf({ domain: resolve(root, 'examples/fines') }, state)).toMatchObject({
    table: 'fines',
    domain: join(root, 'examples/fines'),
  });
  expect(() => placeOf({ domain: resolve(root, 'other') }, state)).toThrow(/No system runs .*other on this machine/);
});

describe('a system that keeps nothing', () => {
  const passing = { isKept: false, process: process.pid, events: 'passing' };
  test('is found where no other one runs', () => {
    write('memory-7/system.json', passing);
    expect(placeOf(nowhere, state)).toMatchObject({ table: 'passing', domain: join(root, 'domain') });
    expect(placeOf({ memory: true }, state)).toMatchObject({ table: 'passing' });
  });

  test('is found beside another one where it is asked for', () => {
    write('system.json', { process: process.pid, isKept: true });
    expect(() => placeOf({ memory: true }, state)).toThrow('No system runs on this machine');
    write('memory-7/system.json', passing);
    expect(placeOf(nowhere, state)).toMatchObject({ table: 'events' });
    expect(placeOf({ memory: true }, state)).toMatchObject({ table: 'passing' });
  });
});

test('a system that was killed is not running, though its file is there', () => {
  const { pid = 0 } = spawnSync(process.execPath, ['--version']);
  write('system.json', { process: pid });
  expect(() => placeOf(nowhere, state)).toThrow('No system runs on this machine');
  write('memory-7/system.json', { process: process.pid, isKept: false, events: 'passing' });
  expect(placeOf(nowhere, state)).toMatchObject({ table: 'passing' });
});

test('a file with other contents is named', () => {
  write('system.json', { events: 7 });
  expect(() => placeOf(nowhere, state)).toThrow('system.json does not say where the events are');
});

test('a table may be given directly', () => {
  write('system.json');
  expect(placeOf({ table: 'mine', region: 'eu-central-1' }, state)).toEqual({ table: 'mine', region: 'eu-central-1' });
  expect(() => placeOf({ region: 'eu-central-1' }, state)).toThrow(UsageError);
});
