import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { objectStore } from '../support/object-store.ts';

// What answers in place of S3, asked by the SDK that asks S3.

let store: Awaited<ReturnType<typeof objectStore>>;
let client: S3Client;
beforeAll(async () => {
  store = await objectStore('anchors', 'many');
  client = new S3Client({
    endpoint: store.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
  });
});
afterAll(() => store.close());

const put = (Key: string, Body: string, more = {}) => client.send(new PutObjectCommand({ Bucket: 'anchors', Key, Body, ...more }));
const get = async (Key: string, Bucket = 'anchors') => (await client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
const list = (more = {}) => client.send(new ListObjectsV2Command({ Bucket: 'many', ...more }));

describe('an object', () => {
  test.each(['one', 'a/b/2026-11-23T10:00:00.000Z', 'sp ace/plus+&=%#ü'])('%s is stored as a file', async (key) => {
    await put(key, `this is ${key}`);
    expect(await get(key)).toBe(`this is ${key}`);
    expect(readFileSync(join(store.folder('anchors'), key), 'utf8')).toBe(`this is ${key}`);
  });

  test('replaces the previous object, unless the put requires a free key', async () => {
    await put('twice', 'first');
    await put('twice', 'second');
    await expect(put('twice', 'third', { IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    expect(await get('twice')).toBe('second');
    await put('new', 'first', { IfNoneMatch: '*' });
    expect(await get('new')).toBe('first');
    expect(readdirSync(join(store.folder('anchors'), '..', '.incoming'))).toEqual([]);
  });

  test('that is missing is named', async () => {
    await expect(get('nothing')).rejects.toMatchObject({ name: 'NoSuchKey' });
    await expect(get('nothing', 'elsewhere')).rejects.toMatchObject({ name: 'NoSuchBucket' });
  });

  test('is only in its own bucket', async () => {
    expect((await fetch(`${store.url}/anchors/a/%2e%2e/%2e%2e/secret`, { method: 'PUT', body: 'x' })).status).toBe(404);
    expect((await fetch(`${store.url}/anchors/..%2f..%2fsecret`, { method: 'PUT', body: 'x' })).status).toBe(400);
  });
});

describe('a list', () => {
  const keys = Array.from({ length: 1234 }, (_, index) => `page/${String(index).padStart(5, '0')}`);
  beforeAll(() => {
    for (const key of [...keys, 'other/<&>']) store.write('many', key, 'x');
  });

  test('has all keys that begin so, page by page and in order', async () => {
    const first = await list({ Prefix: 'page/' });
    expect([first.IsTruncated, first.Contents?.length]).toEqual([true, 1000]);
    const second = await list({ Prefix: 'page/', ContinuationToken: first.NextContinuationToken });
    expect([second.IsTruncated, second.NextContinuationToken]).toEqual([false, undefined]);
    expect([...(first.Contents ?? []), ...(second.Contents ?? [])].map(({ Key }) => Key)).toEqual(keys);
  });

  test('has any key, and may have none', async () => {
    expect((await list({ Prefix: 'other' })).Contents).toMatchObject([{ Key: 'other/<&>', Size: 1 }]);
    expect(await list({ Prefix: 'nothing' })).toMatchObject({ KeyCount: 0, IsTruncated: false });
  });
});

test.each([
  ['DELETE', '/anchors/one', {}],
  ['POST', '/anchors/one?uploads', {}],
  ['GET', '/anchors/one?versionId=1', {}],
  ['GET', '/anchors', {}],
  ['GET', '/anchors?list-type=2&delimiter=%2F', {}],
  ['PUT', '/anchors/one', { 'content-encoding': 'aws-chunked' }],
  ['PUT', '/anchors/one', { 'if-match': '"x"' }],
])('an unsupported request is refused: %s %s %j', async (method, path, headers) => {
  const response = await fetch(`${store.url}${path}`, { method, headers });
  expect({ status: response.status, text: await response.text() }).toEqual({
    status: 501,
    text: expect.stringContaining('NotImplemented'),
  });
});
