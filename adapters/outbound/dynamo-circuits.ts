import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import type { Circuit } from '../../core/calls/circuit.ts';
import { type Circuits, type KnownCircuit, unknownCircuit } from '../../core/calls/guarded.ts';
import { orUnavailable } from '../aws/unavailable.ts';

export interface DynamoCircuits {
  readonly client: DynamoDBDocumentClient;
  /** Partition key `name` (S). */
  readonly table: string;
  /** Differs each time: a write whose answer was lost is recognised by it. */
  readonly newVersion: () => string;
}

/** Circuits on DynamoDB: an item for each third party that has failed since its last success, and one for the row of its calls. */
export const dynamoCircuits = ({ client, table, newVersion }: DynamoCircuits): Circuits => {
  const readItem = async (name: string): Promise<Item | undefined> => {
    const { Item } = await orUnavailable(client.send(new GetCommand({ TableName: table, Key: { name }, ConsistentRead: true })));
    return Item as Item | undefined;
  };
  const read = async (name: string): Promise<KnownCircuit> => {
    const item = await readItem(name);
    return item === undefined ? unknownCircuit : { circuit: item.circuit, version: item.version };
  };

  const update = async (
    name: string,
    expressions: Pick<UpdateCommandInput, 'UpdateExpression' | 'ConditionExpression' | 'ExpressionAttributeValues'>,
  ) => {
    const command = new UpdateCommand({ TableName: table, Key: { name: `row of ${name}` }, ReturnValues: 'ALL_OLD', ...expressions });
    try {
      return await orUnavailable(client.send(command));
    } catch (error) {
      if ((error as Error).name !== 'ConditionalCheckFailedException') throw error;
      return undefined;
    }
  };

  /** There is a row, and it is not too long. */
  const atTheEnd = async (name: string, { apart, now, mostMilliseconds }: Row): Promise<number | undefined> => {
    const done = await update(name, {
      UpdateExpression: 'SET nextAt = nextAt + :apart',
      ConditionExpression: 'nextAt >= :now AND nextAt <= :latest',
      ExpressionAttributeValues: { ':apart': apart, ':now': now, ':latest': now + mostMilliseconds },
    });
    return done === undefined ? undefined : Number(done.Attributes?.['nextAt']) - now;
  };

  /** No call waits: a row begins. If another call begins it first, this one is the next. */
  const atTheBeginning = async (name: string, { apart, now }: Row): Promise<number | undefined> => {
    const done = await update(name, {
      UpdateExpression: 'SET nextAt = :next',
      ConditionExpression: 'attribute_not_exists(nextAt) OR nextAt < :now',
      ExpressionAttributeValues: { ':next': now + apart, ':now': now },
    });
    return done === undefined ? undefined : 0;
  };

  return {
    read,

    replace: async (name, { version: seen }, circuit) => {
      const condition =
        seen === undefined
          ? { ConditionExpression: 'attribute_not_exists(#name)', ExpressionAttributeNames: { '#name': 'name' } }
          : { ConditionExpression: 'version = :seen', ExpressionAttributeValues: { ':seen': seen } };
      const version = newVersion();
      try {
        if (circuit === undefined) {
          await orUnavailable(client.send(new DeleteCommand({ TableName: table, Key: { name }, ...condition })));
          return unknownCircuit;
        }
        await orUnavailable(client.send(new PutCommand({ TableName: table, Item: { name, circuit, version }, ...condition })));
        return { circuit, version };
      } catch (error) {
        if ((error as Error).name !== 'ConditionalCheckFailedException') throw error;
        // The SDK may have sent it twice: the first answer was lost.
        const item = await readItem(name);
        if (item?.version === version) return { circuit: item.circuit, version };
        return circuit === undefined && item === undefined ? unknownCircuit : undefined;
      }
    },

    place: async (name, row) => (await atTheEnd(name, row)) ?? (await atTheBeginning(name, row)) ?? atTheEnd(name, row),
  };
};

type Row = Parameters<Circuits['place']>[1];

interface Item {
  readonly circuit: Circuit;
  readonly version: string;
}
