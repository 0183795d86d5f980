import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spoken } from '../es/spawned.ts';
import { handlerOn } from '../support/handling.ts';
import { noise } from '../support/noise.ts';
import { firstItem } from '../support/stored.ts';
import { add, tally } from '../support/tally.ts';
import { member } from './moved/index.ts';
import {
  added,
  append,
  client,
  domain,
  end,
  endpoint,
  historyIn,
  importInto,
  into,
  itemsIn,
  newRegion,
  type Region,
  start,
} from './regions.ts';

// "A region is lost" in docs/operations.md: the log of a service is exported, and imported into the empty log of another region.

const folder = mkdtempSync(join(tmpdir(), 'foldstream-region-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'events.jsonl');

const check = (lines: readonly string[]) => {
  const faulty = join(folder, 'faulty.jsonl');
  writeFileSync(faulty, lines.join('\n'));
  return end(start(faulty, ...domain, '--check'));
};

let lost: Region;
let lines: readonly string[];
const clients = { commandId: 'k1', commandFrom: 'client', correlationId: 'flow-1', causationId: 'k1', actor: 'ada' } as const;
const ofClient = { ...clients, command: add(7), received: { amounts: [7], unknown: true } };
beforeAll(async () => {
  lost = await newRegion();
  const { store } = lost;
  await handlerOn(store)(tally, { id: 'asked' }, ofClient);
  const long = { aggregate: 'tally', id: 'long' };
  for (let n = 1; n <= 80; n++)
    await append(store, long, [added(n)], { commandId: n % 70 === 1 ? 'again' : `key-${n}`, commandFrom: 'client', actor: 'ada' });
  const ofSaga = { correlationId: 'flow-77', causationId: 'order-1@3', actor: 'ada', by: 'saga:fulfilment', depth: 2 };
  const typed = { commandType: 'Add', commandSchema: 3 };
  const answer = { schema: 2, data: { words: 'It is yours. '.repeat(200) } };
  await append(
    store,
    { aggregate: 'tally', id: 'told' },
    [added(1), added(2), added(3)],
    { commandId: 'f-1/Step/0', ...ofSaga, ...typed },
    { answer, sealed: 1 },
  );
  await append(store, { aggregate: 'tally', id: 'told' }, [added(4), added(5)], { commandId: 'f-1/Step/1', ...ofSaga });
  await append(store, { aggregate: 'tally', id: 'large' }, [added(1, noise(50_000).repeat(3)), added(2, '\ud800 \u2028 €')], {
    commandId: 'c1',
  });
  await append(store, { tenant: 'acme', aggregate: 'tally', id: 'told' }, [added(9)], { commandId: 'c1' });
  const claims = { claimed: ['ada@example.org'], released: [] };
  await append(
    store,
    { aggregate: 'member', id: 'a' },
    [{ type: 'Joined', schema: 1, data: { email: 'ada@example.org' } }],
    { commandId: 'c1' },
    { claims },
  );
  await append(store, { aggregate: 'member', id: 'a' }, [{ type: 'Joined', schema: 2, data: { email: 'ada@example.org', plan: 'gold' } }], {
    commandId: 'c2',
  });
  await client.send(new PutItemCommand({ TableName: lost.table, Item: marshall(firstItem) })); // Of an earlier release.
  expect(await spoken(['export', '--out', file, '--table', lost.table, ...endpoint], folder)).toMatchObject({ code: 0 });
  lines = readFileSync(file, 'utf8').trim().split('\n');
}, 60_000);

describe('an export, imported into an empty log,', () => {
  let found: Region;
  beforeAll(async () => {
    found = await newRegion();
    expect(await importInto(found, file)).toMatchObject({
      code: 0,
      said: expect.not.stringContaining('Stopped'),
      out: expect.stringContaining(`${lines.length} lines checked: ${lines.length} events`),
    });
  }, 60_000);

  test('is the same history, to the hash of each commit', async () => {
    const history = await historyIn(lost);
    expect(history).toHaveLength(88);
    expect(await historyIn(found)).toEqual(history);
    const verified = await spoken(['verify', '--table', found.table, ...endpoint], folder);
    expect(verified).toMatchObject({ code: 0, out: expect.stringContaining('88 commits, 93 events of 7 streams: intact') });
  });

  test('is exported to the same lines', async () => {
    const { code, out } = await spoken(['export', '--table', found.table, ...endpoint], folder);
    expect(code).toBe(0);
    expect(out.trim().split('\n').toSorted()).toEqual(lines.toSorted());
  });

  test('is changed by no second import', async () => {
    const before = await itemsIn(found);
    const { code, out } = await importInto(found, file);
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/ 0 events recorded, 93 were there already/) });
    expect(await itemsIn(found)).toEqual(before);
  });

  test('holds the names, and its snapshots are states of the domain', async () => {
    const join = (id: string) => {
      const request = { commandId: 'new', correlationId: 'new', causationId: 'new' };
      return handlerOn(found.store)(member, { id }, { ...request, command: { type: 'Join', data: { email: 'ada@example.org' } } });
    };
    await expect(join('b')).rejects.toMatchObject({ code: 'NameTaken' });
    const moment = { version: 1_000 };
    const folding = {
      fingerprint: 'none',
      initialState: () => 0,
      evolve: (sum: number, { events }: { events: readonly unknown[] }) => sum + events.length,
    };
    expect(await found.store.past({ aggregate: 'tally', id: 'long' }, folding, moment)).toMatchObject({ state: 80, version: 80 });
  });

  test('recognises the request of a client, and the command of a saga, that the lost region has carried out', async () => {
    const handle = handlerOn(found.store);
    expect(await handle(tally, { id: 'asked' }, ofClient)).toMatchObject({ version: 1, isRepeated: true });
    await expect(handle(tally, { id: 'asked' }, { ...ofClient, received: { amounts: [8] } })).rejects.toMatchObject({
      code: 'IdempotencyKeyReused',
    });
    expect(await handle(tally, { id: 'asked' }, { ...ofClient, actor: 'bob' })).toMatchObject({ version: 2, isRepeated: false });
  });
});

test('an import that is killed in the middle continues, and ends with the same history', async () => {
  const found = await newRegion();
  const killed = start(...into(found, file), '--concurrency', '1');
  const ending = end(killed);
  while (killed.exitCode === null && (await itemsIn(found)).length < 5) await setTimeout(2);
  killed.kill('SIGKILL');
  await ending;
  expect((await itemsIn(found)).length).toBeLessThan(88);
  expect(await importInto(found, file)).toMatchObject({ code: 0 });
  expect(await historyIn(found)).toEqual(await historyIn(lost));
}, 60_000);

test('the export of an aggregate alone can be imported', async () => {
  const found = await newRegion();
  const part = join(folder, 'member.jsonl');
  expect(await spoken(['export', '--aggregate', 'member', '--out', part, '--table', lost.table, ...endpoint], folder)).toMatchObject({
    code: 0,
  });
  expect(await importInto(found, part)).toMatchObject({ code: 0 });
  expect((await itemsIn(found)).map(({ stream, version }) => `${stream}@${version}`)).toEqual(['member-a@1', 'member-a@2']);
});

test('an export that releases up to 0.2 wrote, or a lifted one, keeps its commits', async () => {
  const found = await newRegion();
  const old = join(folder, 'old.jsonl');
  const without = (line: string): string => {
    const { commit: { count: _, request: __, ...commit } = { answer: undefined }, ...rest } = JSON.parse(line);
    return JSON.stringify({ ...rest, ...(commit.answer === undefined ? {} : { commit }) });
  };
  writeFileSync(old, lines.map(without).join('\n'));
  expect(await importInto(found, old)).toMatchObject({ code: 0 });
  const withoutDigest = async (region: Region) => (await historyIn(region)).map(({ request: _, hash: __, ...item }) => item);
  expect(await withoutDigest(found)).toEqual(await withoutDigest(lost));

  const lifted = join(folder, 'lifted.jsonl');
  const lift = ['export', '--lifted', '--out', lifted, ...domain, '--table', lost.table, ...endpoint];
  expect(await spoken(lift, folder)).toMatchObject({ code: 1, said: expect.stringContaining('its values are sealed in format 1') });
  expect(await spoken([...lift, '--aggregate', 'member'], folder)).toMatchObject({ code: 0 });
  const other = await newRegion();
  expect(await importInto(other, lifted)).toMatchObject({ code: 0 });
  const [first] = (await itemsIn(other)).filter(({ stream }) => stream === 'member-a');
  expect(JSON.parse(String(first?.events))).toEqual([{ type: 'Joined', schema: 2, data: { email: 'ada@example.org', plan: 'basic' } }]);
});

test('a log that has other commits in its streams is not mixed with the export', async () => {
  const found = await newRegion();
  await append(found.store, { aggregate: 'tally', id: 'told' }, [added(1), added(2), added(3)], { commandId: 'another' });
  const { code, said } = await importInto(found, file);
  expect({ code, said }).toEqual({ code: 1, said: expect.stringContaining('tally-told has another commit at version 1 than the export') });
  const told = (await itemsIn(found)).filter(({ stream }) => stream === 'tally-told');
  expect(told).toHaveLength(1);
});

describe('a check finds, before anything is recorded:', () => {
  const of = (stream: string) => lines.filter((line) => JSON.parse(line).metadata.eventId.startsWith(stream));
  const changed = (line: string | undefined, change: (line: Record<string, never>) => object) =>
    JSON.stringify(change(JSON.parse(line ?? '')));
  const faults: Readonly<Record<string, [() => readonly string[], string]>> = {
    'a line that is missing in a stream': [
      () => of('member-a').slice(1),
      'member-a goes on with version 2, and version 1 is missing before it',
    ],
    'a line that is missing in a commit': [() => of('tally-told').slice(0, 2), 'the commit has 3 events, and the file has 2 of them here'],
    'a stream twice': [() => [...of('member-a'), ...of('member-a')], 'member-a has version 1 twice in this file'],
    'an aggregate that the domain has not': [
      () => of('member-a').map((line) => line.replace('"aggregate":"member"', '"aggregate":"guest"')),
      "the domain has no aggregate 'guest': say which domain has (--domain FOLDER)",
    ],
    'an event that the domain has not': [
      () => of('member-a').map((line) => line.replace('"Joined"', '"Left"')),
      "this release knows no event 'Left'",
    ],
    'an event that newer code wrote': [
      () => of('member-a').map((line) => line.replace('"schema":2', '"schema":3')),
      'this release knows Joined up to schema version 2, and this is version 3: a newer release wrote it',
    ],
    'a time in the future': [() => of('member-a').map((line) => line.replaceAll('"2025-', '"2999-')), 'is in the future'],
    'a digest that is none': [
      () => [
        changed(of('member-a')[0], ({ commit, ...line }) => ({ ...line, commit: { ...(commit as object | undefined), request: 'AAAA' } })),
      ],
      'the line: commit.request: a digest has 15 or 16 bytes',
    ],
    'a file that is no export': [() => ['{"orderId":"1"}'], 'the line: type: '],
    'a line that is no JSON': [() => ['{'], 'the line is not JSON'],
  };
  test.each(Object.entries(faults))('%s', async (_, [faulty, says]) => {
    const { code, said } = await check(faulty());
    expect({ code, said }).toEqual({ code: 1, said: expect.stringContaining(says) });
    expect(said).toContain('so nothing was recorded');
  });
});
