import { DeleteCommand, type DynamoDBDocumentClient, PutCommand, paginateQuery, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import type { ParkedCommand, ParkedCommands } from '../../core/reactions/ports.ts';
import { orUnavailable, pagesOrUnavailable } from '../aws/unavailable.ts';

export interface DynamoParkedCommands {
  readonly client: DynamoDBDocumentClient;
  /** Partition key `reaction` (S), sort key `place` (S): `booking-42@7/0`. */
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

    of: async (reaction, event) => {
      const found: ParkedCommand[] = [];
      const values = { ':reaction': reaction, ':event': `${event}/` };
      for await (const one of rows('reaction = :reaction AND begins_with(place, :event)', values)) found.push(one);
      return found;
    },

    all: (reaction) => rows('reaction = :reaction', { ':reaction': reaction }),

    delete: async (parked) => {
      await orUnavailable(client.send(new DeleteCommand({ TableName: table, Key: keyOf(parked) })));
    },
  };
};

const keyOf = ({ reaction, event, place }: Pick<ParkedCommand, 'reaction' | 'event' | 'place'>) => ({
  reaction,
  place: `${event}/${place}`,
});
