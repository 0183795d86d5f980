import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { obstacles, type ReadableLock, rollbackFindings } from './rollback.ts';

const before: ReadableLock = {
  order: { events: { OrderPlaced: { 1: {} }, OrderPaid: { 1: {}, 2: {} } } },
  'running-sagas': { fulfilment: { 1: {} } },
  'read-models': { projections: { 'order-summary': { 1: {}, 2: {} } } },
} as ReadableLock;

const said = (after: ReadableLock) => obstacles(after, before).map(({ what, found }) => `${what} ${found}`);

test('nothing stands against a rollback to a release that knows everything', () => {
  expect(obstacles(before, before)).toEqual([]);
  expect(
    obstacles({ order: { events: { OrderPlaced: { 1: {} } } }, 'read-models': before['read-models'] } as ReadableLock, before),
  ).toEqual([]);
});

test.each<readonly [string, object, RegExp]>([
  ['a new event type', { order: { events: { OrderArchived: { 1: {} } } } }, /^Event order\.OrderArchived is new: .*503/],
  [
    'a new schema version',
    { order: { events: { OrderPaid: { 1: {}, 2: {}, 3: {} } } } },
    /^Event order\.OrderPaid is of schema version 3, and that release knows 2/,
  ],
  ['a new aggregate', { invoice: { events: {} } }, /^Aggregate invoice is new: .*404/],
  ['a new saga', { 'running-sagas': { returns: { 1: {} } } }, /^Saga returns is new: .*delete its state machine/],
  [
    'a new revision of a saga',
    { 'running-sagas': { fulfilment: { 1: {}, 2: {} } } },
    /^Saga fulfilment has revision 2, .*nothing is undone/,
  ],
  [
    'a revision of a projection that is gone',
    { 'read-models': { projections: { 'order-summary': { 2: {} } } } },
    /^Projection order-summary@1 /,
  ],
])('%s stands against a rollback, with a remedy', (_, change, says) => {
  const after = { ...before, ...change } as ReadableLock;
  expect(said(after)).toEqual([expect.stringMatching(says)]);
  expect(obstacles(after, before)[0]?.remedy).toBeTruthy();
});

test('a release that reads a new version, and records the one before, can be rolled back', () => {
  const reads = {
    ...before,
    order: { events: { OrderPlaced: { 1: {}, 2: {} }, OrderPaid: { 1: {}, 2: {} } }, writes: { OrderPlaced: 1 } },
  };
  const writes = { ...reads, order: { events: reads.order.events } };
  expect(obstacles(reads as ReadableLock, before)).toEqual([]);
  expect(obstacles(writes as ReadableLock, reads as ReadableLock)).toEqual([]);
  expect(said(writes as ReadableLock)).toEqual([expect.stringMatching(/OrderPlaced is of schema version 2, and that release knows 1/)]);
});

test('a release that records a version below its newest one is still newer than one that does not know it', () => {
  const third = { order: { events: { OrderPlaced: { 1: {}, 2: {}, 3: {} } }, writes: { OrderPlaced: 2 } } };
  expect(said({ ...before, ...third } as ReadableLock)).toEqual([expect.stringMatching(/OrderPlaced is of schema version 2/)]);
});

test('a release with several differences names each of them', () => {
  expect(
    said({
      ...before,
      order: { events: { OrderPaid: { 3: {} }, OrderLost: { 1: {} } } },
      'running-sagas': { fulfilment: { 2: {}, 3: {} } },
    } as never),
  ).toHaveLength(4);
});

const home = process.cwd();
const folders: string[] = [];
afterEach(() => {
  process.chdir(home);
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

test('the lock of a tag is compared with the lock of the working tree', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rollback-'));
  folders.push(folder);
  const lock = (content: object) => writeFileSync(join(folder, 'domain/schemas.lock.json'), JSON.stringify(content));
  const git = (...args: readonly string[]) => {
    const { status, stderr } = spawnSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: folder, encoding: 'utf8' });
    expect([status, args, status === 0 ? '' : stderr]).toEqual([0, args, '']);
  };
  mkdirSync(join(folder, 'domain'));
  lock(before);
  git('init', '-q');
  git('add', '.');
  git('commit', '-q', '-m', 'first');
  git('tag', 'v1');
  process.chdir(folder);
  expect(rollbackFindings('v1')).toEqual([{ what: 'Rollback to v1', found: expect.stringContaining('is possible') }]);
  lock({ ...before, invoice: { events: {} } });
  expect(rollbackFindings('v1').map(({ what }) => what)).toEqual(['Aggregate invoice']);
  expect(rollbackFindings('v2')).toEqual([
    { what: 'Rollback to v2', found: expect.stringContaining("'v2'"), remedy: expect.stringContaining('schemas.lock.json') },
  ]);
});
