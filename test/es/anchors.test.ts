import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AttributeValue, DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { dynamoChainLog } from '../../adapters/event-log/dynamo-chain-log.ts';
import { s3Anchors } from '../../adapters/outbound/s3-anchors.ts';
import type { StoredItem } from '../../cli/es/scan.ts';
import { anchorSteps } from '../../core/audit/anchor-steps.ts';
import { createEventsTable, engineClient } from '../support/dynamo.ts';
import { objectStore } from '../support/object-store.ts';
import { spoken } from './spawned.ts';
import { filled, storedStream } from './stored-stream.ts';

// The anchors that the service has put on record, and what is found with them; the system says where they are.

const client = engineClient();
const folder = mkdtempSync(join(tmpdir(), 'foldstream-anchors-'));
let objects: Awaited<ReturnType<typeof objectStore>>;
let table: string;
let original: readonly StoredItem[];

const es = (...args: readonly string[]) =>
  spoken([...args, '--outputs', join(folder, 'outputs.json'), '--endpoint', process.env['DYNAMODB_ENDPOINT'] ?? ''], folder);
const put = (...items: readonly StoredItem[]) =>
  Promise.all(items.map((Item) => client.send(new PutItemCommand({ TableName: table, Item: Item as Record<string, AttributeValue> }))));
const remove = ({ stream, version }: StoredItem) =>
  client.send(new DeleteItemCommand({ TableName: table, Key: { stream, version } as Record<string, AttributeValue> }));
const written = (...amounts: readonly number[]) => amounts.map((ml) => ({ events: [filled(ml), filled(ml)], state: { ml } }));

/** Without its end: what a state machine that has failed half-way leaves behind. */
const anchor = async (at: string, { isWhole = true, headsPerPart = 10 } = {}): Promise<void> => {
  const s3 = new S3Client({ endpoint: objects.url, region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
  const log = dynamoChainLog({ client: DynamoDBDocumentClient.from(client), table });
  const steps = anchorSteps({ log, store: s3Anchors({ client: s3, bucket: 'anchors' }), now: () => new Date(at), headsPerPart });
  const { anchor: name, segments } = await steps.plan();
  const done = await Promise.all(
    segments.map((segment) => steps.anchor({ anchor: name, segment, progress: { streams: 0, isDone: false } }, new Date(9e15))),
  );
  if (isWhole) await steps.complete({ anchor: name, segments: done });
};

beforeAll(async () => {
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_REGION: 'us-east-1' });
  table = await createEventsTable();
  original = await storedStream(written(1, 2, 3));
  const others = Array.from({ length: 60 }, (_, index) => storedStream(written(index), { aggregate: 'jar', id: `other-${index}` }));
  await put(...(await Promise.all(others)).flat());
  const outputs = { PointersTable: 'p', ReadModelTables: '{}', RelayPositions: '{}', EventBus: 'bus' };
  const buckets = { DiscardedBatches: 'd', DiscardedByRelay: 'r', Anchors: 'anchors' };
  writeFileSync(join(folder, 'outputs.json'), JSON.stringify({ stack: { EventsTable: table, ...outputs, ...buckets } }));
});
beforeEach(async () => {
  await objects?.close();
  objects = await objectStore('anchors');
  process.env['AWS_ENDPOINT_URL_S3'] = objects.url;
  await put(...original);
});
afterAll(async () => {
  await objects.close();
  rmSync(folder, { recursive: true });
});

const [first, second, third] = ['2026-11-21T03:00:00.000Z', '2026-11-22T03:00:00.000Z', '2026-11-23T03:00:00.000Z'] as const;

test('without an anchor the chains are verified, and the output says which faults that does not find', async () => {
  expect(await es('verify')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^verified 63 commits/),
    said: expect.stringMatching(/There is no anchor in anchors yet: a stream that was cut off or rewritten is not found\.\n/),
  });
  for (const which of ['latest', 'all'])
    expect(await es('verify', '--anchor', which)).toMatchObject({
      code: 1,
      said: expect.stringMatching(/There is no anchor in anchors yet/),
    });
});

test.each([[[]], [['--anchor', 'latest']]])('a stream that has only grown is intact: verify %j', async (flags) => {
  await anchor(first);
  const grown = await storedStream(written(1, 2, 3, 4));
  await put(...grown);
  expect(await es('verify', ...flags)).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^compared 61 streams with the anchor of 2026-11-21T03:00:00\.000Z: nothing is lost\nverified 64 commits/),
  });
  await remove(grown[3] as StoredItem);
});

test('an item put by hand, whose key is not the name of a stream, is in no anchor', async () => {
  const [stray, unhashed] = await storedStream([...written(1), ...written(2)], { aggregate: 'jar', id: 'stray' });
  const odd = { ...stray, stream: { S: 'no address' } } as StoredItem;
  const { hash: _, ...bare } = unhashed as StoredItem;
  await put(odd, bare as StoredItem);
  await anchor(first);
  expect(await es('anchor', 'with-strays')).toMatchObject({ code: 0, out: expect.stringMatching(/^anchored 62 streams/) });
  expect((await es('verify', 'jar-1')).out).toMatch(/nothing is lost/);
  expect((await es('verify', '--anchor', 'with-strays')).out).toMatch(/^compared 62 streams with the anchor: nothing is lost\n/m);
  for (const item of [odd, bare as StoredItem]) await remove(item);
});

describe('faults that a hash chain does not show', () => {
  test('a stream that was cut off is named', async () => {
    await anchor(first);
    await remove(original[2] as StoredItem);
    const { code, out } = await es('verify');
    expect(code).toBe(1);
    expect(out).toMatch(/^jar-1@5: was there when the anchor was made, and is gone: the stream was cut off\n.*: 1 lost\n/);
  });

  test('a rewritten stream is named, also if only this stream is verified', async () => {
    await anchor(first);
    await put(...(await storedStream(written(1, 7, 3))));
    const lines = /^jar-1@5: is not the commit that the anchor has: the stream was written anew\ncompared 1 stream with .*: 1 lost\n/;
    expect(await es('verify', 'jar-1')).toMatchObject({ code: 1, out: expect.stringMatching(lines) });
  });

  test('a stream that was rewritten before the newest anchor is found with an older one', async () => {
    await anchor(first);
    await anchor(second);
    await put(...(await storedStream(written(1, 7, 3))));
    await anchor(third);
    expect((await es('verify', '--anchor', 'latest')).code).toBe(0);
    const { code, out } = await es('verify', '--anchor', 'all');
    expect({ code, lines: out.split('\n').slice(0, 4) }).toEqual({
      code: 1,
      lines: [
        'jar-1@5: is not the commit that the anchor has: the stream was written anew',
        `compared 61 streams with the anchor of ${first}: 1 lost`,
        `compared 0 streams with the anchor of ${second}: nothing is lost`, // It says the same.
        `compared 1 stream with the anchor of ${third}: nothing is lost`,
      ],
    });
  });
});

describe('an anchor', () => {
  test('that is incomplete is ignored', async () => {
    await anchor(first);
    await remove(original[2] as StoredItem);
    await anchor(second, { isWhole: false });
    expect((await es('verify')).out).toMatch(/cut off\ncompared 61 streams with the anchor of 2026-11-21T03:00:00\.000Z: 1 lost\n/);
  });

  const parts = () =>
    readdirSync(join(objects.folder('anchors'), 'parts'), { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile())
      .map(({ parentPath, name }) => join(parentPath, name));

  test.each<[string, (file: string) => void]>([
    ['has a part that was altered', (file) => writeFileSync(file, readFileSync(file, 'utf8').replace(/ 1 /, ' 2 '))],
    ['has a part that was cut short', (file) => writeFileSync(file, readFileSync(file, 'utf8').slice(0, -20))],
    ['has a part in place of another', (file) => writeFileSync(file, readFileSync(parts().find((other) => other !== file) ?? '', 'utf8'))],
    ['lacks a part', (file) => renameSync(file, join(folder, 'elsewhere'))],
  ])('that %s is reported by its name', async (_, change) => {
    await anchor(first, { headsPerPart: 3 });
    const [part = ''] = parts();
    change(part);
    const { code, said } = await es('verify');
    expect(code).toBe(1);
    expect(said).toContain(part.slice(part.indexOf('parts/')));
  });

  test('whose manifest was altered is reported', async () => {
    await anchor(first);
    const file = join(objects.folder('anchors'), 'complete', first);
    writeFileSync(file, readFileSync(file, 'utf8').replace('"streams":61', '"streams":60'));
    expect(await es('verify')).toMatchObject({
      code: 1,
      said: expect.stringMatching(/is not whole: it says 60 streams, and its parts hold 61/),
    });
    writeFileSync(file, '{}');
    expect(await es('verify')).toMatchObject({ code: 1, said: expect.stringMatching(/is not an anchor as it was written/) });
  });
});

test('is not found if only the table is known', async () => {
  const at = ['--table', table, '--endpoint', process.env['DYNAMODB_ENDPOINT'] ?? ''];
  expect(await spoken(['verify', '--anchor', 'latest', ...at], folder)).toMatchObject({
    code: 2,
    said: expect.stringMatching(/--outputs FILE/),
  });
  expect(await spoken(['verify', ...at], folder)).toMatchObject({ code: 0 });
});
