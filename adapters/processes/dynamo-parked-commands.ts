import { DeleteCommand, type DynamoDBDocumentClient, PutCommand, paginateQuery, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import type { ParkedCommand, ParkedCommands } from '../../core/processes/ports.ts';
import { orUnavailable, pagesOrUnavailable } from '../aws/unavailable.ts';

export interface DynamoParkedCommands {
  readonly client: DynamoDBDocumentClient;
  /** Partition key `process` (S): `reaction:award-points`. Sort key `place` (S): `booking-42@7/0`. */
  readonly table: string;
}

/** The most characters of a message: a refusal's details can be as large as the state. */
const longestMessage = 2000;

/** Parked commands on DynamoDB: one item per command, so one write unit to park it and one to take it out. */
export const dynamoParkedCommands = ({ client, table }: DynamoParkedCommands): ParkedCommands => {
  const rows = async function* (condition: string, values: Readonly<Record<string, string>>): AsyncIterable<ParkedCommand> {
    const query: QueryCommandInput = {
      TableName: table,
      KeyConditionExpression: condition,
      ExpressionAttributeNames: { '#process': 'process' },
      ExpressionAttributeValues: values,
      ConsistentRead: true,
    };
    for await (const { Items = [] } of pagesOrUnavailable(paginateQuery({ client }, query))) yield* Items.map((item) => item['parked']);
  };
  return {
    put: async (parked) => {
      const told = { ...parked, message: parked.message.toWellFormed().slice(0, longestMessage).toWellFormed() };
      await orUnavailable(client.send(new PutCommand({ TableName: table, Item: { ...keyOf(parked), parked: told } })));
    },

    of: async (process, cause) => {
      const found: ParkedCommand[] = [];
      const values = { ':process': process, ':cause': `${cause}/` };
      for await (const one of rows('#process = :process AND begins_with(place, :cause)', values)) if (one.cause === cause) found.push(one);
      return found;
    },

    all: (process) => rows('#process = :process', { ':process': process }),

    delete: async (parked) => {
      await orUnavailable(client.send(new DeleteCommand({ TableName: table, Key: keyOf(parked) })));
    },
  };
};

const keyOf = ({ process, cause, place }: Pick<ParkedCommand, 'process' | 'cause' | 'place'>) => ({ process, place: `${cause}/${place}` });
