import { afterEach, expect, test } from '@jest/globals';
import { bucketAt } from '../../cli/es/bucket.ts';

// Where a bucket is looked for: where it is said to be, or else where the environment has it, or else beside the tables.

afterEach(() => {
  delete process.env['AWS_ENDPOINT_URL_S3'];
});

const portOf = async (ofTables: string | undefined, ofBuckets?: string): Promise<number | undefined> => {
  const { client } = bucketAt(
    { table: 'events', region: 'eu-central-1', ...(ofTables === undefined ? {} : { endpoint: ofTables }) },
    'b',
    ofBuckets,
  );
  return (await client.config.endpoint?.())?.port;
};
const at = (port: number): string => `http://127.0.0.1:${port}`;

test('a bucket is read at its own endpoint, if it has one', async () => {
  process.env['AWS_ENDPOINT_URL_S3'] = at(2);
  expect(await portOf(at(1), at(3))).toBe(3);
});

test('the endpoint of the environment takes precedence over that of the tables', async () => {
  process.env['AWS_ENDPOINT_URL_S3'] = at(2);
  expect(await portOf(at(1))).toBe(2);
  expect(await portOf(undefined)).toBe(2);
});

test('without an own endpoint a bucket is read at the endpoint of the tables', async () => {
  expect(await portOf(at(1))).toBe(1);
  expect(await portOf(undefined)).toBe(undefined);
});
