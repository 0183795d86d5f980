import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AttributeValue, DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { StoredItem } from '../../cli/es/scan.ts';
import { createEventsTable, engineClient } from '../support/dynamo.ts';
import { spoken } from './spawned.ts';
import { filled, storedStream } from './stored-stream.ts';

const client = engineClient();
const folder = mkdtempSync(join(tmpdir(), 'foldstream-anchor-'));
afterAll(() => rmSync(folder, { recursive: true }));
let table: string;
const es = (...args: readonly string[]) =>
  spoken([...args, '--table', table, '--endpoint', process.env['DYNAMODB_ENDPOINT'] ?? ''], folder);

const put = (...items: readonly StoredItem[]) =>
  Promise.all(items.map((Item) => client.send(new PutItemCommand({ TableName: table, Item: Item as Record<string, AttributeValue> }))));
const remove = ({ stream, version }: StoredItem) =>
  client.send(new DeleteItemCommand({ TableName: table, Key: { stream, version } as Record<string, AttributeValue> }));

const written = (...amounts: readonly number[]) => amounts.map((ml) => ({ events: [filled(ml), filled(ml)], state: { ml } }));
let original: readonly StoredItem[];
beforeAll(async () => {
  table = await createEventsTable();
  original = await storedStream(written(1, 2, 3));
  const others = Array.from({ length: 150 }, (_, index) => storedStream(written(index), { aggregate: 'jar', id: `other-${index}` }));
  await put(...original, ...(await Promise.all(others)).flat());
  expect(await es('anchor', 'heads')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^anchored 151 streams in heads, SHA-256 [0-9a-f]{64}\n$/),
  });
});
beforeEach(async () => {
  await put(...original);
});

test('an anchor has the last commit of each stream, and its file is complete or missing', () => {
  const lines = readFileSync(join(folder, 'heads'), 'utf8').trim().split('\n');
  expect(lines).toHaveLength(152);
  expect(lines.at(0)).toMatch(/^jar-1 5 [A-Za-z0-9+/]{43}=$/);
  expect(readdirSync(folder).filter((file) => file.includes('partial'))).toEqual([]);
});

test('a stream that has only grown is intact', async () => {
  const grown = await storedStream(written(1, 2, 3, 4));
  await put(...grown);
  expect(await es('verify', '--anchor', 'heads')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^compared 151 streams with the anchor: nothing is lost\nverified 154 commits/),
  });
  await remove(grown[3] as StoredItem);
});

describe('faults that a hash chain does not show', () => {
  test('a stream that was cut off', async () => {
    await remove(original[2] as StoredItem);
    expect(await es('verify', 'jar-1')).toMatchObject({ code: 0 });
    const { code, out } = await es('verify', '--anchor', 'heads');
    expect(code).toBe(1);
    expect(out).toMatch(/^jar-1@5: was there when the anchor was made, and is gone: the stream was cut off\n.*: 1 lost\n/);
  });

  test('a stream that was written anew', async () => {
    await put(...(await storedStream(written(1, 7, 3))));
    expect(await es('verify', 'jar-1')).toMatchObject({ code: 0 });
    expect(await es('verify', 'jar-1', '--anchor', 'heads')).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^jar-1@5: is not the commit that the anchor has: the stream was written anew\n/),
    });
  });
});

describe('an anchor', () => {
  test('is never replaced', async () => {
    const before = readFileSync(join(folder, 'heads'), 'utf8');
    expect(await es('anchor', 'heads')).toMatchObject({ code: 1, said: expect.stringMatching(/EEXIST/) });
    expect(readFileSync(join(folder, 'heads'), 'utf8')).toBe(before);
  });

  test.each([
    ['altered', (text: string) => text.replace('jar-1 5', 'jar-1 3')],
    ['cut short', (text: string) => text.slice(0, 500)],
    ['empty', () => ''],
  ])('that was %s is invalid', async (name, change) => {
    writeFileSync(join(folder, name), change(readFileSync(join(folder, 'heads'), 'utf8')));
    expect(await es('verify', '--anchor', name)).toMatchObject({
      code: 1,
      said: expect.stringMatching(/is not an anchor as it was written/),
    });
  });

  test('has no data after its end', async () => {
    writeFileSync(join(folder, 'longer'), readFileSync(join(folder, 'heads'), 'utf8'));
    appendFileSync(join(folder, 'longer'), 'jar-2 1 x\n');
    expect(await es('verify', '--anchor', 'longer')).toMatchObject({ code: 1, said: expect.stringMatching(/goes on after its end/) });
  });

  test.each([[['anchor']], [['anchor', 'a', 'b']]])('takes one file: %j', async (args) => expect((await es(...args)).code).toBe(2));
});
