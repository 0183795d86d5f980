import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openWatcher, type Watcher } from './watcher.ts';

let root: string;
let watcher: Watcher;
let seen: Set<string>;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'watched-'));
  mkdirSync(join(root, 'sources/order'), { recursive: true });
  mkdirSync(join(root, 'sources/node_modules'), { recursive: true });
  write('sources/order/decider.ts');
  seen = new Set();
  watcher = openWatcher((files) => {
    for (const file of files) seen.add(relative(root, file));
  });
  watcher.follow(new Set([join(root, 'sources')]), root);
});
afterEach(() => {
  watcher.close();
  rmSync(root, { recursive: true });
});

const write = (file: string): void => writeFileSync(join(root, file), String(Math.random()));
const quiet = (): Promise<void> => new Promise((waited) => setTimeout(waited, 300));

test.each<[string, () => void, string]>([
  ['written', () => write('sources/order/decider.ts'), 'sources/order/decider.ts'],
  ['new', () => write('sources/order/summary.ts'), 'sources/order/summary.ts'],
  ['deleted', () => rmSync(join(root, 'sources/order/decider.ts')), 'sources/order/decider.ts'],
  ['at the top', () => write('cdk.json'), 'cdk.json'],
  [
    'put in the place of another, as editors do',
    () => {
      write('sources/order/decider.ts~');
      renameSync(join(root, 'sources/order/decider.ts~'), join(root, 'sources/order/decider.ts'));
    },
    'sources/order/decider.ts',
  ],
  [
    'in a new folder, written before the folder is watched',
    () => {
      mkdirSync(join(root, 'sources/payment/events'), { recursive: true });
      write('sources/payment/events/v1.ts');
    },
    'sources/payment/events/v1.ts',
  ],
])('a file that is %s is reported', async (_, change, file) => {
  change();
  await quiet();
  expect([...seen]).toContain(file);
});

test('a folder that is removed and created again is watched again', async () => {
  rmSync(join(root, 'sources'), { recursive: true });
  await quiet();
  mkdirSync(join(root, 'sources/order'), { recursive: true });
  write('sources/order/decider.ts');
  await quiet();
  seen.clear();
  write('sources/order/decider.ts');
  await quiet();
  expect([...seen]).toEqual(['sources/order/decider.ts']);
});

test('dependencies are not watched, and a watcher that is closed is silent', async () => {
  write('sources/node_modules/index.js');
  await quiet();
  watcher.close();
  write('sources/order/decider.ts');
  await quiet();
  expect([...seen]).toEqual([]);
});
