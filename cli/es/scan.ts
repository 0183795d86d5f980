import { type AttributeValue, paginateQuery, paginateScan } from '@aws-sdk/client-dynamodb';
import { pagesOrUnavailable } from '../../adapters/aws/unavailable.ts';
import type { EventsTable } from './events-table.ts';

/** An item as DynamoDB keeps it, before any conversion: verification is about bytes. */
export type StoredItem = Readonly<Record<string, AttributeValue>>;

type Table = Pick<EventsTable, 'client' | 'name'>;

/**
 * The whole table in this number of segments side by side, page by page and strongly consistent; `visitorOf` makes the visitor of one
 * segment, which sees the commits of a stream one after the other and in order. The first failure ends all of it.
 */
export const scan = async (
  table: Table,
  segments: number,
  visitorOf: () => (page: readonly StoredItem[]) => Promise<void>,
): Promise<void> => {
  const failed = new AbortController();
  const readSegment = async (segment: number): Promise<void> => {
    const visit = visitorOf();
    for await (const page of segmentPages(table, { Segment: segment, TotalSegments: segments }, failed.signal)) await visit(page);
  };
  const all = Array.from({ length: segments }, (_, segment) => readSegment(segment));
  try {
    await Promise.all(all);
  } catch (error) {
    failed.abort();
    await Promise.allSettled(all);
    throw error;
  }
};

type Segment = { readonly Segment: number; readonly TotalSegments: number };

async function* segmentPages({ client, name }: Table, segment: Segment, signal: AbortSignal): AsyncGenerator<readonly StoredItem[]> {
  const pages = paginateScan({ client }, { TableName: name, ...segment, ConsistentRead: true }, { abortSignal: signal });
  for await (const { Items = [] } of pagesOrUnavailable(pages)) yield Items;
}

/** Every commit of one stream, in order, page by page and strongly consistent. */
export async function* streamItems({ client, name }: Table, stream: string): AsyncGenerator<StoredItem> {
  const query = {
    TableName: name,
    KeyConditionExpression: '#stream = :stream',
    ExpressionAttributeNames: { '#stream': 'stream' },
    ExpressionAttributeValues: { ':stream': { S: stream } },
    ConsistentRead: true,
  };
  for await (const { Items = [] } of pagesOrUnavailable(paginateQuery({ client }, query))) yield* Items;
}
