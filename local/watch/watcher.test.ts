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
  mkdirSync(join(root, 'domain/order'), { recursive: true });
  mkdirSync(join(root, 'domain/node_modules'), { recursive: true });
  write('domain/order/decider.ts');
  seen = new Set();
  watcher = openWatcher((files) => {
    for (const file of files) seen.add(relative(root, file));
  });
  watcher.follow(new Set([join(root, 'domain')]), root);
});
afterEach(() => {
  watcher.close();
  rmSync(root, { recursive: true });
});

const write = (file: string): void => writeFileSync(join(root, file), String(Math.random()));
const quiet = (): Promise<void> => new Promise((waited) => setTimeout(waited, 300));

test.each<[string, () => void, string]>([
  ['written', () => write('domain/order/decider.ts'), 'domain/order/decider.ts'],
  ['new', () => write('domain/order/summary.ts'), 'domain/order/summary.ts'],
  ['deleted', () => rmSync(join(root, 'domain/order/decider.ts')), 'domain/order/decider.ts'],
  ['at the top', () => write('cdk.json'), 'cdk.json'],
  [
    'put in the place of another, as editors do',
    () => {
      write('domain/order/decider.ts~');
      renameSync(join(root, 'domain/order/decider.ts~'), join(root, 'domain/order/decider.ts'));
    },
    'domain/order/decider.ts',
  ],
  [
    'in a new folder, written before the folder is watched',
    () => {
      mkdirSync(join(root, 'domain/payment/events'), { recursive: true });
      write('domain/payment/events/v1.ts');
    },
    'domain/payment/events/v1.ts',
  ],
])('a file that is %s is told', async (_, change, file) => {
  change();
  await quiet();
  expect([...seen]).toContain(file);
});

test('a folder that is taken away and comes again is watched again', async () => {
  rmSync(join(root, 'domain'), { recursive: true });
  await quiet();
  mkdirSync(join(root, 'domain/order'), { recursive: true });
  write('domain/order/decider.ts');
  await quiet();
  seen.clear();
  write('domain/order/decider.ts');
  await quiet();
  expect([...seen]).toEqual(['domain/order/decider.ts']);
});

test('dependencies are not watched, and a watcher that is closed is silent', async () => {
  write('domain/node_modules/index.js');
  await quiet();
  watcher.close();
  write('domain/order/decider.ts');
  await quiet();
  expect([...seen]).toEqual([]);
});
