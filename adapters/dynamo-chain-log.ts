import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { ChainLog, Head } from '../core/anchor-steps.ts';
import type { CommitItem } from './commit-item.ts';
import type { DynamoTables } from './dynamo-tables.ts';
import { orUnavailable } from './unavailable.ts';

/** The chain in the events table. Strongly consistent: a commit that is older than the scan is in it. */
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
      commits: (Items as CommitItem[]).map(headOf),
      ...(LastEvaluatedKey === undefined ? {} : { cursor: JSON.stringify(LastEvaluatedKey) }),
    };
  },
});

const headOf = ({ stream, version, hash }: CommitItem): Head => ({ stream, version, hash: Buffer.from(hash).toString('base64') });
