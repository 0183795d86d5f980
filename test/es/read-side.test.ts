import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { dynamoPointers } from '../../adapters/read-models/dynamo-pointers.ts';
import { dynamoReadModels } from '../../adapters/read-models/dynamo-read-models.ts';
import type { Commit, StoredEvent } from '../../core/log/event-store.ts';
import { type AnyProjection, nothing, tableKey } from '../../core/read/projection.ts';
import { projector } from '../../core/read/projector.ts';
import { faultOf, progressKey } from '../../core/read/read-models.ts';
import { changePointer } from '../../core/rebuild/pointers.ts';
import { failed } from '../../core/rebuild/revisions.ts';
import { steward } from '../../core/rebuild/steward.ts';
import { projectionsOf } from '../../core/registry/domain.ts';
import { createEventsTable, createPointersTable, createReadTable, engineClient } from '../support/dynamo.ts';
import { deliveriesOf } from '../support/projecting.ts';
import { fixedTotals, noted, notes, poison, totals } from '../support/read-notes.ts';
import { rowOf } from '../support/read-taps.ts';
import { rebuildOf, runRebuild, stepsOf, type World } from '../support/rebuilding.ts';
import { append, longAgo } from '../support/requests.ts';
import { next } from '../support/revisions.ts';
import { domain } from './domains/broken/index.ts';
import { letActsBeRecorded, spoken, withWhy } from './spawned.ts';

// Projections of the tests on the real engine, looked after from the command line.
const folder = mkdtempSync(join(tmpdir(), 'foldstream-es-read-side-'));
afterAll(() => rmSync(folder, { recursive: true }));
letActsBeRecorded();
const client = engineClient();
let world: World;

const file = (path: string, content: unknown): string => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), JSON.stringify(content));
  return join(folder, path);
};

/** A system of its own for each test, with three streams; `outputs.json` says where it is. */
beforeEach(async () => {
  const [table, pointers] = [await createEventsTable(), await createPointersTable()];
  const created = domain.projections.map(async (one) => [tableKey(one), await createReadTable(one)] as const);
  const tables = Object.fromEntries(await Promise.all(created));
  const now = () => new Date();
  world = {
    eventStore: dynamoEventStore({ client, table, now: longAgo }),
    readModels: dynamoReadModels({ client, tables }),
    pointers: dynamoPointers({ client, table: pointers }),
    now,
    pause: async () => {},
  };
  const relay = { RelayPositions: '{}', EventBus: 'bus', DiscardedBatches: 'batches', DiscardedByRelay: 'of-relay' };
  const outputs = { EventsTable: table, NamesTable: 'names', PointersTable: pointers, ReadModelTables: JSON.stringify(tables), ...relay };
  file('outputs.json', { 'foldstream-test': { ...outputs, OperatorFunction: 'acts' } });
});

const es = (code: 'broken' | 'fixed', ...args: readonly string[]) =>
  spoken(
    [
      ...withWhy(args),
      ...['--outputs', join(folder, 'outputs.json'), '--endpoint', process.env['DYNAMODB_ENDPOINT'] ?? ''],
      ...['--domain', join(import.meta.dirname, 'domains', code)],
    ],
    folder,
  );

const write = async (id: string, ...events: readonly StoredEvent[]): Promise<Commit> =>
  (await append(world.eventStore, world.eventStore.begin({ aggregate: 'tally', id }), events)).commit;
const project = async (...commits: readonly Commit[]) => projector(world, projectionsOf(domain))(deliveriesOf(commits));
const build = (projection: AnyProjection) => runRebuild(stepsOf(domain, world), rebuildOf(projection));
const register = () => steward({ ...world, domain, rebuilds: { start: async () => 'running' } });
const lines = (text: string) => text.trimEnd().split('\n');

describe('projections', () => {
  test('shows for each revision whether it serves, and how far it is filled', async () => {
    await write('a', noted(1, 'x'));
    expect(lines((await es('broken', 'projections')).out)).toEqual([
      'tally-total@1  was not seen yet: the steward comes every minute',
      'tally-total@2  was not seen yet: the steward comes every minute',
      'notes@1  was not seen yet: the steward comes every minute',
    ]);
    await register();
    await build(totals);
    await build(next(totals));
    const steps = stepsOf(domain, world);
    await steps.plan(rebuildOf({ name: 'notes', revision: 1 } as AnyProjection));
    const { code, out } = await es('broken', 'projections');
    expect(code).toBe(0);
    expect(lines(out)).toEqual([
      expect.stringMatching(/^tally-total@1 {2}is complete since 20\S+Z$/),
      expect.stringMatching(/^tally-total@2 {2}is complete since 20\S+Z, and serves$/),
      'notes@1  is filled: 0 of 8 segments, 0 of about 1 commits, attempt 1',
      "tally-total@1 serves no query. Remove it from the domain's registry, and the next deployment drops its table.",
    ]);
  });

  test('flips back and forward again', async () => {
    await register();
    await build(totals);
    expect(await es('broken', 'projections', 'flip', 'tally-total@2')).toMatchObject({
      code: 1,
      said: 'tally-total@2 is not complete and cannot serve\n',
    });
    await build(next(totals));
    const back = await es('broken', 'projections', 'flip', 'tally-total@1', '--json');
    expect(back).toMatchObject({ code: 0, said: 'tally-total@1 serves from now on.\n' });
    expect(JSON.parse(lines(back.out)[0] ?? '')).toMatchObject({ projection: 'tally-total', revision: 1, isServing: true });
    expect((await world.pointers.read('tally-total')).serves).toBe(1);
  });

  test('tries a failed rebuild once more, and waits for it', async () => {
    await register();
    for (const projection of [totals, { name: 'notes', revision: 1 } as AnyProjection]) await build(projection);
    expect(await es('broken', 'projections', 'retry', 'tally-total@2')).toMatchObject({
      code: 1,
      said: 'tally-total@2 has not failed: it is filling\n',
    });
    await changePointer(world, 'tally-total', (known) => failed(known, 2, { attempt: 1, error: 'no luck', at: '2026-01-01' }));
    const given = await es('broken', 'projections', '--wait');
    expect(given).toMatchObject({ code: 1, out: expect.stringMatching(/tally-total@2 {2}has failed at 2026-01-01 \(.*\): no luck\n/) });
    expect(await es('broken', 'projections', 'retry', 'tally-total@2')).toMatchObject({ code: 0 });
    expect((await world.pointers.read('tally-total')).revisions[2]).toMatchObject({ state: 'filling', attempt: 2 });
    const [waiting] = await Promise.all([
      es('broken', 'projections', '--wait'),
      runRebuild(stepsOf(domain, world), rebuildOf(next(totals), 2)),
    ]);
    expect(waiting).toMatchObject({ code: 0, out: expect.stringMatching(/tally-total@2 {2}is complete since .*, and serves\n/) });
  });
});

describe('audit', () => {
  beforeEach(async () => {
    const commits = [await write('a', noted(1, 'x')), await write('b', noted(2), noted(3)), await write('c', noted(4))];
    await register();
    await build(totals);
    await project(...commits.slice(0, 2));
  });

  test('finds no event missing', async () => {
    await build(next(totals));
    const { code, out, said } = await es('broken', 'audit');
    expect({ code, out: lines(out).at(-1) }).toEqual({ code: 0, out: 'audited 3 streams in 2 read models: missing = 0' });
    expect(said).toContain('notes@1 is not complete yet, and is left out');
  });

  test('names the missing events, and brings the read models up to date', async () => {
    const found = await es('broken', 'audit', 'notes', 'tally-total@2', '--segments', '2');
    expect(found.code).toBe(1);
    expect(lines(found.out).sort()).toEqual([
      'audited 3 streams in 2 read models: missing = 2',
      'tally-c is missing from notes@1: it holds 0 of 1 event',
      'tally-c is missing from tally-total@2: it holds 0 of 1 event',
    ]);
    expect(await es('broken', 'audit', 'notes', 'tally-total@2', '--repair')).toMatchObject({
      code: 0,
      out: 'audited 3 streams in 2 read models: missing = 0, repaired = 2\n',
    });
    expect(await es('broken', 'audit', 'notes', 'tally-total@2')).toMatchObject({ code: 0 });
  });

  test('does not repair parked streams', async () => {
    await project(await write('d', noted(poison, 'x')));
    const { code, out } = await es('broken', 'audit', 'notes', '--repair');
    expect(code).toBe(1);
    expect(lines(out).sort()).toEqual([
      'audited 4 streams in 1 read model: missing = 0, parked = 1, repaired = 1',
      'tally-d is parked in notes@1: it holds 0 of 1 event',
    ]);
  });
});

describe('parked streams', () => {
  beforeEach(async () => {
    for (const id of ['a', 'b', 'c']) await project(await write(id, noted(poison, 'x'), noted(1, 'y')));
    await project(await write('d', noted(7, 'x')));
  });
  const parkedLine = (where: string, id: string) =>
    expect.stringMatching(new RegExp(`^${where} {2}tally-${id} {2}at tally-${id}@1 since 20\\S+Z: RangeError: cannot be added$`));

  test('are listed, in every revision', async () => {
    const { code, out } = await es('broken', 'parked');
    expect({ code, lines: lines(out) }).toEqual({
      code: 0,
      lines: ['tally-total@1', 'tally-total@2', 'notes@1'].flatMap((where) => ['a', 'b', 'c'].map((id) => parkedLine(where, id))),
    });
    const json = await es('broken', 'parked', 'tally-total@2', '--json', '--limit', '2');
    expect(lines(json.out).map((line) => JSON.parse(line))).toMatchObject(
      ['a', 'b'].map((id) => ({ projection: 'tally-total', revision: 2, stream: `tally-${id}`, eventId: `tally-${id}@1` })),
    );
    expect(json.said).toBe('tally-total@2 has more: --limit 2\n');
  });

  test('are replayed one at a time, in all revisions or in one', async () => {
    expect(await es('broken', 'redrive', 'notes', 'tally-a')).toMatchObject({
      code: 1,
      out: 'tally-a is parked in notes@1 at tally-a@1: RangeError: cannot be added\n0 streams in, 1 still parked\n',
    });
    expect(await es('fixed', 'redrive', 'tally-total', 'tally-a')).toMatchObject({
      code: 0,
      out: 'tally-a is in tally-total@1, up to version 2\ntally-a is in tally-total@2, up to version 2\n2 streams in, 0 still parked\n',
    });
    expect((await rowOf(world, fixedTotals, 'a')).document).toMatchObject({ sum: 667 });
    expect(lines((await es('broken', 'parked', 'tally-total@1')).out)).toEqual(['b', 'c'].map((id) => parkedLine('tally-total@1', id)));
  });

  test('are replayed all together, and events that were projected are not projected again', async () => {
    expect(lines((await es('fixed', 'redrive', 'notes', '--all')).out).at(-1)).toBe('3 streams in, 0 still parked');
    expect(await es('broken', 'parked', 'notes')).toMatchObject({ code: 0, out: 'Nothing is parked.\n' });
    expect(await es('fixed', 'redrive', 'notes', '--all')).toMatchObject({ code: 0, out: '0 streams in, 0 still parked\n' });
    expect((await rowOf(world, notes, 'y')).document).toMatchObject({ sum: 3 });
  });

  test('are healed without a fix if an older release parked them because a commit changes too many documents', async () => {
    const keys = Array.from({ length: 120 }, (_, index) => `wide-${index}`);
    const commit = await write('wide', ...keys.map((key) => noted(7, key)));
    const parked = faultOf(commit, new Error('a commit changes 120 documents, 99 are possible'), new Date());
    await world.readModels.insert(notes, [{ key: progressKey(notes, commit.stream), tenant: undefined, next: { ...nothing, parked } }]);
    expect((await es('broken', 'redrive', 'notes', '--all')).out).toContain('tally-wide is in notes@1, up to version 120\n');
    for (const key of keys) expect((await rowOf(world, notes, key)).document).toMatchObject({ sum: 7 });
  });

  test('do not exist for an aggregate that no projection listens to', async () => {
    expect(await es('fixed', 'redrive', 'notes', 'order-1')).toMatchObject({
      code: 2,
      said: expect.stringMatching(/^notes@1 does not listen to order-1\n/),
    });
  });
});

describe('batches that were given up', () => {
  const record = (stream: string) => ({ eventName: 'INSERT', dynamodb: { Keys: { stream: { S: stream }, version: { N: '1' } } } });
  const batch = (...streams: readonly string[]) => ({ version: '1.0', payload: JSON.stringify({ Records: streams.map(record) }) });

  test('are brought into every read model from the events table', async () => {
    for (const id of ['a', 'b', 'c']) await write(id, noted(5, 'x'));
    file('discarded/shard-1/2026/1', batch('tally-a', 'tally-a', 'tally-b'));
    file('discarded/shard-2/2', batch('tally-c'));
    const from = ['--from', 'discarded'];
    expect(await es('broken', 'redrive', '--discarded', ...from)).toMatchObject({
      code: 0,
      out: '2 batches, 4 records of 3 streams: every read model is up to them\n',
    });
    for (const id of ['a', 'b', 'c']) expect((await rowOf(world, next(totals), id)).document).toMatchObject({ sum: 5 });
    await write('d', noted(poison, 'x'));
    file('discarded/shard-2/2', batch('tally-d'));
    const { code, out } = await es('broken', 'redrive', '--discarded', ...from);
    expect({ code, last: lines(out).at(-1) }).toEqual({ code: 1, last: '1 stream parked: npm run es -- parked' });
  });

  test('are named if they are no batches', async () => {
    const odd = file('odd/1', { payload: '{}' });
    expect(await es('broken', 'redrive', '--discarded', '--from', 'odd')).toMatchObject({
      code: 1,
      said: `${odd} is not a batch of the events table that was given up.\n`,
    });
  });
});

describe('the place of the read side', () => {
  const ofRelay = { RelayPositions: '{}', EventBus: 'a', DiscardedByRelay: 'a' };
  const minimal = { ReadModelTables: '{}', PointersTable: 'a', DiscardedBatches: 'a', ...ofRelay };
  let table: string;
  beforeAll(async () => {
    table = await createEventsTable();
  });

  test('is not known from the events table alone', async () => {
    const at = ['--table', table, '--endpoint', process.env['DYNAMODB_ENDPOINT'] ?? ''];
    expect(await spoken(['audit', ...at], folder)).toMatchObject({ code: 2, said: expect.stringMatching(/say --outputs FILE/) });
  });

  test.each([
    ['no stack', {}],
    [
      'two stacks',
      {
        a: { ...minimal, EventsTable: 'a' },
        b: { ...minimal, EventsTable: 'b' },
      },
    ],
    ['something else', [7]],
  ])('is not in a file of %s', async (_, content) => {
    const outputs = file('other.json', content);
    expect(await spoken(['parked', '--outputs', outputs], folder)).toMatchObject({
      code: 1,
      said: `${outputs} does not hold the outputs of one stack: npx cdk deploy --outputs-file ${outputs} writes them.\n`,
    });
  });

  test('a projection that is not deployed is refused with those that are', async () => {
    expect(await es('broken', 'audit', 'nothing')).toMatchObject({
      code: 2,
      said: expect.stringMatching(/^no projection 'nothing' is deployed, only tally-total, notes;/),
    });
    expect(await es('broken', 'projections', 'flip', 'tally-total')).toMatchObject({
      code: 2,
      said: expect.stringMatching(/^say which revision/),
    });
  });
});
