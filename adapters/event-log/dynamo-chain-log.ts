import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { ChainLog, Head } from '../../core/audit/anchor-steps.ts';
import { isStreamName } from '../../core/basics/stream.ts';
import { orUnavailable } from '../aws/unavailable.ts';
import type { CommitItem } from './commit-item.ts';
import type { DynamoTables } from './dynamo-tables.ts';

/**
 * The chain in the events table. Strongly consistent: a commit that is older than the scan is in it. What no stream has a name for
 * was put there by hand, and is passed over.
 */
export const dynamoChainLog = ({ client, table }: DynamoTables): ChainLog => ({
  scan: async ({ index, of }, cursor) => {
    const request = new ScanCommand({
      TableName: table,
      Segment: index,
      TotalSegments: of,
      ConsistentRead: true,
      // It saves no read unit, but most of the time.
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

/** Of a commit that has lost its hash there is none to keep; `verify` names it. */
const headOf = ({ stream, version, hash }: Omit<CommitItem, 'hash'> & { readonly hash?: Uint8Array }): Head => ({
  stream,
  version,
  hash: Buffer.from(hash ?? []).toString('base64'),
});
