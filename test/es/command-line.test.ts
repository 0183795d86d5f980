import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AttributeValue, BatchWriteItemCommand, DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { StoredItem } from '../../cli/es/scan.ts';
import { events } from '../domain/order/events.ts';
import { createEventsTable, engineClient } from '../support/dynamo.ts';
import { spoken, start } from './spawned.ts';
import { storedStream } from './stored-stream.ts';

const client = engineClient();
let table: string;
let orders: readonly StoredItem[];

const lines = [{ productId: 'tea', sellerId: 'bo', priceCents: 450, freightCents: 120 }];
const placed = { type: 'OrderPlaced', schema: 1, data: events.OrderPlaced.parse({ customerId: 'ada', lines }) };
const approved = { type: 'OrderApproved', schema: 1, data: {} };
const shipped = { type: 'OrderShipped', schema: 1, data: {} };

/** A stream of three events in two commits for each id, the n-th commit recorded n seconds after nine. */
const orderItems = async (ids: readonly string[]): Promise<readonly StoredItem[]> => {
  const written = [
    { events: [placed], state: { status: 'placed' }, actor: 'ada' },
    { events: [approved, shipped], state: { status: 'shipped' } },
  ];
  const streams = await Promise.all(ids.map((id) => storedStream(written, { aggregate: 'order', id })));
  return streams.flat();
};

const put = (...items: readonly StoredItem[]): Promise<unknown> =>
  Promise.all(items.map((Item) => client.send(new PutItemCommand({ TableName: table, Item: Item as Record<string, AttributeValue> }))));

const es = (...args: readonly string[]) => spoken(args, folder);

const domain = join(import.meta.dirname, '../domain');
const at = () => ['--domain', domain, '--table', table, '--endpoint', process.env['DYNAMODB_ENDPOINT'] ?? ''];
const folder = mkdtempSync(join(tmpdir(), 'foldstream-es-'));
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(async () => {
  table = await createEventsTable();
  orders = await orderItems(['1', '2', '3']);
  await put(...orders);
});

describe('show', () => {
  test('shows the state of an aggregate and its events', async () => {
    const { code, out } = await es('show', 'order-1', ...at());
    expect(code).toBe(0);
    expect(out).toMatch(/^order-1 at version 3, recorded 2026-01-01T09:00:02\.000Z\n\n{\n {2}"status": "shipped"\n}\n/);
    expect(out).toMatch(/ 1 {2}2026-01-01T09:00:01\.000Z {2}OrderPlaced {2}\(command command 1 by ada\)\n/);
    expect(out).toMatch(/ 2–3 {2}2026-01-01T09:00:02\.000Z {2}OrderApproved, OrderShipped {2}\(command command 2\)\n/);
  });

  test.each([
    ['--version', '1', 'placed', ['OrderPlaced']],
    ['--version', '2', 'approved', ['OrderPlaced', 'OrderApproved']], // In the middle of a commit.
    ['--version', '99', 'shipped', ['OrderPlaced', 'OrderApproved', 'OrderShipped']],
    ['--at', '2026-01-01T10:00:01.500+01:00', 'placed', ['OrderPlaced']],
    ['--at', '2026-01-02', 'shipped', ['OrderPlaced', 'OrderApproved', 'OrderShipped']],
  ])('%s %s', async (flag, moment, status, types) => {
    const { code, out } = await es('show', 'order-2', flag, moment, '--events', '--json', ...at());
    const { state, version, commits } = JSON.parse(out) as { state: unknown; version: number; commits: { events: { type: string }[] }[] };
    expect({ code, state, version }).toEqual({ code: 0, state: { status }, version: types.length });
    expect(commits.flatMap((commit) => commit.events.map(({ type }) => type))).toEqual(types);
  });

  test('of an unknown stream is an error that says so', async () => {
    expect(await es('show', 'order-9', ...at())).toMatchObject({ code: 1, said: expect.stringMatching(/^order-9 has no events in/) });
    const before = await es('show', 'order-1', '--at', '2025-01-01', ...at());
    expect(before).toMatchObject({ code: 1, said: expect.stringMatching(/^order-1 has no events before then in/) });
    expect(await es('show', 'cup-1', ...at())).toMatchObject({ code: 1, said: expect.stringMatching(/no aggregate 'cup', only .*order/) });
  });
});

describe('verify', () => {
  beforeEach(() => put(...orders));

  test('finds every commit intact', async () => {
    expect(await es('verify', ...at())).toMatchObject({ code: 0, out: 'verified 6 commits, 9 events of 3 streams: intact\n' });
    expect(await es('verify', 'order-1', ...at())).toMatchObject({ code: 0, out: 'verified 2 commits, 3 events of 1 stream: intact\n' });
  });

  test('names the first broken commit of each broken stream, and exits with 1', async () => {
    await put({ ...(orders[0] as StoredItem), actor: { S: 'eve' } }, { ...(orders[5] as StoredItem), types: { L: [] } });
    const { code, out } = await es('verify', '--segments', '1', ...at());
    expect(code).toBe(1);
    expect(out.trim().split('\n').sort()).toEqual([
      'order-1@1: does not match its hash: it was altered after it was written, or the commit before it was',
      "order-3@2: 'types' says , but it holds OrderApproved, OrderShipped",
      'verified 3 commits, 4 events of 3 streams: 2 streams broken',
    ]);
    expect((await es('verify', 'order-3', ...at())).out).toMatch(
      /^order-3@2: 'types'.*\nverified 1 commit, 1 event of 1 stream: 1 stream broken\n$/,
    );
  });

  test('names the place of a removed commit', async () => {
    const { stream, version } = orders[0] as { stream: AttributeValue; version: AttributeValue };
    await client.send(new DeleteItemCommand({ TableName: table, Key: { stream, version } }));
    const { code, out } = await es('verify', ...at());
    expect(code).toBe(1);
    expect(out).toMatch(/^order-1@1: is missing: the next commit begins at version 2\n/);
    expect(out).toMatch(/\nverified 4 commits, 6 events of 2 streams: 1 stream broken\n$/);
  });

  test('does not call a missing stream intact', async () => {
    expect(await es('verify', 'order-9', ...at())).toMatchObject({ code: 1, said: expect.stringMatching(/^order-9 has no events in/) });
  });
});

test('verify and export read a table of several pages to its end', async () => {
  const other = await createEventsTable();
  const ids = Array.from({ length: 40 }, (_, index) => `${index}`);
  const large = {
    events: [
      { ...placed, data: { ...placed.data, customerId: Buffer.from(crypto.getRandomValues(new Uint8Array(60_000))).toString('base64') } },
    ],
    state: {},
  };
  const items = (await Promise.all(ids.map((id) => storedStream([large, large], { aggregate: 'order', id })))).flat();
  for (let from = 0; from < items.length; from += 20) {
    const requests = items.slice(from, from + 20).map((Item) => ({ PutRequest: { Item: Item as Record<string, AttributeValue> } }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { [other]: requests } }));
  }
  const where = ['--table', other, '--endpoint', process.env['DYNAMODB_ENDPOINT'] ?? '', '--segments', '3'];
  expect(await es('verify', ...where)).toMatchObject({ code: 0, out: 'verified 80 commits, 80 events of 40 streams: intact\n' });
  const { code, out } = await es('export', ...where);
  const ofEach = Map.groupBy(
    out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
    ({ metadata }) => metadata.id,
  );
  expect(code).toBe(0);
  expect(ofEach.size).toBe(40);
  for (const found of ofEach.values()) expect(found.map(({ metadata }) => metadata.version)).toEqual([1, 2]); // In order.
});

describe('export', () => {
  const file = join(folder, 'events.jsonl');

  test('writes every event as it was stored, and the file is complete or missing', async () => {
    const { code, out, said } = await es('export', '--out', 'events.jsonl', ...at());
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect(said).toMatch(/exported 9 events of 6 commits\n$/);
    const exported = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(exported.map(({ metadata }) => metadata.eventId).sort()).toEqual(
      ['1', '2', '3'].flatMap((id) => [1, 2, 3].map((n) => `order-${id}@${n}`)),
    );
    expect(exported.find(({ metadata }) => metadata.eventId === 'order-2@1')).toEqual({
      ...placed,
      commit: { count: 1, request: expect.stringMatching(/^[A-Za-z0-9+/]{20}$/) },
      metadata: expect.objectContaining({ aggregate: 'order', id: '2', version: 1, actor: 'ada', recordedAt: '2026-01-01T09:00:01.000Z' }),
    });
    expect(readdirSync(folder)).toEqual(['events.jsonl']);
  });

  test('in today’s shape, of one aggregate', async () => {
    const { code, out } = await es('export', '--aggregate', 'order', '--lifted', ...at());
    expect(code).toBe(0);
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => Object.keys(JSON.parse(line)).join()),
    ).toEqual(Array(3).fill(['type,data,metadata,commit', 'type,data,metadata,commit', 'type,data,metadata']).flat());
    expect(await es('export', '--aggregate', 'ordr', ...at())).toMatchObject({
      code: 1,
      out: '',
      said: expect.stringMatching(/no event of 'ordr'/),
    });
  });

  test('fails if one commit cannot be read, and leaves no event out silently', async () => {
    rmSync(file, { force: true });
    await put({ ...(orders[0] as StoredItem), events: { S: '[{' } });
    const { code, said } = await es('export', '--out', 'events.jsonl', ...at());
    await put(...orders);
    expect(code).toBe(1);
    expect(said).toMatch(/Not finished: \d+ events of \d+ commits when it stopped; the file is not written\.\norder-1@1 cannot be read: /);
    expect(existsSync(file)).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('tail', () => {
  test('shows the newest events of a stream', async () => {
    const { code, out } = await es('tail', 'order-1', '-n', '2', ...at());
    expect(code).toBe(0);
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => line.trim().split(/ +/)[2]),
    ).toEqual(['OrderApproved', 'OrderShipped']);
  });

  test('shows the newest events of all', async () => {
    const { code, out } = await es('tail', '--json', '-n', '6', ...at());
    const shown = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(code).toBe(0);
    expect(shown.map(({ type }) => type).sort()).toEqual([...Array(3).fill('OrderApproved'), ...Array(3).fill('OrderShipped')]);
  });

  test.each([['order-7'], []])('continues with each new event, once: %s', async (...stream) => {
    const child = start(['tail', ...stream, '--follow', '--json', '-n', '1', ...at()]);
    const seen: string[] = [];
    child.stdout.on('data', (chunk) =>
      seen.push(
        ...String(chunk)
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line).metadata.eventId),
      ),
    );
    const id = stream.length === 0 ? '8' : '7';
    try {
      if (stream.length === 0) await until(() => seen.length === 1); // The newest one so far.
      const [first, second] = await orderItems([id]);
      await put(first as StoredItem);
      await until(() => seen.includes(`order-${id}@1`));
      await put(second as StoredItem);
      await until(() => seen.includes(`order-${id}@3`));
      expect(seen.filter((one) => one.startsWith(`order-${id}@`))).toEqual([1, 2, 3].map((version) => `order-${id}@${version}`));
    } finally {
      child.kill();
      await once(child, 'close');
    }
  });
});

const until = async (holds: () => boolean): Promise<void> => {
  for (const deadline = Date.now() + 15_000; !holds(); ) {
    if (Date.now() > deadline) throw new Error('it did not come');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};
