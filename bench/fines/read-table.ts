import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { dynamoReadModels } from '../../adapters/read-models/dynamo-read-models.ts';
import type { ProjectionPorts } from '../../core/read/ports.ts';
import { type AnyProjection, type Index, keyTypeOf, parkedIndex, tableKey } from '../../core/read/projection.ts';
import type { IndexShape, Keys, TableShape } from '../engine/tables.ts';
import { documentClient } from '../stores/foldstream.ts';
import { finesTable } from './log.ts';

/** Creates a table for a projection's documents, as lib/read-models.ts defines it. */
export const readTable = (projection: AnyProjection): TableShape => {
  const key = (field: string) => [field, keyTypeOf(projection, field) === 'number' ? 'N' : 'S'] as const;
  const index = (name: string, keys: Keys): IndexShape => ({ name, keys, projection: 'ALL' });
  return {
    name: `${projection.name}-${randomUUID()}`,
    keys: [['key', 'S']],
    indexes: [
      ...Object.entries<Index>(projection.indexes ?? {}).map(([name, { partition, sort }]) => index(name, [key(partition), key(sort)])),
      index(parkedIndex, [
        [parkedIndex, 'S'],
        ['key', 'S'],
      ]),
    ],
  };
};

/** The ports of a projector: the fines' log, and the documents in a table. */
export const storesOn = (connection: DynamoDBClient, projection: AnyProjection, { name }: TableShape): ProjectionPorts => {
  const client = documentClient(connection);
  const now = () => new Date();
  return {
    eventStore: dynamoEventStore({ client, table: finesTable.name, now }),
    readModels: dynamoReadModels({ client, tables: { [tableKey(projection)]: name } }),
    now,
    pause: async () => {},
  };
};
