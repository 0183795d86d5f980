import { deflateRawSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import type { DynamoDBRecord } from 'aws-lambda';
import type { Delivery } from '../../core/log/gate.ts';
import { itemsOf, recordOf } from '../../test/support/read-lambda.ts';
import type { CommitItem } from '../event-log/commit-item.ts';
import { deliver } from './stream-batch.ts';

const added = (note: string) => [{ type: 'Added', schema: 1, data: { note } }];
/** One commit for each stream, of this many bytes of text, or a few more. */
const recordsOf = (
  streams: readonly string[],
  bytes: number,
  change: (item: CommitItem) => CommitItem = (item) => item,
): DynamoDBRecord[] =>
  streams.flatMap((stream, index) =>
    itemsOf(`tally-${stream}`, added('x'.repeat(bytes))).map((item) => recordOf(change(item), String(index))),
  );
const names = (count: number) => Array.from({ length: count }, (_, index) => `s${index}`);

/** What the follower gets, part by part; the streams of `failing` fail. */
const followed = async (records: readonly DynamoDBRecord[], failing: readonly string[] = []) => {
  const parts: string[][] = [];
  const failed = await deliver(records, async (deliveries: readonly Delivery[]) => {
    parts.push(deliveries.map(({ stream, commits }) => `${stream.id}:${commits.length}`));
    return new Map(deliveries.map(({ stream }) => `tally-${stream.id}`).flatMap((name) => (failing.includes(name) ? [[name, 'no']] : [])));
  });
  return { parts, failed };
};

test('a batch of small commits is one part', async () => {
  const { parts, failed } = await followed(recordsOf(names(100), 100));
  expect(parts).toEqual([names(100).map((name) => `${name}:1`)]);
  expect(failed).toEqual(new Map());
});

test('an empty batch has no part', async () => expect((await followed([])).parts).toEqual([]));

test.each<[string, (item: CommitItem) => CommitItem]>([
  ['as it is stored now', (item) => item],
  ['as an earlier release stored it, without its size', ({ inflated: _, ...item }) => item],
  ['with a compressed answer', ({ inflated = 0, ...item }) => ({ ...item, answer: deflateRawSync('null'), inflated: inflated + 4 })],
])('no part has more than 8 MB of text, however small the commits are compressed: %s', async (_, change) => {
  const { parts } = await followed(recordsOf(names(10), 2_500_000, change));
  expect(parts.map(({ length }) => length)).toEqual([3, 3, 3, 1]);
});

test('a commit of plain text counts as well', async () => {
  const plain = recordsOf(names(9), 1, (item) => ({ ...item, events: JSON.stringify(added('é'.repeat(500_000))) }));
  expect((await followed(plain)).parts.map(({ length }) => length)).toEqual([7, 2]);
});

test('a part is as large as it may be, to the byte', async () => {
  const textBytes = JSON.stringify(added('')).length;
  expect((await followed(recordsOf(names(5), 2_000_000 - textBytes))).parts.map(({ length }) => length)).toEqual([4, 1]);
  expect((await followed(recordsOf(names(4), 2_000_001 - textBytes))).parts.map(({ length }) => length)).toEqual([3, 1]);
});

test('the commits of a stream stay in their order over the parts', async () => {
  const items = itemsOf('tally-a', ...Array.from({ length: 5 }, () => added('x'.repeat(2_900_000))));
  const versions: number[] = [];
  await deliver(
    items.map((item, index) => recordOf(item, String(index))),
    async (deliveries) => {
      versions.push(...deliveries.flatMap(({ commits }) => commits.map(({ version }) => version)));
      return new Map();
    },
  );
  expect(versions).toEqual([1, 2, 3, 4, 5]);
});

test('a stream that failed is told, and left out of later parts', async () => {
  const { parts, failed } = await followed(recordsOf(['a', 'b', 'c', 'a', 'b', 'd'], 2_900_000), ['tally-a']);
  expect(parts).toEqual([['a:1', 'b:1'], ['c:1'], ['b:1', 'd:1']]);
  expect(failed).toEqual(new Map([['tally-a', 'no']]));
});

test('a record without an image is part of the batch: its stream is read from the log', async () => {
  const [record] = recordsOf(['a'], 1) as [DynamoDBRecord];
  const { NewImage: _, ...bare } = record.dynamodb ?? {};
  expect((await followed([{ ...record, dynamodb: bare }])).parts).toEqual([['a:0']]);
});
