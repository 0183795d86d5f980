import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { ChainLog, Head } from '../../core/audit/anchor-steps.ts';
import { isStreamName } from '../../core/basics/stream.ts';
import { orUnavailable } from '../aws/unavailable.ts';
import type { CommitItem } from './commit-item.ts';
import type { DynamoTables } from './dynamo-tables.ts';

/**
 * The hash chain in the events table. Scans are strongly consistent: they contain every commit that is older than the scan. They skip items
 * without a stream's name, because the service did not write them.
 */
export const dynamoChainLog = ({ client, table }: DynamoTables): ChainLog => ({
  scan: async ({ index, of }, cursor) => {
    const request = new ScanCommand({
      TableName: table,
      Segment: index,
      TotalSegments: of,
      ConsistentRead: true,
      // The projection saves no read unit, but most of the time.
      ProjectionExpression: '#stream, #version, #hash',
      ExpressionAttributeNames: { '#stream': 'stream', '#version': 'version', '#hash': 'hash' },
      ...(cursor === undefined ? {} : { ExclusiveStartKey: JSON.parse(cursor) }),
    });
    const { Items = [], LastEvaluatedKey } = await orUnavailable(client.send(request));
    return {
      commits: (Items as CommitItem[]).filter(({ stream }) => isStreamName(stream)).map(headOf),
      ...(LastEvaluatedKey === undefined ? {} : { cursor: JSON.stringify(LastEvaluatedKey) }),
    };
  },
});

/** The head of a commit. A commit that has lost its hash has an empty one here, and `verify` names it. */
const headOf = ({ stream, version, hash }: Omit<CommitItem, 'hash'> & { readonly hash?: Uint8Array }): Head => ({
  stream,
  version,
  hash: Buffer.from(hash ?? []).toString('base64'),
});
